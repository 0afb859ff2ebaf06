import msgspec

from ..work import Work
from .model import Project

ALL = "SELECT body FROM projects"
SAVE = """
INSERT INTO projects (id, body) VALUES (:id, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body
"""
FORGET_OTHERS = "DELETE FROM projects WHERE id <> :id"


async def get(work: Work) -> Project | None:
    row = await work.sql.one(ALL)
    return None if row is None else msgspec.json.decode(row["body"], type=Project)


async def save(work: Work, project: Project) -> None:
    await work.sql.run(FORGET_OTHERS, id=project.id)  # one server, one project
    await work.sql.run(SAVE, id=project.id, body=msgspec.json.encode(project))
