"""Signing keys: which ones there are, and the next turn."""

from starlette.responses import Response

from ostiary.core import keys, projects
from ostiary.core.work import Work
from ostiary.terms.time import Seconds

from ..http import see_other
from .doors import HOME, Visit


async def listed(work: Work, visit: Visit) -> Response:
    """Every signing key and its stage, without private parts."""
    ring = await keys.ring(work)
    return visit.html("keys.html", keys=ring.stored, rotated="rotated" in visit.call.parameters)


async def rotate(work: Work, visit: Visit) -> Response:
    """Next becomes current, current previous."""
    longest = (await projects.settings(work)).tokens.access
    await keys.rotate(work, Seconds(longest))
    return see_other(f"{HOME}/keys?rotated")
