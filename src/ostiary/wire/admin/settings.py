"""The project's settings."""

from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.projects.model import Settings
from ostiary.core.work import Work
from ostiary.terms.merge_patch import patched

from ..checking import check_names
from ..http import Call, json
from ..sections.settings import settings_from


async def show(work: Work, call: Call) -> Response:
    """Every setting, with its value now."""
    return json(await projects.settings(work))


async def change(work: Work, call: Call) -> Response:
    """A JSON merge patch (RFC 7396): what is not named stays, null sets back to the default."""
    patch: dict[str, Any] = call.body
    check_names(patch, Settings)
    project = await projects.lock(work)
    settings = settings_from(patched(msgspec.to_builtins(project.settings), patch))
    if settings != project.settings:
        await projects.configure(work, replace(project, settings=settings))
    return json(settings)
