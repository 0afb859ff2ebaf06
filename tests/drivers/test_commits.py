"""SQLite commits together what is done together; who is told, and when."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from ostiary.core.work import OpenWork
from ostiary.drivers import sqlite as sqlite_driver
from ostiary.drivers.sqlite import SqliteDatabase
from ostiary.terms.failures import Unavailable
from tests.drivers.conftest import Sqlite
from tests.drivers.test_database import COUNT, PUT, units

NOBODYS = """
INSERT INTO contacts (id, user_id, channel, address, is_primary, created_at)
VALUES ('one', 'nobody', 'email', 'ann@example.org', 1, 0)
"""


@pytest.fixture
async def database(sqlite: Sqlite) -> AsyncIterator[SqliteDatabase]:
    database = sqlite_driver.connect(await sqlite.migrated())
    yield database
    await database.close()


@pytest.fixture
def heard(database: SqliteDatabase) -> Iterator[list[str]]:
    """What SQLite is asked, the values left out."""
    heard: list[str] = []
    database._connection.set_trace_callback(lambda asked: heard.append(asked.split()[0]))
    yield heard
    database._connection.set_trace_callback(None)


async def put(open_work: OpenWork, bucket: str) -> None:
    async with open_work() as work:
        await work.sql.run(PUT, bucket=bucket, used=1)


async def how_many(open_work: OpenWork) -> int:
    async with open_work(reading=True) as work:
        row = await work.sql.one(COUNT)
        assert row is not None
        return int(row["n"])


async def test_what_is_done_together_is_committed_once(
    database: SqliteDatabase, heard: list[str]
) -> None:
    open_work = units(database)
    await asyncio.gather(*(put(open_work, str(number)) for number in range(5)))
    assert heard.count("COMMIT") == 1
    await put(open_work, "alone")
    assert heard.count("COMMIT") == 2
    assert await how_many(open_work) == 6


async def test_nobody_is_answered_before_the_commit(
    database: SqliteDatabase, heard: list[str]
) -> None:
    """Not even who only read: what they saw may still be lost."""
    open_work, committed = units(database), []

    async def write() -> None:
        await put(open_work, "b")
        committed.append("COMMIT" in heard)

    async def read() -> None:
        assert await how_many(open_work) == 1, "it sees what was written before it"
        committed.append("COMMIT" in heard)

    await asyncio.gather(write(), read())
    assert committed == [True, True]


async def test_a_commit_that_fails_is_told_to_all_who_wait(database: SqliteDatabase) -> None:
    """OPS-1: a row of nobody's, whose reference is only looked at in the end, stands for a full disk."""
    open_work = units(database)

    async def doomed() -> None:
        async with open_work() as work:
            await work.sql.run("PRAGMA defer_foreign_keys = ON")
            await work.sql.run(NOBODYS)

    told = await asyncio.gather(
        put(open_work, "before"),
        doomed(),
        how_many(open_work),
        put(open_work, "after"),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [Unavailable] * 4
    assert await how_many(open_work) == 0
    await put(open_work, "b")
    assert await how_many(open_work) == 1


async def test_who_has_gone_is_not_told(database: SqliteDatabase) -> None:
    open_work = units(database)
    waiting = [asyncio.create_task(put(open_work, str(number))) for number in range(2)]
    waiting[0].add_done_callback(lambda task: None)
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert await asyncio.gather(*waiting, return_exceptions=True) != [None, None]
    assert await how_many(open_work) == 2, "what was done before the cancellation stays done"
