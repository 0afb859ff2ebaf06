"""PostgreSQL, through asyncpg and a pool of our own.

A writing unit of work runs at READ COMMITTED; what must be serialised is read `FOR NO KEY UPDATE`, which rows
that refer to it do not wait for. A reading one needs no transaction: each statement sees what is committed.
asyncpg's own pool wraps every call and sends a resetting query after every unit; nothing here ever leaves a
session changed, and a unit costs a fraction of the processor time without it (ADR 0002).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import asyncpg
import structlog

from ostiary.core.work import Row, Sql
from ostiary.terms.failures import Conflict, Unavailable

from . import statements
from .tally import Tally

SIZE = 10  # connections of one process
CONNECTING = 5.0  # seconds
PATIENCE = 10.0  # seconds a unit of work may take: a server that hangs is one that is away
PREPARED = 512  # statements kept prepared on each connection; there are not that many
SESSION = {
    "application_name": "ostiary",
    "lock_timeout": "5s",  # to wait for a row, as long as SQLite waits for its file
    "idle_in_transaction_session_timeout": "30s",  # a frozen worker holds nobody up for longer
}
_LOST = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,  # somebody else's row came between our look and our leap
    asyncpg.ForeignKeyViolationError,
    asyncpg.InvalidCachedStatementError,  # a migration changed the table since it was prepared
    asyncpg.OutdatedSchemaCacheError,
)
_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, or starting up
    asyncpg.InsufficientResourcesError,  # disk, memory or connections are used up
    asyncpg.ReadOnlySQLTransactionError,  # a standby, where the primary was
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.database")


async def connect(url: str) -> "PostgresDatabase":
    """The database, once it has answered."""
    database = PostgresDatabase(url)
    async with database.begin(reading=True):
        return database


_HOLD = "SELECT pg_advisory_xact_lock(:key)"
_PREPARED: dict[str, tuple[str, tuple[str, ...], bool]] = {}


class _Postgres:
    """One connection, as an `Sql`."""

    def __init__(self, connection: "asyncpg.Connection[Any]", tally: Tally) -> None:
        self.connection = connection
        self.reading = False
        self._tally = tally

    def _prepare(self, statement: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
        self._tally.statements += 1
        known = _PREPARED.get(statement)
        if known is None:
            if len(_PREPARED) == statements.REMEMBERED:
                _PREPARED.clear()
            known = *statements.numbered(statement), statements.writes(statement)
            _PREPARED[statement] = known
        text, names, writes = known
        if writes and self.reading:
            raise statements.WrittenWhileReading(statement)
        return text, [values[name] for name in names]

    async def one(self, statement: str, **values: Any) -> Row | None:
        text, arguments = self._prepare(statement, values)
        return await self.connection.fetchrow(text, *arguments)

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        text, arguments = self._prepare(statement, values)
        rows: Sequence[Row] = await self.connection.fetch(text, *arguments)
        return rows

    async def run(self, statement: str, **values: Any) -> int:
        text, arguments = self._prepare(statement, values)
        tag = await self.connection.execute(text, *arguments)
        return int(tag.rpartition(" ")[2]) if tag[-1].isdigit() else 0

    async def hold(self, name: str) -> None:
        if self.reading:
            raise statements.WrittenWhileReading(name)
        await self.one(_HOLD, key=int.from_bytes(sha256(name.encode()).digest()[:8], signed=True))


class PostgresDatabase:
    def __init__(self, url: str, size: int = SIZE) -> None:
        self.url = url
        self.tally = Tally()
        self._room = asyncio.Semaphore(size)
        self._idle: list[_Postgres] = []  # the last one given back is the first one taken
        self._closed = False

    @asynccontextmanager
    async def begin(self, *, reading: bool) -> AsyncIterator[Sql]:
        self.tally.transactions += 1
        async with self._room:
            sql = await self._take()
            connection = sql.connection
            overdue = asyncio.get_running_loop().call_later(PATIENCE, connection.terminate)
            sql.reading = reading
            try:
                if not reading:
                    await connection.execute("BEGIN")
                yield sql
                if not reading:
                    await connection.execute("COMMIT")
            except Exception as trouble:
                failure = await self._undo(sql, trouble)
                if failure is trouble:
                    raise
                raise failure from trouble
            except BaseException:  # cancelled: the server gives up what was under way
                connection.terminate()
                raise
            else:
                self._give_back(sql)
            finally:
                overdue.cancel()

    async def _take(self) -> _Postgres:
        while self._idle:
            sql = self._idle.pop()
            if not sql.connection.is_closed():
                return sql
        try:
            connection = await asyncpg.connect(
                self.url,
                timeout=CONNECTING,
                statement_cache_size=PREPARED,
                max_cached_statement_lifetime=0,
                server_settings=SESSION,
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
            log.warning("database away", detail=str(trouble))
            raise Unavailable("database_unreachable", detail=str(trouble)) from trouble
        return _Postgres(connection, self.tally)

    def _give_back(self, sql: _Postgres) -> None:
        if self._closed:
            sql.connection.terminate()
        else:
            self._idle.append(sql)

    async def _undo(self, sql: _Postgres, trouble: Exception) -> Exception:
        """Nothing happened; the failure that says so."""
        failure, connection = _failure(trouble), sql.connection
        try:
            if not (sql.reading or connection.is_closed()):
                await connection.execute("ROLLBACK")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()
        if connection.is_closed():
            failure = Unavailable("database_unreachable")
        if failure is not trouble and isinstance(failure, Unavailable):
            log.warning("database away", detail=str(trouble))
            connection.terminate()
        else:
            self._give_back(sql)
        return failure

    async def revision(self) -> str | None:
        async with self.begin(reading=True) as sql:
            row = await sql.one("SELECT to_regclass('alembic_version') IS NULL AS missing")
            if row is None or row["missing"]:
                return None
            row = await sql.one("SELECT version_num FROM alembic_version")
            return None if row is None else str(row["version_num"])

    async def close(self) -> None:
        self._closed = True
        idle, self._idle = self._idle, []
        for sql in idle:
            try:
                await sql.connection.close(timeout=CONNECTING)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                sql.connection.terminate()  # it is away, and needs no good-bye


def _failure(trouble: Exception) -> Exception:
    """As the core knows it; what is a bug of ours stays what it is."""
    if isinstance(trouble, _LOST):
        return Conflict("lost_race")
    if isinstance(trouble, asyncpg.LockNotAvailableError):
        return Unavailable("database_busy")
    return Unavailable("database_unreachable") if isinstance(trouble, _AWAY) else trouble
