import msgspec

from ..work import Work
from .model import Client

ALL = "SELECT body FROM clients ORDER BY id"
LOCK = "SELECT body FROM clients WHERE id = :id FOR NO KEY UPDATE"
SAVE = """
INSERT INTO clients (id, body) VALUES (:id, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body
"""
REMOVE = "DELETE FROM clients WHERE id = :id"


async def all_clients(work: Work) -> tuple[Client, ...]:
    rows = await work.sql.all(ALL)
    return tuple(msgspec.json.decode(row["body"], type=Client) for row in rows)


async def lock(work: Work, id: str) -> Client | None:
    """The client as it is now, kept from every other unit of work until this one ends."""
    row = await work.sql.one(LOCK, id=id)
    return None if row is None else msgspec.json.decode(row["body"], type=Client)


async def save(work: Work, client: Client) -> None:
    await work.sql.run(SAVE, id=client.id, body=msgspec.json.encode(client))


async def remove(work: Work, client: Client) -> None:
    await work.sql.run(REMOVE, id=client.id)
