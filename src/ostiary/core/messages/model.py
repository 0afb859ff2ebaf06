"""What is said, to whom it may vary, and what came out. Importing this loads no template engine."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Protocol, TypeAlias

from msgspec import Meta, Struct, field

from ostiary.terms.contact import Channel
from ostiary.terms.time import Instant, Seconds

Lifetime: TypeAlias = Annotated[int, Meta(ge=1)]  # seconds


class Purpose(StrEnum):
    """Why a message is sent."""

    MFA_ACTIVATION = "mfa_activation"
    MFA_STEP_UP = "mfa_step_up"
    LOGIN_CODE = "login_code"
    LOGIN_LINK = "login_link"
    EMAIL_VERIFICATION = "email_verification"
    PHONE_VERIFICATION = "phone_verification"
    PASSWORD_RESET = "password_reset"
    ACCOUNT_RECOVERY = "account_recovery"
    SECURITY_NOTICE = "security_notice"


class Notice(StrEnum):
    """The `action` of a security notice: what happened, in words our own texts know."""

    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGED = "email_changed"
    PHONE_NUMBER_CHANGED = "phone_number_changed"
    CREDENTIAL_ADDED = "credential_added"
    CREDENTIAL_REMOVED = "credential_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"
    NEW_DEVICE = "new_device"
    MANY_FAILURES = "many_failures"


class SmsTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An SMS as an operator writes it; an empty text stands for the built-in one."""

    text: str = ""
    code_lifetime: Lifetime | None = None  # None: the project's setting


class EmailTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An e-mail as an operator writes it; an empty string stands for the built-in one."""

    from_: str = field(default="", name="from")
    subject: str = ""
    html: bool = True
    body: str = ""
    redirect_url: str | None = None  # checked against the clients' redirect URIs by who saves it
    code_lifetime: Lifetime | None = None
    link_lifetime: Lifetime | None = None


Template: TypeAlias = SmsTemplate | EmailTemplate


class TemplateKey(Struct, frozen=True):
    """Where an operator's template is kept; the locale "" is the one that names no language."""

    purpose: Purpose
    channel: Channel
    locale: str = ""  # as `rules.locale_of` spells it


class Chosen(Struct, frozen=True, kw_only=True):
    """A template without blanks, and the language it speaks."""

    purpose: Purpose
    channel: Channel
    locale: str
    template: Template


class Person(Struct, frozen=True, kw_only=True):
    """What a template may know of the user: everything here was chosen by them."""

    email: str | None = None
    phone_number: str | None = None
    lang: str | None = None
    given_name: str | None = None
    family_name: str | None = None


class Variables(Struct, frozen=True, kw_only=True):
    """What one message is rendered with; `lifetime` belongs to the code or link it carries."""

    client_name: str
    verification_code: str | None = None
    link: str | None = None  # reaches e-mail templates only, like the next
    login_link: str | None = None  # beside the one that chooses a new password
    lifetime: int | None = None  # seconds
    action: str | None = None  # why, in the application's words, or a `Notice`
    origin_host: str | None = None  # the public URL's host, without scheme and port
    user: Person = Person()


TEXT_VARIABLES = frozenset(
    {
        "verification_code",
        "lifetime_minutes",
        "origin_host",
        "action",
        "client.name",
        "user.email",
        "user.phone_number",
        "user.lang",
        "user.given_name",
        "user.family_name",
    }
)
EMAIL_VARIABLES = TEXT_VARIABLES | {"link", "login_link"}
SENDER_VARIABLES = frozenset({"client.name", "origin_host"})  # nothing a user chose: no posing

EXAMPLE = Variables(
    client_name="Demo shop",
    verification_code="123456",
    link="https://id.example.com/verify?t=example",
    login_link="https://id.example.com/login?t=example",
    lifetime=600,
    action="login",
    origin_host="id.example.com",
    user=Person(
        email="ann@example.com",
        phone_number="+33612345678",
        lang="en",
        given_name="Ann",
        family_name="Martin",
    ),
)


class Rendered(Struct, frozen=True, kw_only=True):
    """A message ready for its carrier. It holds the code: seal it, and erase it once sent."""

    purpose: Purpose
    channel: Channel
    locale: str
    to: str
    sender: str | None  # None: the carrier's own
    subject: str | None  # None unless an e-mail
    text: str  # for an e-mail in HTML, the plain-text alternative
    html: str | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a template, in one line for the person who wrote it."""

    message: str
    field: str = ""  # "text", "from", "subject", "body", "to" or "code_lifetime"
    line: int | None = None
    name: str | None = None  # the variable, tag or filter that is unknown
    nearest: str | None = None  # the valid name most like it


class Version(Struct, frozen=True, kw_only=True):
    """A template as it was saved once; the newest one counts."""

    id: str
    saved_at: Instant
    template: Template


class Queued(Struct, frozen=True, kw_only=True):
    """What waits in the outbox, sealed: everything a message is rendered from."""

    recipient: str
    variables: Variables
    locales: tuple[str | None, ...]  # wanted, in this order
    sms: SmsTemplate | None = None  # a template on trial, whichever is saved
    email: EmailTemplate | None = None

    @property
    def trial(self) -> Template | None:
        return self.sms or self.email


class Due(Struct, frozen=True, kw_only=True):
    """A message that this worker has claimed, and everything it is rendered from."""

    id: str
    purpose: Purpose
    channel: Channel
    attempts: int
    content: Queued
    templates: Mapping[TemplateKey, Template]
    language: str  # the project's
    now: Instant


class Outgoing(Struct, frozen=True, kw_only=True):
    """One message on its way to a carrier. `id` stays the same when it is tried again."""

    id: str
    rendered: Rendered
    code: str | None
    link: str | None
    sent_at: Instant


class Ready(Struct, frozen=True):
    """A claimed message; `problem`: why the operator's own template was not used."""

    message: Outgoing
    attempts: int
    problem: Problem | None


class Carrier(Protocol):
    """Whoever takes a message away. Raises `Unavailable` where it cannot; the message is kept."""

    async def send(self, message: Outgoing) -> None: ...


class MessageTerms(Struct, frozen=True):
    """How long what a message carries is good for; where its link leads in the end."""

    code_lifetime: Seconds
    link_lifetime: Seconds
    redirect_url: str | None
