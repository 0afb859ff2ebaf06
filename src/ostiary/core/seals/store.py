from ostiary.terms.time import Instant

from ..work import Work
from .model import Head, Seal

NEWEST = "SELECT * FROM journal_seals ORDER BY number DESC LIMIT 1"
AFTER = "SELECT * FROM journal_seals WHERE number > :number ORDER BY number LIMIT :most"
OLD = """
SELECT * FROM journal_seals WHERE forgotten IS NULL AND last_at < :before ORDER BY number LIMIT :most
"""
BEFORE = "SELECT * FROM journal_seals WHERE number < :number ORDER BY number DESC LIMIT 1"
ADD = """
INSERT INTO journal_seals (number, at, until, lines, first_at, last_at, entries, entries_digest, mac)
VALUES (:number, :at, :until, :lines, :first_at, :last_at, :entries, :entries_digest, :mac)
"""
FORGET = "UPDATE journal_seals SET entries = NULL, forgotten = :forgotten WHERE number = :number"
HEAD = "SELECT number, mac, signed FROM journal_head WHERE id = 1"
POINT = """
INSERT INTO journal_head (id, number, mac, signed) VALUES (1, :number, :mac, :signed)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, mac = excluded.mac, signed = excluded.signed
"""


async def newest(work: Work) -> Seal | None:
    row = await work.sql.one(NEWEST)
    return None if row is None else Seal(**row)


async def after(work: Work, number: int, most: int) -> tuple[Seal, ...]:
    return tuple(Seal(**row) for row in await work.sql.all(AFTER, number=number, most=most))


async def before(work: Work, number: int) -> Seal | None:
    row = await work.sql.one(BEFORE, number=number)
    return None if row is None else Seal(**row)


async def old(work: Work, before: Instant, most: int) -> tuple[Seal, ...]:
    """Seals whose lines are all from before this instant and are still there, the oldest first."""
    return tuple(Seal(**row) for row in await work.sql.all(OLD, before=before, most=most))


async def add(work: Work, seal: Seal) -> None:
    await work.sql.run(
        ADD,
        number=seal.number,
        at=seal.at,
        until=seal.until,
        lines=seal.lines,
        first_at=seal.first_at,
        last_at=seal.last_at,
        entries=seal.entries,
        entries_digest=seal.entries_digest,
        mac=seal.mac,
    )


async def forget(work: Work, number: int, forgotten: bytes) -> None:
    await work.sql.run(FORGET, number=number, forgotten=forgotten)


async def head(work: Work) -> Head | None:
    row = await work.sql.one(HEAD)
    return None if row is None else Head(**row)


async def point(work: Work, head: Head) -> None:
    await work.sql.run(POINT, number=head.number, mac=head.mac, signed=head.signed)
