"""Jinja2, escaping everything, under a policy that runs no script but our own. Loaded at the first page."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self'{image}; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
POLICY = _POLICY.format(style="", image="")
# inline styles and pictures are the messages' own, in a frame that runs nothing
PREVIEW_POLICY = _POLICY.format(style=" 'unsafe-inline'", image=" data: https:")
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",  # `no-referrer` would make the `Origin` of our own forms null
}


_SPOKEN = {
    "sms": "SMS",
    "email": "e-mail",
    "whatsapp": "WhatsApp",
    "webauthn": "passkey",
    "totp": "authenticator app",
    "recovery_code": "recovery codes",
    "embedded_link": "link of an application",
}


def html(name: str, status: int = 200, *, policy: str = POLICY, **values: Any) -> Response:
    text = _environment().get_template(name).render(values)
    headers = {**HEADERS, "content-security-policy": policy}
    return Response(text, status, media_type="text/html", headers=headers)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = when
    environment.filters["words"] = words
    environment.filters["spoken"] = spoken
    environment.filters["lasting"] = lasting
    return environment


def when(instant: int | None) -> str:
    """2027-01-15 08:00 UTC."""
    if instant is None:
        return "never"
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M UTC")


def lasting(seconds: object) -> str:
    """`90 days`, where a minute or more comes out even; else nothing."""
    if not isinstance(seconds, int):
        return ""
    for length, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length and seconds % length == 0:
            many = seconds // length
            return f"{many} {name}{'s' if many > 1 else ''}"
    return ""


def spoken(kind: str) -> str:
    """A channel, or a kind of credential, as a person says it."""
    return _SPOKEN.get(kind, kind)


def words(name: str) -> str:
    """`mfa_step_up` as a person reads it."""
    return name.replace("_", " ").replace("mfa", "MFA").replace(".", ": ")
