"""How this dialect spells what the core knows, and the parameters that many of its calls share."""

import re
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import users
from ostiary.core.sessions.model import Asked
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms import contact
from ostiary.terms.contact import PhoneNumber
from ostiary.terms.failures import Malformed, NotFound
from ostiary.terms.ids import UserId, spelled
from ostiary.terms.time import Seconds

from ..http import Call, json

Text: TypeAlias = Annotated[str, Meta(max_length=2048)]
Long: TypeAlias = Annotated[str, Meta(max_length=16_384)]
Minutes: TypeAlias = Annotated[int, Meta(ge=5, le=527_040)]  # 366 days
IpAddress: TypeAlias = Annotated[
    str,
    Meta(max_length=45, pattern=r"^(|([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$"),
]
Locale: TypeAlias = Literal["en", "es", "pt-br", "fr"]
LocaleOfPhone: TypeAlias = Literal[
    "en",
    "es",
    "pt-br",
    "fr",
    "it",
    "de-DE",
    "zh-Hans",
    "ca-ES",
    "ja",
    "ru",
    "nl",
    "pl",
    "tr",
    "fa",
    "vi",
    "cs",
]

_ID = re.compile("([a-z-]+)-(test|live)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9._|-]{1,128}")
RESERVED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
VENDORS = "https://stytch.com/"


class Reply(Struct, frozen=True, kw_only=True):
    """What every answer says besides."""

    status_code: int = 200
    request_id: str = ""


class Attributes(Struct, frozen=True, kw_only=True):
    ip_address: IpAddress | None = None
    user_agent: Text | None = None


class Options(Struct, frozen=True, kw_only=True):
    ip_match_required: bool | None = None
    user_agent_match_required: bool | None = None


class Named(Struct, frozen=True, kw_only=True):
    """How a call names the session that it goes on with."""

    session_token: Text | None = None
    session_jwt: Long | None = None


class Auth(Named, frozen=True, kw_only=True):
    """What every call that proves a factor takes."""

    session_duration_minutes: Minutes | None = None
    session_custom_claims: dict[str, Any] | None = None
    attributes: Attributes | None = None


class Selected(Named, frozen=True, kw_only=True):
    """Whose address it is, where that is not found by the address itself."""

    user_id: Text | None = None


def reply(call: Call, body: Struct, status: int = 200) -> Response:
    """`body`: a `Reply`, or a struct that has its fields."""
    return json(replace(body, status_code=status, request_id=request_id(call)), status)


def request_id(call: Call) -> str:
    random = bytearray(call.server.entropy(16))
    random[6], random[8] = random[6] & 0x0F | 0x40, random[8] & 0x3F | 0x80  # RFC 9562 §5.4
    return spell("request-id", env_of(call), spelled(bytes(random)))


def basic(call: Call) -> tuple[str, str] | None:
    """Who the caller says it is (RFC 7617); None where it says nothing."""
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "basic":
        raise Malformed("authorization_malformed")
    try:
        name, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError) as error:
        raise Malformed("authorization_malformed") from error
    if not colon:
        raise Malformed("authorization_malformed")
    return name, secret


def env_of(call: Call) -> str:
    """`live` or `test`, as every id says; by the project that the caller names."""
    try:
        named = basic(call)
    except Malformed:
        named = None
    project = named[0] if named else call.path_values.get("project_id", "")
    return "live" if project.startswith(("project-live-", "public-token-live-")) else "test"


def spell(kind: str, env: str, id: str) -> str:
    return f"{kind}-{env}-{id}"


def base64url(raw: bytes) -> str:
    """Without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(kind: str, text: str | None) -> str | None:
    """The id inside, where this spells one of this kind."""
    match = _ID.fullmatch(text or "")
    return match[3] if match and match[1] == kind else None


def required(kind: str, text: str | None, field: str) -> str:
    """As `read`; `Malformed` where it spells none."""
    found = read(kind, text)
    if found is None:
        raise Malformed("id_malformed", field=field)
    return found


def phone_number(text: str) -> PhoneNumber:
    """As E.164 spells it, and not otherwise."""
    if not _E164.fullmatch(text):
        raise Malformed("phone_malformed", field="phone_number")
    return contact.phone_number(text)


async def user_id(work: Work, text: str) -> UserId:
    """By this dialect's id, or by the application's own."""
    if found := read("user", text):
        return UserId(found)
    return (await _external(work, text)).id


def external_id(text: str | None) -> str | None:
    """The application's own id of a user, which is spelled unlike ours."""
    if text is None:
        return None
    if not _EXTERNAL_ID.fullmatch(text) or read("user", text):
        raise Malformed("parameter_invalid", field="external_id")
    return text


async def _external(work: Work, text: str) -> User:
    if not _EXTERNAL_ID.fullmatch(text):
        raise Malformed("id_malformed", field="user_id")
    user = await users.by_external_id(work, text)
    if user is None:
        raise NotFound("user_not_found")
    return user


def asked(body: Auth) -> Asked:
    """What is wanted of the session."""
    minutes, attributes = body.session_duration_minutes, body.attributes or Attributes()
    return Asked(
        lifetime=None if minutes is None else Seconds(minutes * 60),
        claims=custom_claims(body.session_custom_claims),
        ip=attributes.ip_address,
        user_agent=attributes.user_agent,
    )


def custom_claims(claims: dict[str, Any] | None) -> dict[str, Any] | None:
    """Those that a token has of its own are not the application's to set."""
    for name in claims or {}:
        if name in RESERVED:
            raise Malformed("claim_reserved", field=name)
        if name.startswith(VENDORS):
            raise Malformed("claim_vendors", field=name)
    return claims
