"""Who may call: a back end, with one of the project's secrets."""

from ostiary.core import projects
from ostiary.core.work import Work
from ostiary.terms.failures import Unauthenticated

from ..http import Call
from .words import basic


async def admit(work: Work, call: Call) -> None:
    named = basic(call)
    if named is None:
        raise Unauthenticated("project_secret_wrong")
    if named[0] == (await projects.current(work)).public_token:
        raise Unauthenticated("back_end_only")
    await projects.authenticate(work, *named)
