"""Sessions that applications keep: list, check, end."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from ostiary.core import keys, projects, proving
from ostiary.core.keys.model import Algorithm
from ostiary.core.work import Work
from ostiary.terms.failures import Forbidden, Malformed, NotFound
from ostiary.terms.ids import SessionId

from ..http import Call
from . import session_jwt, words
from .objects import SessionObject, UserObject, session_object, user_object
from .words import Auth, Named, Reply, Text, env_of, reply, user_id


class SessionsQuery(Struct, frozen=True, kw_only=True):
    user_id: Text


class Sessions(Reply, frozen=True, kw_only=True):
    sessions: list[SessionObject]


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    authorization_check: dict[str, Any] | None = None


class Authenticated(Reply, frozen=True, kw_only=True):
    session: SessionObject
    session_token: str
    session_jwt: str
    user: UserObject


class RevokeBody(Named, frozen=True, kw_only=True):
    session_id: Text | None = None


class Jwks(Reply, frozen=True, kw_only=True):
    keys: list[dict[str, Any]]


async def listed(work: Work, call: Call) -> Response:
    """Those of a user that still open something."""
    query: SessionsQuery = call.body
    dossier, living = await proving.sessions.of_user(work, await user_id(work, query.user_id))
    env = env_of(call)
    return reply(call, Sessions(sessions=[session_object(one, dossier, env) for one in living]))


async def authenticate(work: Work, call: Call) -> Response:
    """Is this session good? Its secret stays; its signed form is new."""
    body: AuthenticateBody = call.body
    wish = await session_jwt.wish(work, body)
    if wish.session is None:
        raise Malformed("session_missing")
    session, dossier = await proving.sessions.use(work, wish)
    if body.authorization_check is not None:
        raise Forbidden("role_missing")  # no role permits anything here
    env = env_of(call)
    shown = session_object(session, dossier, env)
    return reply(
        call,
        Authenticated(
            session=shown,
            session_token=body.session_token or "",
            session_jwt=await session_jwt.mint(work, session, shown),
            user=user_object(dossier, env, work.now),
        ),
    )


async def revoke(work: Work, call: Call) -> Response:
    """End one, for good, in all its forms."""
    body: RevokeBody = call.body
    if sum(bool(one) for one in (body.session_id, body.session_token, body.session_jwt)) > 1:
        raise Malformed("session_named_twice")
    if body.session_id:
        id = words.required("session", body.session_id, "session_id")
        await proving.sessions.end_by_id(work, SessionId(id))
        return reply(call, Reply())
    named = await session_jwt.named(work, body)
    if named is None:
        raise Malformed("session_missing")
    await proving.sessions.end(work, named)
    return reply(call, Reply())


async def jwks(work: Work, call: Call) -> Response:
    """The public keys of signed sessions. Open to everybody: applications fetch it without a secret."""
    if call.path_values["project_id"] != (await projects.current(work)).id:
        raise NotFound("project_not_found")
    found = await keys.certificates(work, Algorithm.RS256)
    return reply(call, Jwks(keys=[_jwk(key.public, der) for key, der in found]))


def _jwk(public: bytes, certificate: bytes) -> dict[str, Any]:
    thumbprint = urlsafe_b64encode(sha256(certificate).digest()).rstrip(b"=").decode()
    return {
        **msgspec.json.decode(public),
        "key_ops": ["verify"],
        "x5c": [b64encode(certificate).decode()],
        "x5tS256": thumbprint,  # the vendor's spelling, which its SDK reads
        "x5t#S256": thumbprint,  # that of RFC 7517 §4.9
    }
