"""SQLite or PostgreSQL, by the URL. The one place where a transaction begins and ends.

SQLite is called on the event loop: a statement takes microseconds, less than handing it to a thread.
A writing unit of work begins IMMEDIATE there, so that it never has to be given up half-way; on PostgreSQL
it runs at READ COMMITTED and what must be serialised is read `FOR UPDATE`.
"""

import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ostiary.core.work import OpenWork, Row, Sql, Work
from ostiary.terms.entropy import Entropy
from ostiary.terms.failures import Conflict, Unavailable
from ostiary.terms.secret import MasterKeys
from ostiary.terms.time import Instant

if TYPE_CHECKING:
    import asyncpg

BUSY_TIMEOUT = 5.0  # seconds another process may hold SQLite's write lock
_LOCKING = re.compile(r"\bFOR UPDATE\b(?: OF \w+)?(?: SKIP LOCKED)?")
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")
_STATE = "SELECT revision, clock_offset FROM server_state WHERE id = 1"


class Tally:
    """How much was asked of the database; read by tests, `/metrics` and the benchmark."""

    __slots__ = ("statements", "transactions")

    def __init__(self) -> None:
        self.statements = 0
        self.transactions = 0


class Database(Protocol):
    url: str
    tally: Tally

    def begin(self, *, reading: bool) -> AbstractAsyncContextManager[Sql]: ...

    async def close(self) -> None: ...


class _Sqlite:
    """One held connection, as an `Sql`."""

    def __init__(self, connection: sqlite3.Connection, tally: Tally) -> None:
        self._connection = connection
        self._tally = tally
        self._texts: dict[str, str] = {}

    def _execute(self, statement: str, values: dict[str, Any]) -> sqlite3.Cursor:
        self._tally.statements += 1
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = _LOCKING.sub("", statement)
        return self._connection.execute(text, values)

    async def one(self, statement: str, **values: Any) -> Row | None:
        return self._execute(statement, values).fetchone()

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        return self._execute(statement, values).fetchall()

    async def run(self, statement: str, **values: Any) -> int:
        return self._execute(statement, values).rowcount


class SqliteDatabase:
    def __init__(self, path: str) -> None:
        self.url = f"sqlite:///{path}"
        self.tally = Tally()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT, isolation_level=None, cached_statements=512
        )
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._sql = _Sqlite(self._connection, self.tally)

    @asynccontextmanager
    async def begin(self, *, reading: bool) -> AsyncIterator[Sql]:
        if self._connection.in_transaction:
            raise RuntimeError("a unit of work was held open across something else's await")
        self.tally.transactions += 1
        try:
            self._connection.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
            try:
                yield self._sql
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as trouble:
            if "locked" in str(trouble):
                raise Unavailable("database_busy") from trouble
            raise

    async def close(self) -> None:
        self._connection.close()


class _Postgres:
    """One connection of the pool, as an `Sql`."""

    def __init__(self, connection: "asyncpg.Connection[Any]", tally: Tally) -> None:
        self._connection = connection
        self._tally = tally

    async def one(self, statement: str, **values: Any) -> Row | None:
        self._tally.statements += 1
        text, arguments = _positional(statement, values)
        return await self._connection.fetchrow(text, *arguments)

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        self._tally.statements += 1
        text, arguments = _positional(statement, values)
        rows: Sequence[Row] = await self._connection.fetch(text, *arguments)
        return rows

    async def run(self, statement: str, **values: Any) -> int:
        self._tally.statements += 1
        text, arguments = _positional(statement, values)
        tag = await self._connection.execute(text, *arguments)
        return int(tag.rpartition(" ")[2]) if tag[-1].isdigit() else 0


class PostgresDatabase:
    def __init__(self, url: str, pool: "asyncpg.Pool[Any]") -> None:
        self.url = url
        self.tally = Tally()
        self._pool = pool

    @asynccontextmanager
    async def begin(self, *, reading: bool) -> AsyncIterator[Sql]:
        import asyncpg

        self.tally.transactions += 1
        try:
            async with self._pool.acquire() as connection:
                sql = _Postgres(connection, self.tally)
                if reading:
                    yield sql  # each statement sees what is committed; nothing to hold together
                    return
                async with connection.transaction():
                    yield sql
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as lost:
            raise Conflict("lost_race") from lost
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.TooManyConnectionsError) as gone:
            raise Unavailable("database_unreachable") from gone

    async def close(self) -> None:
        await self._pool.close()


_POSITIONAL: dict[str, tuple[str, tuple[str, ...]]] = {}


def _positional(statement: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    """PostgreSQL counts its parameters; each name becomes the number of its first appearance."""
    prepared = _POSITIONAL.get(statement)
    if prepared is None:
        names = tuple(dict.fromkeys(_PARAMETER.findall(statement)))
        text = _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", statement)
        prepared = _POSITIONAL[statement] = (text, names)
    text, names = prepared
    return text, [values[name] for name in names]


async def connect(url: str, *, pool_size: int = 10) -> Database:
    """Open `sqlite:///path` or `postgresql://…`."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        import asyncpg

        try:
            pool = await asyncpg.create_pool(url, min_size=1, max_size=pool_size)
        except (TimeoutError, OSError, asyncpg.PostgresError) as trouble:
            raise Unavailable("database_unreachable", detail=str(trouble)) from trouble
        return PostgresDatabase(url, pool)
    raise ValueError(f"database URL {url!r}: neither sqlite:///… nor postgresql://…")


async def revision(database: Database) -> str | None:
    """The schema's revision, None where there is no schema yet. Costs no import of the migration tool."""
    exists = (
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if isinstance(database, SqliteDatabase)
        else "SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version'"
    )
    async with database.begin(reading=True) as sql:
        if await sql.one(exists) is None:
            return None
        row = await sql.one("SELECT version_num FROM alembic_version")
        return None if row is None else str(row["version_num"])


# in the order of their references; signing keys stay, because clients cache them
_EMPTIED = (
    "journal",
    "limits",
    "outbox",
    "grants",
    "challenges",
    "transactions",
    "sessions",
    "credentials",
    "contacts",
    "users",
    "templates",
    "clients",
    "projects",
)


async def empty(work: Work) -> None:
    """Start over: everything but the signing keys goes, and the clock is the real one again."""
    for table in _EMPTIED:
        await work.sql.run(f"DELETE FROM {table}")  # noqa: S608  the names above
    await work.sql.run("UPDATE server_state SET clock_offset = 0 WHERE id = 1")
    await work.changed()


def unit_of_work(
    database: Database,
    *,
    clock: Callable[[], float],
    entropy: Entropy,
    master: MasterKeys,
    issuer: str,
    committed: Callable[[set[str]], None] = lambda wakes: None,
) -> OpenWork:
    """Open one transaction at one instant; commit on return, roll back on an exception.

    The first statement of every unit reads the clock's offset and the revision of the settings, so that
    a change made by any worker, or by the command line, is seen by all at their next request.
    """
    remembered: dict[int, dict[str, Any]] = {}

    def memo_of(revision: int) -> dict[str, Any]:
        if revision not in remembered:
            remembered.clear()
            remembered[revision] = {}
        return remembered[revision]

    @asynccontextmanager
    async def open_work(*, reading: bool = False) -> AsyncIterator[Work]:
        async with database.begin(reading=reading) as sql:
            state = await sql.one(_STATE)
            if state is None:
                raise Unavailable("database_empty")
            work = Work(
                now=Instant(int(clock()) + state["clock_offset"]),
                entropy=entropy,
                sql=sql,
                master=master,
                issuer=issuer,
                memo=memo_of(state["revision"]),
            )
            yield work
        if work.wakes:
            committed(work.wakes)

    return open_work
