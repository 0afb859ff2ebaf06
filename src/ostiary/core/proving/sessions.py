"""The session that an application keeps: is it good, whose is it, and its end."""

from ostiary.terms.failures import NotFound
from ostiary.terms.ids import SessionId, UserId

from .. import sessions
from ..sessions.model import Session
from ..work import Work
from . import flow
from .model import Dossier, Named, Wish


async def of_user(work: Work, user: UserId) -> tuple[Dossier, tuple[Session, ...]]:
    """The user and their living sessions, newest first, however they were begun."""
    return await flow.dossier(work, user), await sessions.living(work, user)


async def use(work: Work, wish: Wish) -> tuple[Session, Dossier]:
    """It is good, and was seen now; its secret stays. `NotFound("session_not_found")` where it is not."""
    session = await flow.held(work, wish.session)
    if session is None:
        raise NotFound("session_not_found")
    used = await sessions.use(work, session, wish.asked)
    return used, await flow.dossier(work, used.user_id)


async def end(work: Work, named: Named) -> None:
    session = await flow.held(work, named)
    if session is not None:
        await sessions.end(work, session)


async def end_by_id(work: Work, id: SessionId) -> None:
    session = await sessions.by_id(work, id)
    if session is None:
        raise NotFound("session_not_found")
    await sessions.end(work, session)
