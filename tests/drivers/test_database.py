"""What every database promises a unit of work; the same on each."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Timer
from typing import Any

import pytest

from ostiary.core import journal
from ostiary.core.journal.model import Filter
from ostiary.core.work import OpenWork, Sql, Work
from ostiary.drivers import postgres
from ostiary.drivers import sqlite as sqlite_driver
from ostiary.drivers.database import Database, Serial, connect, empty, unit_of_work
from ostiary.drivers.statements import WrittenWhileReading
from ostiary.terms.failures import Conflict, Refused, Unavailable
from ostiary.terms.ids import time_ordered
from ostiary.terms.time import Instant, Seconds
from tests.drivers.conftest import Engine, OpenDatabase, Postgresql, Sqlite
from tests.drivers.gate import Gate
from tests.fakes import NOON, Clock, Dice
from tests.world import ISSUER, MASTER

PUT = "INSERT INTO limits (bucket, started_at, used) VALUES (:bucket, 0, :used)"
TAKE = "UPDATE limits SET used = used - 1 WHERE bucket = :bucket AND used > 0"
SET = "UPDATE limits SET used = :used WHERE bucket = :bucket"
GET = "SELECT * FROM limits WHERE bucket = :bucket"
LOCK = GET + " FOR NO KEY UPDATE"
COUNT = "SELECT count(*) AS n FROM limits"
ADVANCE = "UPDATE server_state SET clock_offset = clock_offset + :by WHERE id = 1"


def units(database: Database, committed: Callable[[Work], None] = lambda work: None) -> OpenWork:
    return unit_of_work(
        database,
        clock=Clock(),
        entropy=Dice(),
        master=MASTER,
        issuer=ISSUER,
        committed=committed,
    )


class FineClock:
    """Stands still, and knows parts of a second."""

    fraction = 0.25

    def __call__(self) -> float:
        return NOON + self.fraction


@pytest.fixture
def open_work(database: Database) -> OpenWork:
    return units(database)


async def buckets(database: Database) -> int:
    async with database.begin(reading=True) as sql:
        row = await sql.one(COUNT)
        assert row is not None
        return int(row["n"])


async def used(sql: Sql, bucket: str = "b") -> int:
    row = await sql.one(GET, bucket=bucket)
    assert row is not None
    return int(row["used"])


# ---- one unit


async def test_what_returns_is_committed(open_work: OpenWork, database: Database) -> None:
    async with open_work() as work:
        await work.sql.run(PUT, bucket="b", used=1)
    assert await buckets(database) == 1


async def test_what_raises_never_happened(open_work: OpenWork, database: Database) -> None:
    async def fail() -> None:
        async with open_work() as work:
            await work.sql.run(PUT, bucket="b", used=1)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await buckets(database) == 0


async def test_a_refused_statement_leaves_nothing_open(
    open_work: OpenWork, database: Database
) -> None:
    async def put_twice() -> None:
        async with open_work() as work:
            await work.sql.run(PUT, bucket="b", used=1)
            await work.sql.run(PUT, bucket="b", used=1)

    with pytest.raises((sqlite3.IntegrityError, Conflict)):
        await put_twice()
    assert await buckets(database) == 0


async def test_a_refusal_is_kept(open_work: OpenWork, database: Database) -> None:
    async def answer() -> Refused:
        async with open_work() as work:
            await work.sql.run(PUT, bucket="wrong answers", used=1)
            return Refused("code_wrong")

    assert (await answer()).reason == "code_wrong"
    assert await buckets(database) == 1


async def test_the_journal_is_written_at_the_end_or_not_at_all(open_work: OpenWork) -> None:
    async def happen(*events: str, fail: bool = False) -> None:
        async with open_work() as work:
            for event in events:
                await journal.record(work, event)
            if fail:
                raise KeyError

    await happen("user.created", "keys.rotated", "account.locked")
    with pytest.raises(KeyError):
        await happen("user.removed", fail=True)
    async with open_work(reading=True) as work:
        found = await journal.page(work, Filter(), most=9)
    assert [line.event for line in found] == ["account.locked", "keys.rotated", "user.created"]


async def test_who_fails_takes_nothing_from_who_runs_at_the_same_time(
    open_work: OpenWork, database: Database
) -> None:
    async def put(bucket: str, *, fail: bool) -> None:
        async with open_work() as work:
            await work.sql.run(PUT, bucket=bucket, used=1)
            if fail:
                raise KeyError

    told = await asyncio.gather(
        *(put(str(number), fail=number % 3 == 1) for number in range(9)), return_exceptions=True
    )
    assert [type(one) for one in told] == [type(None), KeyError, type(None)] * 3
    assert await buckets(database) == 6


async def test_what_is_cancelled_never_happened(open_work: OpenWork, database: Database) -> None:
    started = asyncio.Event()

    async def endless() -> None:
        async with open_work() as work:
            await work.sql.run(PUT, bucket="b", used=1)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(endless())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await buckets(database) == 0
    async with open_work() as work:
        await work.sql.run(PUT, bucket="b", used=1)


async def test_who_only_reads_cannot_write(open_work: OpenWork, database: Database) -> None:
    with pytest.raises(WrittenWhileReading):
        async with open_work(reading=True) as work:
            await work.sql.run(PUT, bucket="b", used=1)
    assert await buckets(database) == 0
    with pytest.raises(WrittenWhileReading):
        async with open_work(reading=True) as work:
            await work.sql.hold("a name")


async def test_wakes_are_told_once_it_is_committed(database: Database) -> None:
    told: list[set[str]] = []
    open_work = units(database, lambda work: told.append(work.wakes))

    async def queue(*, fail: bool) -> None:
        async with open_work() as work:
            work.wakes.add("outbox")
            assert told == []
            if fail:
                raise KeyError

    with pytest.raises(KeyError):
        await queue(fail=True)
    assert told == []
    await queue(fail=False)
    assert told == [{"outbox"}]


# ---- statements


@pytest.mark.parametrize(
    "value",
    [0, -1, NOON, 2**31, 2**62, None],
)
async def test_integers_come_back(database: Database, value: int | None) -> None:
    at = 0 if value is None else value
    async with database.begin(reading=False) as sql:
        await _record(sql, at=at)
    assert (await _recorded(database))["at"] == at


@pytest.mark.parametrize(
    "value",
    [None, "", "plain", "O'Neill; DROP TABLE users", "$1 :at ::text %s", "é 漢 🦉", "x" * 100_000],
)
async def test_text_comes_back(database: Database, value: str | None) -> None:
    async with database.begin(reading=False) as sql:
        await _record(sql, ip=value)
    assert (await _recorded(database))["ip"] == value


@pytest.mark.parametrize("value", [b"", b"\0\xff\x80'", bytes(range(256)), b"x" * 100_000])
async def test_bytes_come_back(database: Database, value: bytes) -> None:
    async with database.begin(reading=False) as sql:
        await _record(sql, data=value)
    assert (await _recorded(database))["data"] == value


async def _record(sql: Sql, **values: object) -> None:
    await sql.run(
        "INSERT INTO journal (id, at, event, ip, data) VALUES (:id, :at, :event, :ip, :data)",
        **{"id": "1", "at": 0, "event": "e", "ip": None, "data": b"", **values},
    )


async def _recorded(database: Database) -> dict[str, Any]:
    async with database.begin(reading=True) as sql:
        row = await sql.one("SELECT * FROM journal")
        assert row is not None
        return dict(row)


async def test_a_row_is_a_mapping(database: Database) -> None:
    async with database.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=1)
        row = await sql.one(GET, bucket="b")
        assert row is not None
        assert {**row} == {"bucket": "b", "started_at": 0, "used": 1}
        assert await sql.one(GET, bucket="c") is None
        assert await sql.all(GET, bucket="c") == []


async def test_a_name_may_stand_more_than_once(database: Database) -> None:
    async with database.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=3)
        again = "UPDATE limits SET used = :used, started_at = :used WHERE bucket = :bucket AND used < :used"
        assert await sql.run(again, used=4, bucket="b") == 1
        assert await sql.run(again, used=4, bucket="b") == 0


async def test_a_statement_says_how_many_rows_it_touched(database: Database) -> None:
    async with database.begin(reading=False) as sql:
        assert await sql.run(PUT, bucket="b", used=1) == 1
        assert await sql.run(PUT, bucket="c", used=1) == 1
        assert await sql.run(PUT + " ON CONFLICT (bucket) DO NOTHING", bucket="c", used=1) == 0
        assert await sql.run("UPDATE limits SET used = 5") == 2
        assert await sql.run(SET, bucket="none", used=1) == 0
        assert await sql.run("DELETE FROM limits WHERE used > :least", least=4) == 2


async def test_what_is_asked_is_counted(open_work: OpenWork, database: Database) -> None:
    before = database.tally.transactions, database.tally.statements
    async with open_work() as work:
        await work.sql.run(PUT, bucket="b", used=1)
    async with open_work(reading=True) as work:
        await work.sql.all(GET, bucket="b")
        await work.sql.one(GET, bucket="b")
    after = database.tally.transactions, database.tally.statements
    # each unit begins by reading the server's state
    assert (after[0] - before[0], after[1] - before[1]) == (2, 5)


# ---- what every unit knows of the others


async def test_every_unit_reads_the_clock_anew(
    open_work: OpenWork, url: str, open_database: OpenDatabase
) -> None:
    other = await open_database(url)
    async with open_work(reading=True) as work:
        assert work.now == NOON
    async with units(other)() as elsewhere:
        await elsewhere.sql.run(ADVANCE, by=Seconds(60))
    for reading in (True, False):
        async with open_work(reading=reading) as work:
            assert work.now == NOON + 60


def test_what_is_made_elsewhere_a_moment_later_sorts_later() -> None:
    """Also within one second: what happened last is the journal's last line, whoever wrote it."""
    clock = FineClock()
    here, elsewhere = Serial(clock), Serial(clock)
    ids = []
    for serial in (here, here, elsewhere, here, elsewhere):
        ids.append(time_ordered(Instant(NOON), serial(Instant(NOON)), bytes(8)))
        clock.fraction += 0.002
    assert ids == sorted(set(ids))


async def test_a_change_made_elsewhere_empties_the_memo(
    open_work: OpenWork, url: str, open_database: OpenDatabase
) -> None:
    other = await open_database(url)
    async with open_work() as work:
        work.memo["project"] = "remembered"
    async with open_work(reading=True) as work:
        assert work.memo == {"project": "remembered"}
    async with units(other)() as elsewhere:
        await elsewhere.changed()
    async with open_work(reading=True) as work:
        assert work.memo == {}


async def test_what_was_rolled_back_is_not_remembered(open_work: OpenWork) -> None:
    async def fail() -> None:
        async with open_work() as work:
            await work.changed()
            work.memo["project"] = "never committed"
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with open_work(reading=True) as work:
        assert work.memo == {}


async def test_an_empty_database_begins_again(database: Database) -> None:
    """The clock is the real one, and nobody remembers what was there before."""
    open_work = units(database)
    async with open_work() as work:
        await work.sql.run(ADVANCE, by=60)
        await work.sql.run(PUT, bucket="b", used=1)
        work.memo["project"] = "remembered"
    async with open_work() as work:
        await empty(work)
    async with open_work(reading=True) as work:
        assert (work.now, work.memo) == (NOON, {})
    assert await buckets(database) == 0


# ---- several at once


def at_once(how_many: int, url: str, job: Callable[[Database], Any]) -> list[Any]:
    """The same job in as many threads, each with a loop and a connection of its own."""
    ready = Barrier(how_many)

    async def connected() -> Any:
        ready.wait()
        database = await connect(url)
        try:
            return await job(database)
        finally:
            await database.close()

    with ThreadPoolExecutor(how_many) as threads:
        jobs = [threads.submit(asyncio.run, connected()) for _ in range(how_many)]
        return [job.result() for job in jobs]


async def test_what_is_read_under_lock_stays_until_it_is_written(
    url: str, open_database: OpenDatabase
) -> None:
    """Four writers, each reading, adding one and writing: no addition is lost."""
    each = 25

    async def add(database: Database) -> None:
        for _ in range(each):
            async with database.begin(reading=False) as sql:
                row = await sql.one(LOCK, bucket="b")
                assert row is not None
                await sql.run(SET, bucket="b", used=row["used"] + 1)

    database = await open_database(url)
    async with database.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=0)
    await asyncio.to_thread(at_once, 4, url, add)
    async with database.begin(reading=True) as sql:
        assert await used(sql) == 4 * each


async def test_who_holds_a_name_is_alone_with_it(url: str, open_database: OpenDatabase) -> None:
    """Each looks whether somebody was there before, and says that it was: one finds nobody."""

    async def be_first(database: Database) -> bool:
        async with database.begin(reading=False) as sql:
            await sql.hold("the one")
            if await sql.one(GET, bucket="b") is not None:
                return False
            await sql.run(PUT, bucket="b", used=1)
            return True

    database = await open_database(url)
    for _ in range(5):
        async with database.begin(reading=False) as sql:
            await sql.run("DELETE FROM limits")
        assert sum(await asyncio.to_thread(at_once, 6, url, be_first)) == 1


async def test_a_conditional_update_succeeds_once(url: str, open_database: OpenDatabase) -> None:
    async def redeem(database: Database) -> int:
        async with database.begin(reading=False) as sql:
            return await sql.run(TAKE, bucket="b")

    database = await open_database(url)
    for _ in range(5):
        async with database.begin(reading=False) as sql:
            await sql.run("DELETE FROM limits")
            await sql.run(PUT, bucket="b", used=1)
        assert sum(await asyncio.to_thread(at_once, 6, url, redeem)) == 1


async def test_writers_wait_for_each_other(url: str, open_database: OpenDatabase) -> None:
    """Two connections to one file, writing as fast as they can: neither is told that it is locked."""
    numbers = count()

    async def write(database: Database) -> None:
        for _ in range(100):
            async with database.begin(reading=False) as sql:
                await sql.run(PUT, bucket=str(next(numbers)), used=1)

    await asyncio.to_thread(at_once, 2, url, write)
    database = await open_database(url)
    assert await buckets(database) == 200


async def test_who_opens_a_new_file_waits_for_who_opens_it_too(sqlite: Sqlite) -> None:
    """To write ahead is decided once for a file, under a lock that SQLite itself does not wait for."""
    url = sqlite.empty()
    path = url.removeprefix("sqlite:///")
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    release = Timer(0.05, first.execute, ["ROLLBACK"])
    release.start()
    await (await connect(url)).close()
    release.join()
    first.close()


async def test_who_reads_does_not_wait_for_who_writes(
    url: str, open_database: OpenDatabase
) -> None:
    writer, reader = await open_database(url), await open_database(url)
    async with writer.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=1)
        assert await buckets(reader) == 0
    assert await buckets(reader) == 1


async def test_a_unit_held_across_another_is_a_bug(
    sqlite: Sqlite, open_database: OpenDatabase
) -> None:
    """SQLite has one connection: whoever waits inside a unit for anything else must be found at once."""
    database = await open_database(await sqlite.migrated())
    async with database.begin(reading=False):
        with pytest.raises(RuntimeError, match="held open"):
            await buckets(database)


async def test_units_wait_for_a_free_connection(postgresql: Postgresql) -> None:
    url = await postgresql.migrated()
    database = postgres.PostgresDatabase(url, size=2)
    open_at_once: list[int] = []

    async def look() -> None:
        async with database.begin(reading=True) as sql:
            row = await sql.one(
                "SELECT count(*) AS n FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'ostiary'"
            )
            assert row is not None
            open_at_once.append(row["n"])

    await asyncio.gather(*(look() for _ in range(20)))
    assert len(open_at_once) == 20
    assert max(open_at_once) <= 2
    await database.close()


async def test_a_deadlock_is_a_lost_race(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch, open_database: OpenDatabase
) -> None:
    monkeypatch.setitem(postgres.SESSION, "deadlock_timeout", "10ms")
    database = await open_database(await postgresql.migrated())
    async with database.begin(reading=False) as sql:
        await sql.run(PUT, bucket="a", used=0)
        await sql.run(PUT, bucket="b", used=0)
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> str:
        try:
            async with database.begin(reading=False) as sql:
                await sql.run(SET, bucket=first, used=1)
                await both.wait()
                await sql.run(SET, bucket=second, used=1)
        except Conflict as conflict:
            return conflict.reason
        return "written"

    outcomes = await asyncio.gather(cross("a", "b"), cross("b", "a"))
    assert sorted(outcomes) == ["lost_race", "written"]


async def test_a_migration_under_our_feet_is_a_lost_race(
    postgresql: Postgresql, open_database: OpenDatabase
) -> None:
    """What was prepared no longer fits the table: nothing happened, and the next try does."""
    url = await postgresql.migrated()
    database, other = await open_database(url), await open_database(url)

    async def read() -> Any:
        async with database.begin(reading=False) as sql:
            return await sql.one(GET, bucket="b")

    await read()
    async with other.begin(reading=False) as sql:
        await sql.run("ALTER TABLE limits ADD COLUMN note TEXT")
    with pytest.raises(Conflict, match="lost_race"):
        await read()
    assert await read() is None


# ---- the database is away


async def test_a_file_that_cannot_be_opened_is_unavailable(sqlite: Sqlite) -> None:
    nowhere = sqlite.empty().replace(".sqlite3", "/nowhere.sqlite3")
    with pytest.raises(Unavailable) as raised:
        await connect(nowhere)
    assert "unable to open" in str(raised.value.detail)


async def test_a_file_that_is_no_database_is_unavailable(sqlite: Sqlite) -> None:
    url = sqlite.empty()
    with open(url.removeprefix("sqlite:///"), "w", encoding="ascii") as file:  # noqa: ASYNC230, PTH123
        file.write("this is a letter, and long enough to be taken for one " * 20)
    with pytest.raises(Unavailable):
        await connect(url)


async def test_a_full_disk_is_unavailable_and_spoils_nothing(sqlite: Sqlite) -> None:
    """OPS-1: what could not be kept never happened, and what fits is kept again."""
    url = await sqlite.migrated()
    connection = sqlite_driver.open_file(url.removeprefix("sqlite:///"))
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    database = sqlite_driver.SqliteDatabase(url, connection)
    with pytest.raises(Unavailable) as raised:
        async with database.begin(reading=False) as sql:
            await _record(sql, data=b"x" * 1_000_000)
    assert raised.value.reason == "database_unreachable"
    async with database.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=1)
    assert await buckets(database) == 1
    await database.close()


async def test_a_lock_that_is_not_given_back_is_unavailable(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, open_database: OpenDatabase
) -> None:
    monkeypatch.setattr(sqlite_driver, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setitem(postgres.SESSION, "lock_timeout", "50ms")
    url = await engine.migrated()
    holder, waiter = await open_database(url), await open_database(url)
    async with holder.begin(reading=False) as sql:
        await sql.run(PUT, bucket="b", used=1)
    async with holder.begin(reading=False) as sql:
        await sql.run(TAKE, bucket="b")
        with pytest.raises(Unavailable) as raised:
            async with waiter.begin(reading=False) as waiting:
                await waiting.run(TAKE, bucket="b")
        assert raised.value.reason == "database_busy"
    async with waiter.begin(reading=True) as reading:
        assert await used(reading) == 0


async def test_nobody_there_is_unavailable(postgresql: Postgresql) -> None:
    async with Gate(await postgresql.migrated()) as gate:
        await gate.shut()
        with pytest.raises(Unavailable):
            await connect(gate.url)
    with pytest.raises(Unavailable) as raised:
        await connect(postgresql.cluster.url("never_created"))
    assert "never_created" in str(raised.value.detail)


@pytest.mark.parametrize("reading", [True, False])
async def test_a_database_that_goes_away_is_unavailable_until_it_is_back(
    postgresql: Postgresql, reading: bool, open_database: OpenDatabase
) -> None:
    async with Gate(await postgresql.migrated()) as gate:
        database = await open_database(gate.url)

        async def read(*, shut: bool = False) -> None:
            async with database.begin(reading=reading) as sql:
                if shut:
                    await gate.shut()
                await sql.one(COUNT)

        await read()
        with pytest.raises(Unavailable):
            await read(shut=True)
        with pytest.raises(Unavailable):
            await read()
        gate.reopen()
        await read()


async def test_idle_connections_that_broke_are_replaced(
    postgresql: Postgresql, open_database: OpenDatabase
) -> None:
    """An operator's restart: the server says good-bye to every connection."""
    url = await postgresql.migrated()
    database, operator = await open_database(url), await open_database(url)
    assert await buckets(database) == 0
    dismiss = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def put() -> None:
        async with database.begin(reading=False) as sql:
            async with operator.begin(reading=True) as theirs:
                await theirs.all(dismiss)
            await sql.run(PUT, bucket="b", used=1)

    with pytest.raises(Unavailable):
        await put()
    assert await buckets(database) == 0


async def test_a_database_that_hangs_is_given_up(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch, open_database: OpenDatabase
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.1)
    async with Gate(await postgresql.migrated()) as gate:
        database = await open_database(gate.url)
        for reading in (True, False):
            gate.hold()
            with pytest.raises(Unavailable):
                async with database.begin(reading=reading) as sql:
                    await sql.one(COUNT)
            gate.reopen()
            assert await buckets(database) == 0


async def test_a_closed_database_keeps_no_connection(
    postgresql: Postgresql, open_database: OpenDatabase
) -> None:
    url = await postgresql.migrated()
    database, observer = await open_database(url), await open_database(url)

    async def hold(work: Callable[[Sql], Any]) -> None:
        async with database.begin(reading=True) as sql:
            await work(sql)

    await asyncio.gather(*(hold(lambda sql: sql.one(COUNT)) for _ in range(3)))
    async with database.begin(reading=True):
        await database.close()  # a unit is still under way
    others = (
        "SELECT count(*) AS n FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    left = None
    for _ in range(200):  # the server notices in its own time
        async with observer.begin(reading=True) as sql:
            row = await sql.one(others)
        left = None if row is None else row["n"]
        if left == 0:
            break
        await asyncio.sleep(0.01)
    assert left == 0


async def test_an_unknown_kind_of_url_is_named() -> None:
    with pytest.raises(Unavailable) as raised:
        await connect("mysql://root:secret@localhost/ostiary")
    assert "mysql" in str(raised.value.detail)
    assert "secret" not in str(raised.value.detail)
