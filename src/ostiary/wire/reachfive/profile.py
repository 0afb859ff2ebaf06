"""The profile, and whether anyone is logged in."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import clients, credentials, projects, sessions, tokens, users
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.failures import Unauthenticated

from .. import sso
from ..http import Call, json
from .words import Text


class UserInfoQuery(Struct, frozen=True, kw_only=True):
    fields: Text | None = None


class SsoQuery(Struct, frozen=True, kw_only=True):
    client_id: Text | None = None


class SsoData(Struct, frozen=True, kw_only=True):
    is_authenticated: bool
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    last_login_type: str | UnsetType = UNSET
    has_password: bool | UnsetType = UNSET
    social_providers: list[str] | UnsetType = UNSET


def profile_json(user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """What these scopes tell of a person."""
    claims: dict[str, Any] = {"sub": user.id, "id": user.id, **tokens.profile_claims(user, scopes)}
    if "profile" in scopes:
        own = {
            "custom_fields": user.profile.custom_fields,
            "consents": user.profile.consents,
        }
        claims |= {name: value for name, value in own.items() if value}
    return claims


async def userinfo(work: Work, call: Call) -> Response:
    """The claims that the token's scopes open (OpenID Connect Core 1.0 §5.3)."""
    query: UserInfoQuery = call.body
    access = await tokens.require_access(work, call.bearer)
    user = await users.get(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    claims = profile_json(user, access.scopes)
    if query.fields:
        wanted = {"sub", *query.fields.split(",")}
        claims = {name: value for name, value in claims.items() if name in wanted}
    return json(claims)


async def sso_data(work: Work, call: Call) -> Response:
    """Whether this browser holds an SSO session that is good for a login; asked without one, too."""
    query: SsoQuery = call.body
    await clients.get(work, query.client_id)
    on = (await projects.settings(work)).features.sso
    session = await sessions.find(work, sso.read(call)) if on else None
    user = None if session is None else await users.get(work, session.user_id)
    if user is None:
        return json(SsoData(is_authenticated=False))
    password = await credentials.of_kind(work, user.id, Kind.PASSWORD)
    return json(
        SsoData(
            is_authenticated=True,
            name=user.profile.full_name or UNSET,
            email=user.email or UNSET,
            last_login_type=user.last_login_type or UNSET,
            has_password=password is not None,
            social_providers=[],
        )
    )
