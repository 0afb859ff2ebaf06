"""What has expired is forgotten, a little at a time, while everybody else goes on."""

import asyncio

from ostiary.drivers import sweeper
from ostiary.drivers.database import Database
from ostiary.terms.time import Instant
from tests.drivers.test_stores import a_session, a_user, units

EXPIRED, ALIVE = 450, 3


async def test_what_expired_is_forgotten_a_little_at_a_time(database: Database) -> None:
    open_work = units(database)
    async with open_work() as work:
        user = await a_user(work)
        for _ in range(EXPIRED):
            await a_session(work, user, lasting=-sweeper.KEPT - 1)
        for _ in range(ALIVE):
            await a_session(work, user, lasting=-sweeper.KEPT)
    before = database.tally.transactions
    assert await sweeper.sweep(open_work) == EXPIRED
    # three for the sessions, and one for each table in which nothing is left
    assert database.tally.transactions - before == 3 + len(sweeper.SWEEPS)
    async with open_work(reading=True) as work:
        row = await work.sql.one("SELECT count(*) AS n FROM sessions")
    assert row is not None
    assert row["n"] == ALIVE


async def test_two_workers_sweep_side_by_side(database: Database) -> None:
    """What one is about to forget, the other leaves to it."""
    open_work = units(database)
    async with open_work() as work:
        user = await a_user(work)
        for _ in range(EXPIRED):
            await a_session(work, user, lasting=-sweeper.KEPT - 1)
    swept = await asyncio.gather(sweeper.sweep(open_work), sweeper.sweep(open_work))
    assert sum(swept) == EXPIRED


async def test_others_come_in_between(database: Database) -> None:
    open_work = units(database)
    async with open_work() as work:
        user = await a_user(work)
        for _ in range(EXPIRED):
            await a_session(work, user, lasting=-sweeper.KEPT - 1)
    sweeping = asyncio.create_task(sweeper.sweep(open_work))
    seen = set[int]()
    while not sweeping.done():
        async with open_work(reading=True) as work:
            row = await work.sql.one(
                "SELECT count(*) AS n FROM sessions WHERE expires_at < :at", at=Instant(work.now)
            )
        assert row is not None
        seen.add(row["n"])
        await asyncio.sleep(0.001)
    assert len(seen) > 2, "somebody looked while some were gone and some were left"
