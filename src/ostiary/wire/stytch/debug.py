"""Who am I?"""

from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.work import Work

from ..http import Call
from .words import Reply, reply


class Project(Reply, frozen=True, kw_only=True):
    project_id: str
    name: str


async def whoami(work: Work, call: Call) -> Response:
    """The project whose secret this is."""
    project = await projects.current(work)
    return reply(call, Project(project_id=project.id, name=project.name))
