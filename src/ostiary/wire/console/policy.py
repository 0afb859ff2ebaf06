"""The settings, each with what it means."""

from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.work import Work
from ostiary.terms.merge_patch import patched

from ..checking import Nonsense, Wrong
from ..http import see_other
from ..sections.settings import settings_from
from .doors import HOME, Visit
from .fields import FIELDS, GROUPS, value_of


async def show(work: Work, visit: Visit) -> Response:
    """Every setting, with what choosing it means."""
    settings = msgspec.to_builtins(await projects.settings(work))
    return await _page(work, visit, settings, saved="saved" in visit.call.parameters)


async def save(work: Work, visit: Visit) -> Response:
    """All of them, or none and why: the next request of anybody sees the new ones."""
    project = await projects.lock(work)
    values = patched(msgspec.to_builtins(project.settings), _patch(visit.form))
    try:
        settings = settings_from(values)
    except Nonsense as nonsense:
        return await _page(work, visit, values, nonsense.wrongs)
    if settings != project.settings:
        await projects.configure(work, replace(project, settings=settings))
    return see_other(f"{HOME}/settings?saved")


async def _page(
    work: Work,
    visit: Visit,
    values: dict[str, Any],
    wrongs: tuple[Wrong, ...] = (),
    *,
    saved: bool = False,
) -> Response:
    """`values`: as they were typed where they are wrong, so that nothing has to be typed again."""
    return visit.html(
        "settings.html",
        422 if wrongs else 200,
        groups=GROUPS,
        values={field.path: _get(values, field.path) for field in FIELDS},
        wrongs=wrongs,
        told={field.path: _told(field.path, wrongs) for field in FIELDS},
        dependent=projects.dependent_pair(await projects.settings(work)),
        saved=saved,
    )


def _told(path: str, wrongs: tuple[Wrong, ...]) -> str:
    """What is wrong with this one."""
    return "; ".join(one.message for one in wrongs if one.path.partition("[")[0] == path)


def _get(values: dict[str, Any], path: str) -> Any:
    for name in path.split("."):
        values = values[name]
    return values


def _patch(form: dict[str, str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for field in FIELDS:
        *above, name = field.path.split(".")
        at = nested
        for part in above:
            at = at.setdefault(part, {})
        at[name] = value_of(field, form)
    return nested
