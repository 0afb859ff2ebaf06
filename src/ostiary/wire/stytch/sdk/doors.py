"""Who may call: a page of the project. Whose session it brings, where there is one."""

from ostiary.core import projects, proving
from ostiary.core.proving.model import Named, Wish
from ostiary.core.sessions.model import Asked, Session
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.secret import parse_token
from ostiary.terms.time import Seconds

from ...http import Call
from ..words import basic
from .words import Proving

LONGEST = 2048  # characters kept of a browser's name for itself


async def admit(work: Work, call: Call) -> None:
    said = basic(call)
    if said is None:
        raise Unauthenticated("project_secret_wrong")
    await projects.recognise(work, said[0], call.request.headers.get("origin"))


async def origins(work: Work) -> frozenset[str]:
    return frozenset((await projects.current(work)).sdk_origins)


def named(call: Call) -> Named | None:
    """The session is where a secret would be; who has none sends the public token twice."""
    said = basic(call)
    if said is None or said[0] == said[1]:
        return None
    return Named(secret=parse_token(said[1]))


def secret(call: Call) -> str:
    """The session's, as it came."""
    found = named(call)
    return str(found.secret) if found and found.secret else ""


async def present(work: Work, call: Call) -> Session:
    return await proving.pages.present(work, named(call))


async def guarded(work: Work, call: Call, *, adding: Kind | None = None) -> Session:
    return await proving.pages.guarded(work, named(call), adding=adding)


async def wish(work: Work, call: Call) -> Wish:
    """What is wanted of the session; a new one where there is none that lives."""
    body: Proving = call.body
    session = await proving.pages.living(work, named(call))
    minutes = body.session_duration_minutes
    asked = Asked(
        lifetime=None if minutes is None else Seconds(minutes * 60),
        ip=call.ip,
        user_agent=agent(call),
    )
    return Wish(session=named(call) if session else None, asked=asked)


def agent(call: Call) -> str:
    return call.request.headers.get("user-agent", "")[:LONGEST]
