"""Which template speaks, and that nothing in it or in a user's name can do more than be read."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import DecodeError, ValidationError, json
from msgspec.structs import replace

from ostiary.core.messages import rules, texts
from ostiary.core.messages.model import (
    EXAMPLE,
    Chosen,
    EmailTemplate,
    Person,
    Problem,
    Purpose,
    Rendered,
    SmsTemplate,
    Template,
    TemplateKey,
    Variables,
)
from ostiary.terms.contact import ADDRESSES, Channel

STEP_UP, SMS, EMAIL = Purpose.MFA_STEP_UP, Channel.SMS, Channel.EMAIL
Templates: TypeAlias = dict[TemplateKey, Template]
OURS = {language: texts.sms(STEP_UP, language).text for language in texts.LANGUAGES}


def sms(**by_locale: str) -> Templates:
    """Operators' texts, each saying its own locale; `any` is the one without."""
    return {
        TemplateKey(STEP_UP, SMS, "" if locale == "any" else locale.replace("_", "-")): SmsTemplate(
            text=text, code_lifetime=42
        )
        for locale, text in by_locale.items()
    }


@pytest.mark.parametrize(
    ("custom", "wanted", "project", "text", "locale"),
    [
        ({}, (), "en", OURS["en"], "en"),
        ({}, (), "fr", OURS["fr"], "fr"),
        ({}, ("fr",), "en", OURS["fr"], "fr"),
        ({}, ("fr-CA",), "en", OURS["fr"], "fr"),
        ({}, ("FR_ca",), "en", OURS["fr"], "fr"),
        ({}, ("de",), "fr", OURS["fr"], "fr"),
        ({}, ("de",), "es", OURS["en"], "en"),
        ({}, (None, "", "fr"), "en", OURS["fr"], "fr"),
        ({}, ("de", "fr"), "en", OURS["fr"], "fr"),
        (sms(any="ANY"), ("fr",), "en", "ANY", "en"),
        (sms(any="ANY", fr="FR"), ("fr",), "en", "FR", "fr"),
        (sms(any="ANY", fr="FR"), ("fr-CA",), "en", "FR", "fr"),
        (sms(any="ANY", fr="FR", fr_ca="CA"), ("fr-CA",), "en", "CA", "fr-ca"),
        (sms(any="ANY", fr="FR"), ("de",), "en", "ANY", "en"),
        (sms(any="ANY", fr="FR"), ("de",), "fr", "FR", "fr"),
        (sms(fr="FR"), ("en",), "en", OURS["en"], "en"),
        (sms(fr="FR"), ("de", "fr"), "en", "FR", "fr"),
        (sms(any=""), ("fr",), "en", OURS["fr"], "fr"),
        (sms(fr=""), ("fr",), "en", OURS["fr"], "fr"),
    ],
)
def test_the_first_language_wanted_speaks(
    custom: Templates, wanted: tuple[str | None, ...], project: str, text: str, locale: str
) -> None:
    chosen = rules.choose(custom, STEP_UP, SMS, wanted=wanted, project=project)
    assert isinstance(chosen.template, SmsTemplate)
    assert (chosen.template.text, chosen.locale) == (text, locale)


def test_what_is_not_words_comes_with_the_template_even_where_the_words_are_ours() -> None:
    chosen = rules.choose(sms(any=""), STEP_UP, SMS, wanted=("fr",), project="en")
    assert chosen.template == SmsTemplate(text=OURS["fr"], code_lifetime=42)
    assert rules.builtin(STEP_UP, SMS, "fr").template.code_lifetime is None


def test_another_purpose_or_channel_does_not_speak() -> None:
    custom = sms(any="ANY")
    other = rules.choose(custom, Purpose.LOGIN_CODE, SMS, wanted=(), project="en")
    mail = rules.choose(custom, STEP_UP, EMAIL, wanted=(), project="en")
    assert other.template == texts.sms(Purpose.LOGIN_CODE, "en")
    assert mail.template == texts.email(STEP_UP, "en")


@pytest.mark.parametrize(
    ("template", "locale", "whose"),
    [
        (EmailTemplate(from_="Shop <shop@example.com>"), "fr", ("shop", "fr", "fr")),
        (EmailTemplate(subject="Hello"), "en", ("no-reply", "Hello", "en")),
        (EmailTemplate(body="<p>Hi</p>"), "en", ("no-reply", "en", "<p>Hi</p>")),
    ],
)
def test_what_an_operator_leaves_blank_is_ours(
    template: Template, locale: str, whose: tuple[str, str, str]
) -> None:
    """In the user's language if not a word is the operator's, else in theirs: no mixed letters."""
    key = TemplateKey(STEP_UP, EMAIL)
    chosen = rules.choose({key: template}, STEP_UP, EMAIL, wanted=("fr",), project="en")
    sender, subject, body = whose
    whole = chosen.template
    assert isinstance(whole, EmailTemplate)
    assert chosen.locale == locale
    assert sender in whole.from_
    ours = {language: texts.email(STEP_UP, language) for language in texts.LANGUAGES}
    assert whole.subject == (ours[subject].subject if subject in ours else subject)
    assert whole.body == (ours[body].body if body in ours else body)


def test_a_mail_without_html_is_ours_without_html() -> None:
    key = TemplateKey(STEP_UP, EMAIL, "fr")
    chosen = rules.choose(
        {key: EmailTemplate(html=False)}, STEP_UP, EMAIL, wanted=("fr",), project="en"
    )
    message = rules.render(chosen, EXAMPLE, "ann@example.com")
    assert isinstance(message, Rendered)
    assert message.html is None
    assert message.text.startswith("Bonjour Ann,")
    assert "<p>" not in message.text


def chosen(template: Template) -> Chosen:
    channel = SMS if isinstance(template, SmsTemplate) else EMAIL
    own = {TemplateKey(STEP_UP, channel): template}
    return rules.choose(own, STEP_UP, channel, wanted=(), project="en")


def render(
    template: Template, variables: Variables = EXAMPLE, to: str = "ann@example.com"
) -> Rendered | Problem:
    return rules.render(chosen(template), variables, to)


def written(template: Template, variables: Variables = EXAMPLE) -> Rendered:
    message = render(template, variables)
    assert isinstance(message, Rendered)
    return message


def failed(template: Template) -> str:
    """Which field it failed in."""
    problem = render(template)
    assert isinstance(problem, Problem)
    return problem.field


def named(name: str) -> Variables:
    return replace(EXAMPLE, user=Person(given_name=name, family_name=name), client_name=name)


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    """SND-8: escaped in HTML, verbatim in text."""
    body = "<p>{{ user.given_name }}</p>"
    script = "<script>alert(1)</script>"
    message = written(EmailTemplate(subject="{{ user.given_name }}", body=body), named(script))
    assert message.html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert message.text == script
    assert message.subject == script
    assert written(SmsTemplate(text="{{ user.given_name }}"), named(script)).text == script
    letter = written(EmailTemplate(html=False, body=body), named(script))
    assert letter.text == f"<p>{script}</p>"


def test_a_quote_in_a_name_does_not_end_an_attribute() -> None:
    body = '<a title="{{ user.given_name }}" href="{{ link }}">x</a>'
    message = written(EmailTemplate(body=body), named("\"' onclick=x"))
    assert str(message.html).count('"') == 4


BREAKS = "\r\n\x00\x0b\x0c\x1c\x85\u2028\u2029\u202e"
LINES = st.text(alphabet=st.sampled_from(BREAKS + 'aB:@<>",; é') | st.characters(), max_size=60)


@given(name=LINES)
def test_nothing_in_a_name_adds_a_header(name: str) -> None:
    """SND-8: the message has the headers we gave it, and no other."""
    template = EmailTemplate(
        from_="{{ client.name }} <no-reply@example.com>",
        subject="For {{ user.given_name }}\nand {{ user.family_name }}",
        body="x",
    )
    message = written(template, named(f"{name}\r\nBcc: eve@example.com"))
    assert len(str(message.sender).splitlines()) == 1
    assert len(str(message.subject).splitlines()) == 1
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Subject"], mail["To"] = message.sender, message.subject, message.to
    assert mail["From"].addresses[0].addr_spec == "no-reply@example.com"
    assert len(mail["From"].addresses) == 1
    headers = [line.split(":")[0] for line in str(mail).split("\n") if line[:1].strip()]
    assert headers == ["From", "Subject", "To"]


@given(name=LINES)
def test_nothing_in_a_name_forges_the_line_that_binds_a_code(name: str) -> None:
    template = SmsTemplate(text="{{ user.given_name }}{{ user.family_name }}: code\n@host #1")
    lines = written(template, named(f"x{name}\n@evil.example #1")).text.splitlines()
    assert lines[-1] == "@host #1"
    assert len(lines) == 2


@given(text=st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = rules.one_line(text)
    assert len(line.splitlines()) <= 1
    assert rules.one_line(line) == line
    assert not set(line) & set(BREAKS)


def test_one_line_leaves_names_alone() -> None:
    for name in ("Zoë O'Brien-Ní", "李 小龙", "محمد", "👩‍👩‍👧", "a  b"):
        assert rules.one_line(name) == name


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "+336\n", "\u2028a"])
def test_a_recipient_on_two_lines_is_refused(to: str) -> None:
    assert render(SmsTemplate(text="x"), to=to) == Problem(
        message="the recipient is not one line", field="to"
    )


@pytest.mark.parametrize(
    ("from_", "sender"),
    [
        ("Demo <no-reply@demo.localhost>", "Demo <no-reply@demo.localhost>"),
        ("no-reply@demo.localhost", "no-reply@demo.localhost"),
        ('"Demo, Inc." <a@b.example>', '"Demo, Inc." <a@b.example>'),
        ("Demo, Inc. <a@b.example>", '"Demo, Inc." <a@b.example>'),
        ("x@evil.example <a@b.example>", '"x@evil.example" <a@b.example>'),
        ("Démo <a@b.example>", "Démo <a@b.example>"),
        ("{{ client.name }} <a@{{ origin_host }}>", "Demo shop <a@id.example.com>"),
        ("{{ user.given_name }} <a@b.example>", "a@b.example"),
        ("Demo", None),
        ("Demo <a@b, c@d>", None),
        ("Demo <a@b> <c@d", '"Demo <a@b>" <c@d>'),
        ("<>", None),
    ],
)
def test_a_sender_is_one_mailbox_or_the_carriers_own(from_: str, sender: str | None) -> None:
    """S6: nothing a user chose is in it."""
    assert written(EmailTemplate(from_=from_, subject="x", body="x")).sender == sender


def test_a_field_that_is_too_long_is_cut_and_a_text_that_is_too_long_is_not_sent() -> None:
    long = named("x" * 5000)
    assert written(SmsTemplate(text="{{ user.given_name }}"), long).text == "x" * 200
    assert written(EmailTemplate(subject="s" * 5000, body="x")).subject == "s" * 998
    assert isinstance(render(SmsTemplate(text="x" * 1600)), Rendered)
    assert failed(SmsTemplate(text="x" * 1601)) == "text"


def test_an_email_holds_64_kb_and_no_more() -> None:
    """SND-8."""
    once = EmailTemplate(html=False, body="{% assign a = '" + "x" * 128 + "' %}" + "{{ a }}" * 512)
    assert len(written(once).text) == 64 * 1024
    assert failed(replace(once, body=once.body + "x")) == "body"


def test_where_the_operators_template_fails_ours_is_sent_and_why_is_told() -> None:
    failing = "{% if user.given_name == 'Ann' %}{{ verification_code | slice: 1.5 }}{% endif %}x"
    message, problem = rules.compose(chosen(SmsTemplate(text=failing)), EXAMPLE, "+33612345678")
    assert problem is not None
    assert problem.field == "text"
    assert message == rules.render(rules.builtin(STEP_UP, SMS, "en"), EXAMPLE, "+33612345678")
    message, problem = rules.compose(chosen(SmsTemplate(text="Hi")), EXAMPLE, "+33612345678")
    assert (message.text, problem) == ("Hi", None)


@pytest.mark.parametrize("name", ["x" * 100_000, "{{ 7 }}", "\ud800", "\r\n" * 9999, "<" * 5000])
def test_no_name_keeps_our_own_message_from_being_written(name: str) -> None:
    for purpose in Purpose:
        for channel in ADDRESSES:
            message, problem = rules.compose(
                rules.builtin(purpose, channel, "en"), named(name), "someone"
            )
            assert (message.to, problem) == ("someone", None)


@pytest.mark.parametrize(
    ("template", "field", "words"),
    [
        (SmsTemplate(text="{{ usr.email }}"), "text", "'usr.email'"),
        (SmsTemplate(text="{{ link }}"), "text", "'link'"),
        (SmsTemplate(text="{% if x"), "text", "not closed"),
        (SmsTemplate(text="x" * 1601), "text", "1600"),
        (SmsTemplate(text="{% assign user = 'x' %}{{ user.email }}"), "text", "user"),
        (EmailTemplate(subject="{{ link }}"), "subject", "'link'"),
        (EmailTemplate(body="{{ linc }}"), "body", "'link'"),
        (EmailTemplate(body="{{ 'x' | slice: 1.5 }}"), "body", "integer"),
        (EmailTemplate(from_="{{ user.email }}"), "from", "'user.email'"),
        (EmailTemplate(from_="nobody"), "from", "address"),
        (EmailTemplate(body="x" * 17_000), "body", "16 kB"),
    ],
)
def test_what_must_not_be_saved_is_told_with_its_field(
    template: Template, field: str, words: str
) -> None:
    problem, *_ = rules.check(template)
    assert problem.field == field
    assert words in problem.message


@pytest.mark.parametrize(
    "template",
    [
        SmsTemplate(),
        EmailTemplate(),
        EmailTemplate(html=False),
        SmsTemplate(text="{{ verification_code }} is your code."),
        SmsTemplate(text="{{ user.phone_number }}{{ user.lang }}{{ user.family_name | upcase }}"),
        SmsTemplate(text="no variable at all"),
        EmailTemplate(from_="Demo <no-reply@demo.localhost>", subject="x", body="{{ link }}"),
    ],
)
def test_what_is_right_may_be_saved(template: Template) -> None:
    assert rules.check(template) == ()


@pytest.mark.parametrize(
    ("kind", "body", "template"),
    [
        (SmsTemplate, {"text": "x", "code_lifetime": None}, SmsTemplate(text="x")),
        (SmsTemplate, {"text": "x", "code_lifetime": 1}, SmsTemplate(text="x", code_lifetime=1)),
        (EmailTemplate, {"from": "a@b.c"}, EmailTemplate(from_="a@b.c")),
        (SmsTemplate, {"text": "x", "code_lifetime": 0}, None),
        (SmsTemplate, {"txt": "x"}, None),
        (SmsTemplate, {"subject": "x"}, None),
        (EmailTemplate, {"from_": "a@b.c"}, None),
        (EmailTemplate, {"text": "x"}, None),
        (EmailTemplate, {"html": "yes"}, None),
    ],
)
def test_templates_are_read_as_the_configuration_spells_them(
    kind: type[Template], body: dict[str, object], template: Template | None
) -> None:
    written = json.encode(body)
    if template is None:
        with pytest.raises((DecodeError, ValidationError)):
            json.decode(written, type=kind)
    else:
        assert json.decode(written, type=kind) == template
        assert json.decode(json.encode(template), type=kind) == template


def test_a_chosen_template_is_whole() -> None:
    for purpose in Purpose:
        for channel in ADDRESSES:
            whole = rules.builtin(purpose, channel, "en")
            assert isinstance(whole, Chosen)
            blanks = [
                f
                for f in ("text", "from_", "subject", "body")
                if not getattr(whole.template, f, "-")
            ]
            assert not blanks
