import msgspec

from ..work import Row, Work
from .model import Project

ALL = "SELECT body FROM projects"
LOCK = ALL + " FOR NO KEY UPDATE"
SAVE = """
INSERT INTO projects (id, body) VALUES (:id, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body
"""
FORGET_OTHERS = "DELETE FROM projects WHERE id <> :id"


async def get(work: Work) -> Project | None:
    return _project(await work.sql.one(ALL))


async def lock(work: Work) -> Project | None:
    """The project as it is now, kept from every other unit of work until this one ends."""
    return _project(await work.sql.one(LOCK))


def _project(row: Row | None) -> Project | None:
    return None if row is None else msgspec.json.decode(row["body"], type=Project)


async def save(work: Work, project: Project) -> None:
    await work.sql.run(FORGET_OTHERS, id=project.id)  # one server, one project
    await work.sql.run(SAVE, id=project.id, body=msgspec.json.encode(project))
