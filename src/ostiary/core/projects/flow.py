"""Read the project at each request; change it now and then."""

import hmac

from ostiary.terms.failures import Unauthenticated, Unavailable

from .. import journal, keys
from ..work import Work
from . import rules, store
from .model import Project, Settings

SECRET = "project secret"  # the purpose its digest key is derived for


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


async def authenticate(work: Work, id: str, secret: str) -> Project:
    """The project that a back end proves to speak for, by its id and one of its secrets."""
    project = await current(work)
    if not hmac.compare_digest(id.encode(), project.id.encode()) or not any(
        secret_matches(work, secret, kept) for kept in project.secret_digests
    ):
        raise Unauthenticated("project_secret_wrong")
    return project


async def recognise(work: Work, public_token: str, origin: str | None) -> Project:
    """The project whose page asks, by the token that its pages show; `origin`: the page's, where a browser says.

    Where no origins are configured nobody's pages may ask.
    """
    project = await current(work)
    if not public_token or public_token != project.public_token:
        raise Unauthenticated("project_secret_wrong")
    if not project.sdk_origins or (origin is not None and origin not in project.sdk_origins):
        raise Unauthenticated("page_not_allowed")
    return project


def secret_matches(work: Work, secret: str, kept: bytes) -> bool:
    return keys.digest_matches(work, SECRET, secret.encode(), kept)


def digest_secret(work: Work, secret: str) -> bytes:
    return keys.digest(work, SECRET, secret.encode())


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
