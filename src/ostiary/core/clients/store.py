import msgspec

from ..work import Work
from .model import Client

ALL = "SELECT body FROM clients ORDER BY id"
SAVE = """
INSERT INTO clients (id, body) VALUES (:id, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body
"""
REMOVE = "DELETE FROM clients WHERE id = :id"


async def all_clients(work: Work) -> tuple[Client, ...]:
    rows = await work.sql.all(ALL)
    return tuple(msgspec.json.decode(row["body"], type=Client) for row in rows)


async def save(work: Work, client: Client) -> None:
    await work.sql.run(SAVE, id=client.id, body=msgspec.json.encode(client))


async def remove(work: Work, client: Client) -> None:
    await work.sql.run(REMOVE, id=client.id)
