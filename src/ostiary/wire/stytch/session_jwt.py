"""The signed form of a session: five minutes long, checked by applications without asking us."""

from typing import Any

from msgspec import to_builtins

from ostiary.core import keys, projects, sessions, tokens
from ostiary.core.keys.model import Algorithm
from ostiary.core.proving.model import Named as NamedSession
from ostiary.core.proving.model import Wish
from ostiary.core.sessions.model import Session
from ostiary.core.work import Work
from ostiary.terms.failures import Malformed
from ostiary.terms.ids import SessionId
from ostiary.terms.secret import parse_token

from . import words
from .objects import SessionObject

LIFETIME = 300  # seconds
TYPE = "JWT"
CLAIM = "https://stytch.com/session"


async def mint(work: Work, session: Session, shown: SessionObject) -> str:
    """`jti` names the secret that the session has now, so that the token dies with it."""
    project = (await projects.current(work)).id
    said = to_builtins(shown)
    claims: dict[str, Any] = {
        **said["custom_claims"],
        "iss": _issuer(project),
        "sub": shown.user_id,
        "aud": [project],
        "iat": work.now,
        "nbf": work.now,
        "exp": work.now + LIFETIME,
        "jti": f"{sessions.generation(session)}.{work.new_id()}",
        CLAIM: {
            "id": shown.session_id,
            "started_at": shown.started_at,
            "last_accessed_at": shown.last_accessed_at,
            "expires_at": shown.expires_at,
            "attributes": said["attributes"],
            "authentication_factors": said["authentication_factors"],
            "roles": said["roles"],
        },
    }
    return tokens.sign(await keys.ring(work), Algorithm.RS256, TYPE, claims)


async def named(work: Work, body: words.Named) -> NamedSession | None:
    """The session that a call names, by its secret or by a token of ours, also an expired one."""
    if body.session_token and body.session_jwt:
        raise Malformed("session_named_twice")
    if body.session_jwt:
        return await _read(work, body.session_jwt)
    if body.session_token:
        return NamedSession(secret=parse_token(body.session_token))
    return None


async def wish(work: Work, body: words.Auth) -> Wish:
    return Wish(session=await named(work, body), asked=words.asked(body))


async def _read(work: Work, text: str) -> NamedSession:
    project = (await projects.current(work)).id
    claims = tokens.signed(await keys.ring(work), text, TYPE, _issuer(project))
    said = claims.get(CLAIM) if claims else None
    if claims is None or not isinstance(said, dict) or claims.get("aud") != [project]:
        raise Malformed("session_jwt_invalid", field="session_jwt")
    id = words.read("session", str(said.get("id")))
    generation = str(claims.get("jti")).partition(".")[0]
    return NamedSession(id=SessionId(id or ""), generation=generation)


def _issuer(project: str) -> str:
    return f"stytch.com/{project}"
