"""Which template speaks, in which language, and what it says. Pure: text in, text out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address

from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.time import Seconds

from ..projects.model import Codes
from . import liquid, texts
from .model import (
    EMAIL_VARIABLES,
    EXAMPLE,
    SENDER_VARIABLES,
    TEXT_VARIABLES,
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
from .plain import plain

SMS_LIMIT = 1600  # characters, about ten segments: what the common carriers take, and bill
SUBJECT_LIMIT = 998  # characters in a header line (RFC 5322 §2.1.1)
NAME_LIMIT = 200  # characters of anything a person or an application calls itself
DAY = Seconds(86_400)
LONGEST_CODE = Seconds(600)  # NIST SP 800-63B-4 §3.1.3.2, of a code that authenticates (OTP-3)
UNHURRIED = {Purpose.EMAIL_VERIFICATION, Purpose.PASSWORD_RESET, Purpose.ACCOUNT_RECOVERY}

# What ends a line anywhere, hides, or turns the direction of what follows; and half characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def one_line(text: str) -> str:
    """The text without whatever could begin another line or header (SND-8)."""
    return _UNPRINTABLE.sub(" ", text).strip()


def locale_of(tag: str) -> str:
    """One spelling for a language tag: `fr_FR` and `FR-fr` are `fr-fr` (RFC 5646 §2.1.1)."""
    return tag.strip().replace("_", "-").lower()


def choose(
    custom: Mapping[TemplateKey, Template],
    purpose: Purpose,
    channel: Channel,
    *,
    wanted: Iterable[str | None],
    project: str,
) -> Chosen:
    """The operator's template in the first language wanted, else in none, else our own.

    An operator's text in the wrong language goes before ours in the right one: it is the operator
    who speaks. Only what they left blank is ours.
    """
    locales = tuple(_spellings(wanted))
    chain = (*locales, *_spellings((project,)), "")
    found = next((key for key in _keys(purpose, channel.address, chain) if key in custom), None)
    template = custom[found] if found else None
    ours = next((x for x in chain if x in texts.LANGUAGES), texts.FALLBACK)
    if found and not _silent(template):
        locale = found.locale or locale_of(project)
        ours = next((x for x in _spellings((locale,)) if x in texts.LANGUAGES), ours)
    else:
        locale = ours
    return Chosen(
        purpose=purpose,
        channel=channel,
        locale=locale,
        template=_whole(template, purpose, channel.address, ours),
    )


def builtin(purpose: Purpose, channel: Channel, locale: str) -> Chosen:
    """Our own, in this language or the nearest we have."""
    return choose({}, purpose, channel, wanted=(locale,), project=texts.FALLBACK)


def render(
    chosen: Chosen, variables: Variables, to: str, *, strict: bool = False
) -> Rendered | Problem:
    """The message, or why there is none; `strict` minds a variable that is not there."""
    if one_line(to) != to:
        return Problem(message="the recipient is not one line", field="to")
    values = _values(variables, chosen.channel)
    if isinstance(chosen.template, SmsTemplate):
        return _render_text(chosen, chosen.template, values, to, strict)
    return _render_email(chosen, chosen.template, values, to, strict)


def compose(chosen: Chosen, variables: Variables, to: str) -> tuple[Rendered, Problem | None]:
    """The message at any rate: ours where the operator's fails, and why it failed."""
    rendered = render(chosen, variables, to)
    if isinstance(rendered, Rendered):
        return rendered, None
    ours = render(builtin(chosen.purpose, chosen.channel, chosen.locale), variables, to)
    if isinstance(ours, Problem):
        raise ValueError(ours.message)  # the recipient or the settings; no template can help
    return ours, rendered


def usual_lifetime(codes: Codes, purpose: Purpose, channel: Channel) -> Seconds:
    """Of what a message carries where its template is silent: the project's setting; a day for what confirms
    an address or gets a person back in by e-mail (ML-8)."""
    unhurried = channel is Channel.EMAIL and purpose in UNHURRIED
    return DAY if unhurried else codes.lifetime(channel)


def longest_code(purpose: Purpose, channel: Channel) -> Seconds:
    """How long a code may live: a day where it confirms an address or gets a person back in, by e-mail (ML-8)."""
    return DAY if channel is Channel.EMAIL and purpose in UNHURRIED else LONGEST_CODE


def check(template: Template, purpose: Purpose = Purpose.LOGIN_CODE) -> tuple[Problem, ...]:
    """Everything that forbids saving this template, for the person who wrote it."""
    channel = Channel.SMS if isinstance(template, SmsTemplate) else Channel.EMAIL
    longest = longest_code(purpose, channel)
    for name in ("code_lifetime", "link_lifetime"):
        lifetime = getattr(template, name, None)
        if lifetime is not None and lifetime > longest:
            return (Problem(message=f"{lifetime} seconds, {longest} at most", field=name),)
    problems = tuple(
        replace(problem, field=field)
        for field, source, allowed in _sources(template)
        for problem in liquid.lint(source, allowed)
    )
    return problems or tuple(_trials(template))


def _trials(template: Template) -> Iterator[Problem]:
    """What goes wrong with everything there, and with only what is always there."""
    channel = Channel.SMS if isinstance(template, SmsTemplate) else Channel.EMAIL
    purpose = Purpose.LOGIN_CODE  # any: it decides only what stands in for a blank
    chosen = Chosen(
        purpose=purpose,
        channel=channel,
        locale=texts.FALLBACK,
        template=_whole(template, purpose, channel, texts.FALLBACK),
    )
    for variables in (
        EXAMPLE,
        replace(EXAMPLE, action=None, link=None, login_link=None, user=Person()),
    ):
        rendered = render(chosen, variables, "example", strict=True)
        if isinstance(rendered, Problem):
            yield rendered
            return
        if channel is Channel.EMAIL and rendered.sender is None:
            yield Problem(message="this is not one e-mail address", field="from")
            return


def _sources(template: Template) -> Iterator[tuple[str, str, frozenset[str]]]:
    if isinstance(template, SmsTemplate):
        yield "text", template.text, TEXT_VARIABLES
    else:
        yield "from", template.from_, SENDER_VARIABLES
        yield "subject", template.subject, TEXT_VARIABLES
        yield "body", template.body, EMAIL_VARIABLES


def _render_text(
    chosen: Chosen, template: SmsTemplate, values: dict[str, object], to: str, strict: bool
) -> Rendered | Problem:
    text = liquid.render(template.text, values, strict=strict)
    if isinstance(text, Problem):
        return replace(text, field="text")
    if len(text) > SMS_LIMIT:
        return Problem(message=f"the text is longer than {SMS_LIMIT} characters", field="text")
    return Rendered(
        purpose=chosen.purpose,
        channel=chosen.channel,
        locale=chosen.locale,
        to=to,
        sender=None,
        subject=None,
        text=text.strip(),
    )


def _render_email(
    chosen: Chosen, template: EmailTemplate, values: dict[str, object], to: str, strict: bool
) -> Rendered | Problem:
    known = {name: values[name] for name in ("client", "origin_host")}
    sender = liquid.render(template.from_, known, strict=strict)
    if isinstance(sender, Problem):
        return replace(sender, field="from")
    subject = liquid.render(template.subject, values, strict=strict)
    if isinstance(subject, Problem):
        return replace(subject, field="subject")
    body = liquid.render(template.body, values, escape=template.html, strict=strict)
    if isinstance(body, Problem):
        return replace(body, field="body")
    return Rendered(
        purpose=chosen.purpose,
        channel=chosen.channel,
        locale=chosen.locale,
        to=to,
        sender=_address(one_line(sender)),
        subject=one_line(subject)[:SUBJECT_LIMIT],
        text=plain(body) if template.html else body.strip(),
        html=body if template.html else None,
    )


def _address(text: str) -> str | None:
    """One mailbox, its name quoted where it must be (RFC 5322 §3.4); None where it is none."""
    name, bracket, rest = text.rpartition("<")
    spec = rest.removesuffix(">") if bracket else text
    try:
        return str(Address(display_name=name.strip().strip('"'), addr_spec=spec.strip()))
    except (HeaderParseError, ValueError, IndexError):
        return None


def _values(variables: Variables, channel: Channel) -> dict[str, object]:
    """What a template sees: plain values, each on one line, names cut to a length."""

    def said(text: str | None, limit: int | None = None) -> str | None:
        return None if text is None else one_line(text)[:limit]

    user, lifetime = variables.user, variables.lifetime
    values: dict[str, object] = {
        "verification_code": said(variables.verification_code),
        # Whole minutes, rounded down: a message must not promise more than there is.
        "lifetime_minutes": None if lifetime is None else max(lifetime // 60, 1),
        "origin_host": said(variables.origin_host),
        "action": said(variables.action, NAME_LIMIT),
        "client": {"name": said(variables.client_name, NAME_LIMIT)},
        "user": {
            "email": said(user.email),
            "phone_number": said(user.phone_number),
            "lang": said(user.lang, NAME_LIMIT),
            "given_name": said(user.given_name, NAME_LIMIT),
            "family_name": said(user.family_name, NAME_LIMIT),
        },
    }
    if channel is Channel.EMAIL:
        values["link"] = said(variables.link)
        values["login_link"] = said(variables.login_link)
    return values


def _spellings(tags: Iterable[str | None]) -> Iterator[str]:
    """Each language as it was asked for, then without its region."""
    for tag in tags:
        if tag and (locale := locale_of(tag)):
            yield locale
            yield locale.partition("-")[0]


def _keys(purpose: Purpose, channel: Channel, locales: Iterable[str]) -> Iterator[TemplateKey]:
    return (TemplateKey(purpose, channel, locale) for locale in locales)


def _silent(template: Template | None) -> bool:
    """Does it leave every word to us?"""
    if isinstance(template, EmailTemplate):
        return not (template.subject or template.body)
    return not (template and template.text)


def _whole(
    template: Template | None, purpose: Purpose, channel: Channel, language: str
) -> Template:
    """The template with our own words where it is blank."""
    if channel is not Channel.EMAIL:
        ours = texts.sms(purpose, language)
        return (
            replace(template, text=template.text or ours.text)
            if isinstance(template, SmsTemplate)
            else ours
        )
    if not isinstance(template, EmailTemplate):
        return texts.email(purpose, language)
    own = texts.email(purpose, language, html=template.html)
    return replace(
        template,
        from_=template.from_ or own.from_,
        subject=template.subject or own.subject,
        body=template.body or own.body,
    )
