"""SND-9, M8: our own messages, in every purpose, channel and language."""

import itertools

import pytest
from msgspec.structs import replace

from ostiary.core.messages import rules, texts
from ostiary.core.messages.model import EXAMPLE, Notice, Person, Purpose, Rendered, Variables
from ostiary.terms.contact import ADDRESSES, Channel

# 3GPP TS 23.038 §6.2.1, the default alphabet; the extension table's characters count twice.
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
SEGMENT = 160  # characters of GSM-7 in one SMS (3GPP TS 23.040 §9.2.3.16)

LINK = EXAMPLE.link or ""
DEMO = replace(EXAMPLE, origin_host="id.demo.localhost")
NOBODY = replace(DEMO, user=Person(), action=None)
CODES = [purpose for purpose in Purpose if purpose is not Purpose.SECURITY_NOTICE]
ACTIONS = [None, "login", "transaction", "payment", "something else"]

everywhere = pytest.mark.parametrize(
    ("purpose", "channel", "language"),
    list(itertools.product(Purpose, Channel, texts.LANGUAGES)),
)
every_code = pytest.mark.parametrize(
    ("purpose", "language"), list(itertools.product(CODES, texts.LANGUAGES))
)
in_every_language = pytest.mark.parametrize("language", texts.LANGUAGES)


def written(
    purpose: Purpose, channel: Channel, language: str, variables: Variables = DEMO
) -> Rendered:
    chosen = rules.builtin(purpose, channel, language)
    message = rules.render(chosen, variables, "someone", strict=True)
    assert isinstance(message, Rendered)
    assert message.locale == language
    return message


@everywhere
def test_every_message_can_be_written_with_much_or_little_known(
    purpose: Purpose, channel: Channel, language: str
) -> None:
    for variables in (DEMO, NOBODY, replace(NOBODY, link=None), replace(DEMO, origin_host=None)):
        message = written(purpose, channel, language, variables)
        assert message.text
        assert DEMO.client_name in message.text
        assert "{" not in message.text
        assert "None" not in message.text


@everywhere
def test_our_own_texts_pass_the_check_that_operators_texts_must(
    purpose: Purpose, channel: Channel, language: str
) -> None:
    assert rules.check(rules.builtin(purpose, channel, language).template) == ()


@every_code
def test_the_code_and_its_lifetime_are_in_every_message_that_carries_one(
    purpose: Purpose, language: str
) -> None:
    for channel in ADDRESSES:
        message = written(purpose, channel, language)
        assert "123456" in message.text
        assert "10 minutes" in message.text
        assert message.html is None or "123456" in message.html


@every_code
def test_an_sms_with_a_code_ends_in_the_line_that_binds_it_to_our_origin(
    purpose: Purpose, language: str
) -> None:
    """SND-9: `@host #code`, the last line, as browsers read it."""
    lines = written(purpose, Channel.SMS, language).text.split("\n")
    assert lines[-1] == "@id.demo.localhost #123456"
    assert len(lines) == 2
    alone = written(purpose, Channel.SMS, language, replace(DEMO, origin_host=None))
    assert "@" not in alone.text


@every_code
@pytest.mark.parametrize("action", ACTIONS)
def test_an_sms_with_a_code_is_one_segment_and_says_nothing_of_the_user(
    purpose: Purpose, language: str, action: str | None
) -> None:
    """SND-9: what a locked screen shows helps nobody but the one who asked."""
    text = written(purpose, Channel.SMS, language, replace(DEMO, action=action)).text
    assert len(text) <= SEGMENT
    assert set(text) <= GSM_7
    for secret in ("Ann", "Martin", "ann@example.com", "33612345678", "https:"):
        assert secret not in text


@in_every_language
@pytest.mark.parametrize("notice", Notice)
def test_a_notice_says_what_happened_and_carries_no_code(notice: Notice, language: str) -> None:
    said = {
        written(Purpose.SECURITY_NOTICE, channel, language, replace(DEMO, action=action)).text
        for channel in ADDRESSES
        for action in (notice, "unheard of")
    }
    assert len(said) == 4
    assert not any("123456" in text for text in said)
    sms = written(Purpose.SECURITY_NOTICE, Channel.SMS, language, replace(DEMO, action=notice))
    assert len(sms.text) <= SEGMENT
    assert set(sms.text) <= GSM_7


@everywhere
def test_a_link_is_offered_where_there_is_one(
    purpose: Purpose, channel: Channel, language: str
) -> None:
    with_link = written(purpose, channel, language)
    without = written(purpose, channel, language, replace(DEMO, link=None, login_link=None))
    assert (LINK in with_link.text) == (channel is Channel.EMAIL)
    assert "http" not in without.text
    assert with_link.html is None or f'<a href="{LINK}"' in with_link.html
    assert without.html is None or "<a" not in without.html
    resets = (purpose, channel) == (Purpose.PASSWORD_RESET, Channel.EMAIL)
    assert (str(DEMO.login_link) in with_link.text) == resets


@every_code
def test_an_email_with_a_link_alone_does_not_speak_of_a_code(
    purpose: Purpose, language: str
) -> None:
    alone = replace(DEMO, verification_code=None, login_link=None)
    text = written(purpose, Channel.EMAIL, language, alone).text
    assert LINK in text
    assert "123456" not in text
    assert "Or " not in text
    assert "Ou " not in text


@in_every_language
def test_an_action_in_the_applications_words_is_never_repeated(language: str) -> None:
    """S6: whoever may name an action could otherwise write in our name."""
    posing = replace(DEMO, action="Call 0899 123 123 now")
    for purpose, channel in itertools.product(Purpose, Channel):
        assert "0899" not in str(written(purpose, channel, language, posing))


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (30, "1 minute.", "1 minute."),
        (60, "1 minute.", "1 minute."),
        (119, "1 minute.", "1 minute."),
        (120, "2 minutes.", "2 minutes."),
        (600, "10 minutes.", "10 minutes."),
        (3600, "1 hour.", "1 heure."),
        (86400, "24 hours.", "24 heures."),
    ],
)
def test_a_lifetime_is_told_in_minutes_and_never_longer_than_it_is(
    seconds: int, english: str, french: str
) -> None:
    variables = replace(DEMO, lifetime=seconds)
    for language, said in (("en", english), ("fr", french)):
        text = written(Purpose.LOGIN_CODE, Channel.SMS, language, variables).text
        assert f" {said}" in text


@in_every_language
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("J.Smith", "J. Smith"),
        ("Visit https://evil.example/now", "Visit https evil. example/now"),
        ("www.evil.example", "www. evil. example"),
        ("x" * 60, "x" * 37 + "..."),
    ],
)
def test_no_mail_program_can_make_a_link_of_a_name(name: str, shown: str, language: str) -> None:
    named = replace(DEMO, user=Person(given_name=name))
    text = written(Purpose.EMAIL_VERIFICATION, Channel.EMAIL, language, named).text
    assert text.splitlines()[0].endswith(f" {shown},")


def test_snapshot_of_a_step_up_by_sms() -> None:
    """SND-9, M8."""
    assert written(Purpose.MFA_STEP_UP, Channel.SMS, "en").text == (
        "123456 is your code to finish signing in to Demo shop, for 10 minutes."
        " Not you? Share it with no one, change your password.\n"
        "@id.demo.localhost #123456"
    )
    assert written(Purpose.MFA_STEP_UP, Channel.SMS, "fr", NOBODY).text == (
        "123456 est votre code pour confirmer votre identité sur Demo shop, valable 10 minutes."
        " Pas vous ? Changez de mot de passe.\n"
        "@id.demo.localhost #123456"
    )


def test_snapshot_of_an_activation_by_email() -> None:
    message = written(Purpose.MFA_ACTIVATION, Channel.EMAIL, "en", replace(DEMO, link=None))
    assert message.sender == "Demo shop <no-reply@id.demo.localhost>"
    assert message.subject == "Turn on two-step verification at Demo shop"
    assert message.text == (
        "Hello Ann,\n\n"
        "Here is your code to turn on two-step verification at Demo shop:\n\n"
        "123456\n\n"
        "It works once, for 10 minutes. Pass it on to no one: we will never ask you for it.\n\n"
        "If it was not you, someone may be signed in to your account: change your password."
    )


@everywhere
def test_the_plain_letter_says_what_the_page_says(
    purpose: Purpose, channel: Channel, language: str
) -> None:
    page = texts.email(purpose, language)
    letter = texts.email(purpose, language, html=False)
    chosen = rules.builtin(purpose, Channel.EMAIL, language)
    said = [
        rules.render(replace(chosen, template=template), DEMO, "someone", strict=True)
        for template in (page, letter)
    ]
    from_page, from_letter = said
    assert isinstance(from_page, Rendered)
    assert isinstance(from_letter, Rendered)
    assert from_page.text == from_letter.text
    assert from_letter.html is None
