"""The settings, each with what it means."""

from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.projects.model import RequireAtLogin
from ostiary.core.work import Work
from ostiary.terms.failures import Malformed
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
    settings = await projects.settings(work)
    present = msgspec.to_builtins(settings)
    return visit.html(
        "settings.html",
        422 if wrongs else 200,
        groups=GROUPS,
        values={field.path: _get(values, field.path) for field in FIELDS},
        wrongs=wrongs,
        told={field.path: _told(field.path, wrongs) for field in FIELDS},
        was=msgspec.json.encode(
            {field.path: _get(present, field.path) for field in FIELDS}
        ).decode(),
        dependent=projects.dependent_pair(settings),
        idle=settings.mfa.require_at_login is RequireAtLogin.ALWAYS and not settings.features.mfa,
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
    """What differs from what the form was given: somebody else may have changed the rest meanwhile."""
    try:
        was = msgspec.json.decode(form.get("was", "{}"), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Malformed("body_malformed") from error
    nested: dict[str, Any] = {}
    for field in FIELDS:
        value = value_of(field, form)
        if field.path in was and was[field.path] == value:
            continue
        *above, name = field.path.split(".")
        at = nested
        for part in above:
            at = at.setdefault(part, {})
        at[name] = value
    return nested
