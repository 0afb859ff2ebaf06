"""The visitor's own session."""

from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.work import Work
from ostiary.terms.failures import Unauthenticated

from ...http import Call
from .. import session_jwt
from ..objects import session_object, user_object
from ..sessions import Authenticated
from ..words import Reply, env_of
from . import doors, words
from .words import answer


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    """With a duration the session ends that many minutes from now."""


async def authenticate(work: Work, call: Call) -> Response:
    """Is it good still? Its secret stays; its signed form is new."""
    await doors.present(work, call)
    session, dossier = await proving.sessions.use(work, await doors.wish(work, call))
    shown = session_object(session, dossier, env_of(call))
    user = user_object(dossier, env_of(call), work.now)
    told = Authenticated(
        session=shown,
        session_token=doors.secret(call),
        session_jwt=await session_jwt.mint(work, session, shown),
        user=user,
    )
    return answer(call, told, user)


async def revoke(work: Work, call: Call) -> Response:
    """The visitor logs out."""
    named = doors.named(call)
    if named is None:
        raise Unauthenticated("user_unauthenticated")
    await proving.sessions.end(work, named)
    return answer(call, Reply())
