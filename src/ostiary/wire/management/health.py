"""Is it alive, is it ready, which version is it, what does it count."""

from typing import Any

from starlette.responses import Response

from ostiary import __version__
from ostiary.core import keys, projects
from ostiary.core.work import OpenWork, Work

from ..http import Call, json


async def live(open_work: OpenWork, call: Call) -> Response:
    """The process answers."""
    return json({"status": "live"})


async def ready(work: Work, call: Call) -> Response:
    """Database, settings and keys are there."""
    await projects.current(work)
    await keys.ring(work)
    return json({"status": "ready"})


async def version(open_work: OpenWork, call: Call) -> Response:
    """Which build this is."""
    return json({"version": __version__})


def metrics(render: Any) -> Any:
    async def endpoint(open_work: OpenWork, call: Call) -> Response:
        """Prometheus' text format."""
        text, media_type = render()
        return Response(text, media_type=media_type)

    return endpoint
