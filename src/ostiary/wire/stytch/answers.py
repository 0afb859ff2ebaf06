"""What a call answers that has proved a factor."""

from typing import Any

from ostiary.core.proving.model import Authenticated
from ostiary.core.work import Work

from ..http import Call
from . import session_jwt
from .objects import SessionObject, UserObject, session_object, user_object
from .words import Reply, env_of, spell


class Proved(Reply, frozen=True, kw_only=True):
    user_id: str
    user: UserObject
    session_token: str
    session_jwt: str
    session: SessionObject | None
    user_device: None = None


async def proved(work: Work, call: Call, outcome: Authenticated) -> dict[str, Any]:
    """The fields of `Proved`: tokens are empty and the session null where none was asked for."""
    env = env_of(call)
    dossier, session = outcome.dossier, outcome.session
    shown = session_object(session, dossier, env) if session else None
    return {
        "user_id": spell("user", env, dossier.user.id),
        "user": user_object(dossier, env, work.now),
        "session_token": str(outcome.secret or ""),
        "session_jwt": await session_jwt.mint(work, session, shown) if session and shown else "",
        "session": shown,
    }
