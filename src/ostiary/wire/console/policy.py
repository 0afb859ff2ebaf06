"""The settings, each with what it means."""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.work import Work

from ..checking import Nonsense, Wrong, patched
from ..http import see_other
from ..sections.settings import settings_from
from .doors import HOME, Visit


class Field(Struct, frozen=True):
    """One setting: its path, its name, and what choosing it means."""

    path: str
    name: str
    meaning: str = ""


SWITCHES = (
    Field(
        "features.mfa",
        "Second factors",
        "Needs SSO and passwordless. Off: nobody is asked for more than one proof.",
    ),
    Field(
        "mfa.factors.sms", "By SMS", "A code to a registered phone number. Needs the SMS feature."
    ),
    Field(
        "mfa.factors.email",
        "By e-mail",
        "A code to the profile's own address. Beside a password that the same mailbox can reset, it is not an "
        "independent pair: who has the mailbox has both.",
    ),
    Field("features.sms", "SMS", "Whether messages are sent to phones at all."),
    Field("features.passwordless", "Passwordless", "Codes and links instead of a password."),
    Field("features.sso", "Single sign-on", "A session that outlives one application's tokens."),
    Field(
        "mfa.require_independent",
        "Require independent factors",
        "On: a password and a mailbox that can reset it are not called “mfa”, and who has no other factor cannot "
        "step up. Off: they are, as hosted services have it.",
    ),
    Field(
        "mfa.passkey_is_mfa",
        "A passkey alone is multi-factor",
        "Where the device asked for a PIN or a fingerprint: it is what they have, and what they know or are.",
    ),
    Field(
        "mfa.trusted_devices.enabled",
        "Trusted devices",
        "A browser that its user trusts skips the second factor at login, and never a step-up.",
    ),
)
NUMBERS = (
    Field("sends.per_step_up", "Codes per step-up", "Then a new step-up must be begun."),
    Field("sends.per_recipient_per_hour", "Codes per address and hour"),
    Field("sends.per_recipient_per_day", "Codes per address and day"),
    Field("sends.cooldown", "Seconds between two codes", "0: none."),
    Field("codes.wrong_answers", "Wrong answers per code", "Then it is good no longer."),
    Field("codes.sms_lifetime", "A code by SMS lives", "Seconds, 600 at most."),
    Field("codes.email_lifetime", "A code by e-mail lives", "Seconds, 600 at most."),
    Field("mfa.step_up_token_lifetime", "A step-up lives", "Seconds."),
    Field("mfa.fresh_token_age", "A token may change factors for", "Seconds after it was issued."),
    Field("mfa.trusted_devices.lifetime", "A device is trusted for", "Seconds."),
    Field("lockout.consecutive_failures", "Wrong answers before a lock"),
    Field("lockout.duration", "A lock lasts", "Seconds."),
)
LOGIN = "mfa.require_at_login"


async def show(work: Work, visit: Visit) -> Response:
    """Factors, Always or Never, limits and lifetimes, each with what it means."""
    settings = msgspec.to_builtins(await projects.settings(work))
    return _page(visit, settings, saved="saved" in visit.call.parameters)


async def save(work: Work, visit: Visit) -> Response:
    """All of them, or none and why: the next request of anybody sees the new ones."""
    project = await projects.lock(work)
    values = patched(msgspec.to_builtins(project.settings), _patch(visit.form))
    try:
        settings = settings_from(values)
    except Nonsense as nonsense:
        return _page(visit, values, nonsense.wrongs)
    if settings != project.settings:
        await projects.configure(work, replace(project, settings=settings))
    return see_other(f"{HOME}/settings?saved")


def _page(
    visit: Visit, values: dict[str, Any], wrongs: tuple[Wrong, ...] = (), *, saved: bool = False
) -> Response:
    return visit.html(
        "settings.html",
        422 if wrongs else 200,
        switches=[(field, _get(values, field.path)) for field in SWITCHES],
        numbers=[(field, _get(values, field.path)) for field in NUMBERS],
        always=_get(values, LOGIN) == "always",
        wrongs=wrongs,
        saved=saved,
    )


def _get(values: dict[str, Any], path: str) -> Any:
    for name in path.split("."):
        values = values[name]
    return values


def _patch(form: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {field.path: field.path in form for field in SWITCHES}
    for field in NUMBERS:
        text = form.get(field.path, "").strip()
        found[field.path] = int(text) if text.isascii() and text.isdigit() else text
    found[LOGIN] = form.get(LOGIN, "")
    nested: dict[str, Any] = {}
    for path, value in found.items():
        *above, name = path.split(".")
        at = nested
        for part in above:
            at = at.setdefault(part, {})
        at[name] = value
    return nested
