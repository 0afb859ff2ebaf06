"""Read the project at each request; change it now and then."""

from ostiary.terms.failures import Unavailable

from .. import journal
from ..work import Work
from . import rules, store
from .model import Project, Settings


async def current(work: Work) -> Project:
    """The project as of this unit of work's revision; remembered until a setting changes."""
    project: Project | None = work.memo.get("project")
    if project is None:
        project = await store.get(work)
        if project is None:
            raise Unavailable("not_configured")
        work.memo["project"] = project
    return project


async def settings(work: Work) -> Settings:
    return (await current(work)).settings


async def lock(work: Work) -> Project:
    """The project, to be changed: two changes at once are made one after the other."""
    project = await store.lock(work)
    if project is None:
        raise Unavailable("not_configured")
    return project


async def configure(work: Work, project: Project) -> None:
    before = await store.get(work)
    await store.save(work, project)
    changed = rules.differences(before.settings if before else Settings(), project.settings)
    await journal.record(work, "project.configured", project=project.id, settings=changed)
    await work.changed()
