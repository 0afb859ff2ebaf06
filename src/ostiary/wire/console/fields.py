"""Every setting as a field: what it is called, what it is counted in, and what choosing it means."""

from enum import StrEnum
from functools import lru_cache
from typing import Any

from msgspec import Struct, inspect

from ostiary.core.projects.model import Settings


class Sort(StrEnum):
    SWITCH = "switch"
    NUMBER = "number"
    SECONDS = "seconds"
    WORDS = "words"
    CHOICE = "choice"


class Choice(Struct, frozen=True):
    value: str
    name: str
    meaning: str


class Field(Struct, frozen=True):
    """One setting. `path`: its name, as the configuration file and every refusal spell it."""

    path: str
    name: str
    meaning: str
    sort: Sort = Sort.SWITCH
    choices: tuple[Choice, ...] = ()

    @property
    def bounds(self) -> str:
        return _bounds().get(self.path, "")


class Group(Struct, frozen=True):
    title: str
    fields: tuple[Field, ...]


def _seconds(path: str, name: str, meaning: str) -> Field:
    return Field(path, name, meaning, Sort.SECONDS)


def _number(path: str, name: str, meaning: str) -> Field:
    return Field(path, name, meaning, Sort.NUMBER)


LOGIN = Field(
    "mfa.require_at_login",
    "Require MFA for login",
    "",
    Sort.CHOICE,
    (
        Choice(
            "never",
            "Never",
            "A password, passkey or link is enough to log in. Applications ask for more where it matters, by a "
            "step-up.",
        ),
        Choice(
            "always",
            "Always",
            "Who has a second factor is asked for it at every login, except in a browser they trust. Who has none "
            "logs in as before.",
        ),
    ),
)
FACTORS = (
    Field(
        "features.mfa",
        "Second factors",
        "Needs single sign-on and passwordless. Off: nobody is asked for more than one proof, and none can be "
        "registered.",
    ),
    Field(
        "mfa.factors.sms", "By SMS", "A code to a registered phone number. Needs the SMS feature."
    ),
    Field("mfa.factors.email", "By e-mail", "A code or a link to the profile’s own address."),
    Field(
        "mfa.require_independent",
        "Require independent factors",
        "On: a password and a mailbox that can reset it are not called “mfa”, and who has no other factor cannot "
        "step up. Off: they are, as hosted services have it.",
    ),
    Field(
        "mfa.passkey_is_mfa",
        "A passkey alone is multi-factor",
        "Where the device asked for a PIN or a fingerprint: it is what they have, and what they know or are. Off: a "
        "passkey is one factor, and a second one may be asked for beside it.",
    ),
)
FEATURES = (
    Field(
        "features.sms",
        "SMS",
        "Codes to phones, as a login and as a second factor. Off: neither.",
    ),
    Field(
        "features.passwordless",
        "Passwordless",
        "Codes and links that log in. Second factors need it, because the same calls send and verify their codes.",
    ),
    Field(
        "features.sso",
        "Single sign-on",
        "A session that outlives one application’s tokens. Second factors need it: a step-up raises that session. "
        "Off: everybody logs in anew for each application.",
    ),
)
STEP_UP = (
    _seconds(
        "mfa.step_up_token_lifetime",
        "A step-up lives",
        "How long a person may take to prove the second factor. Longer forgives slow carriers; shorter leaves less "
        "time to guess.",
    ),
    _seconds(
        "mfa.fresh_token_age",
        "A token may change factors for",
        "Since it was issued. An older access token cannot add or remove second factors: a stolen one soon cannot.",
    ),
)
DEVICES = (
    Field(
        "mfa.trusted_devices.enabled",
        "Trusted devices",
        "A browser that its user trusts skips the second factor at login, and never a step-up. Off: no browser does, "
        "also none that was trusted before.",
    ),
    _seconds(
        "mfa.trusted_devices.lifetime",
        "A device is trusted for",
        "Since it was trusted; its use does not prolong that.",
    ),
)
CODES = (
    _number("codes.length", "Digits of a code", "Each more makes a guess ten times less likely."),
    _seconds("codes.sms_lifetime", "A code by SMS lives", "Where its template names no time."),
    _seconds("codes.email_lifetime", "A code by e-mail lives", "Where its template names no time."),
    _number(
        "codes.wrong_answers",
        "Wrong answers per step-up",
        "Over all of its codes. Then it is over, and another must be begun.",
    ),
)
SENDS = (
    _number("sends.per_step_up", "Codes per step-up", "Then a new step-up must be begun."),
    _number(
        "sends.per_recipient_per_hour",
        "Codes per address and hour",
        "Whoever asks, and for whatever: what a stranger can make you pay.",
    ),
    _number("sends.per_recipient_per_day", "Codes per address and day", "The same over a day."),
    _seconds(
        "sends.cooldown",
        "Between two codes",
        "How long an address waits for the next code. 0: not at all.",
    ),
    Field(
        "sends.countries",
        "Countries that SMS may go to",
        "By their two letters, as in FR, DE. Empty: every country. Premium and short numbers are refused in any case.",
        Sort.WORDS,
    ),
)
LOCKOUT = (
    _number(
        "lockout.consecutive_failures",
        "Wrong answers before a lock",
        "In a row, over every factor. A right one begins anew.",
    ),
    _seconds(
        "lockout.duration",
        "A lock lasts",
        "No answer is judged meanwhile. An administrator can lift it for one person.",
    ),
)
SESSIONS = (
    _seconds("sessions.sso_lifetime", "A session lives", "Since its latest use."),
    _seconds("sessions.idle", "A session may be idle for", "Then it ends. 0: it may for ever."),
    _seconds(
        "sessions.superseded_grace",
        "An old secret is good for",
        "After a second proof gave the session a new one. 0: it is dead at once.",
    ),
)
TOKENS = (
    _seconds(
        "tokens.access",
        "An access token lives",
        "And an ID token. Applications that only check signatures believe it for as long, whatever happens meanwhile.",
    ),
    _seconds(
        "tokens.refresh",
        "A grant lives",
        "From the login on: refreshing renews the tokens and not this.",
    ),
    _seconds(
        "tokens.authorization_code",
        "An authorization code lives",
        "Applications exchange it at once.",
    ),
    _seconds(
        "tokens.login",
        "A login’s ticket lives",
        "The “tkn” between a login and its authorization request.",
    ),
)
PASSWORD = (
    _number(
        "password.min_length", "Characters at least", "Of a new password. Those of today stay good."
    ),
    _number(
        "password.min_strength",
        "Strength at least",
        "0 takes “password”; 2 withstands guessing over the network; 4 withstands it on a stolen database.",
    ),
)
RATE_LIMIT = (
    _number(
        "rate_limit.requests",
        "Requests per address and endpoint",
        "In one window. 0: not counted; what is guessed at is counted in any case.",
    ),
    _seconds("rate_limit.window", "A window lasts", "Then the count begins anew."),
)
GROUPS = (
    Group("Require MFA for login", (LOGIN,)),
    Group("Second factors", FACTORS),
    Group("Features they need", FEATURES),
    Group("Step-up", STEP_UP),
    Group("Trusted devices", DEVICES),
    Group("Codes", CODES),
    Group("How often codes are sent", SENDS),
    Group("Lock after wrong answers", LOCKOUT),
    Group("Sessions", SESSIONS),
    Group("Tokens", TOKENS),
    Group("Passwords", PASSWORD),
    Group("Rate limit", RATE_LIMIT),
)
FIELDS = tuple(field for group in GROUPS for field in group.fields)


@lru_cache(maxsize=1)
def _bounds() -> dict[str, str]:
    return dict(_below(inspect.type_info(Settings), ""))


def _below(shape: inspect.Type, path: str) -> list[tuple[str, str]]:
    match shape:
        case inspect.StructType():
            return [
                leaf
                for field in shape.fields
                for leaf in _below(field.type, f"{path}.{field.name}" if path else field.name)
            ]
        case inspect.IntType(ge=int(low), le=int(high)):
            return [(path, f"{low} to {high:,}".replace(",", "\u202f"))]
        case _:
            return []


def value_of(field: Field, form: dict[str, str]) -> Any:
    """What the form says; as it is written where it is no such thing, so that it can be shown again."""
    text = form.get(field.path, "").strip()
    match field.sort:
        case Sort.SWITCH:
            return field.path in form
        case Sort.NUMBER | Sort.SECONDS:
            return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text
        case Sort.WORDS:
            return text.upper().replace(",", " ").split()
        case Sort.CHOICE:
            return text
