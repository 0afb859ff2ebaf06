"""SQLite: one held connection, called on the event loop.

A statement takes microseconds, less than handing it to a thread. A writing unit of work begins IMMEDIATE, so
that it never has to be given up half-way. Nothing in a unit waits for anything but the database, and the
database answers at once: so no other unit of this process comes between.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import Any

import structlog

from ostiary.core.work import Row, Sql
from ostiary.terms.failures import Unavailable

from . import statements
from .tally import Tally

PREFIX = "sqlite:///"
BUSY_TIMEOUT = 5.0  # seconds another process may hold the write lock
# seconds between two tries to have it: SQLite's own grow to a tenth, and a busy process lets go for much less
PAUSE = 0.0002
LOG_PAGES = 4000  # 16 MiB between two waits for the disk; SQLite's own are 1000
PREPARED = 512  # statements kept prepared; there are not that many
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_AWAY = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.database")


def connect(url: str) -> "SqliteDatabase":
    path = url.removeprefix(PREFIX)
    try:
        return SqliteDatabase(url, open_file(path))
    except sqlite3.Error as trouble:
        raise Unavailable("database_unreachable", detail=f"{path}: {trouble}") from trouble


def open_file(path: str) -> sqlite3.Connection:
    """A connection that begins and ends its transactions when it is told to, and not before."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, cached_statements=PREPARED)
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """WAL, once for each file. SQLite waits for no lock here: of two who open a new one, one has to ask again."""
    _persist(connection, "PRAGMA journal_mode = WAL", pause=0.01)


def _persist(connection: sqlite3.Connection, statement: str, *, pause: float = 0.0) -> None:
    """Ask again while another process holds what this needs. Nobody else of this process runs meanwhile."""
    until = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as trouble:
            if trouble.sqlite_errorcode not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(pause)
        else:
            return


class _Sqlite:
    """The connection, as an `Sql`."""

    def __init__(self, connection: sqlite3.Connection, tally: Tally) -> None:
        self._connection = connection
        self._tally = tally
        self._prepared: dict[str, tuple[str, bool]] = {}
        self.reading = False

    def _execute(self, statement: str, values: dict[str, Any]) -> sqlite3.Cursor:
        self._tally.statements += 1
        known = self._prepared.get(statement)
        if known is None:
            if len(self._prepared) == statements.REMEMBERED:
                self._prepared.clear()
            known = statements.without_locks(statement), statements.writes(statement)
            self._prepared[statement] = known
        text, writes = known
        if writes and self.reading:
            raise statements.WrittenWhileReading(statement)
        return self._connection.execute(text, values)

    async def one(self, statement: str, **values: Any) -> Row | None:
        return self._execute(statement, values).fetchone()

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        return self._execute(statement, values).fetchall()

    async def run(self, statement: str, **values: Any) -> int:
        return self._execute(statement, values).rowcount

    async def hold(self, name: str) -> None:
        """Whoever writes holds everything."""
        if self.reading:
            raise statements.WrittenWhileReading(name)


class SqliteDatabase:
    """Writing units of work that are done together are committed together.

    A commit costs more than the statements before it. So a unit that is done waits until the loop comes round, and
    whoever runs meanwhile joins its transaction, behind a savepoint. Nobody is answered before the commit: not even
    who only read, but read what was not committed yet.
    """

    def __init__(self, url: str, connection: sqlite3.Connection) -> None:
        self.url = url
        self.tally = Tally()
        self._connection = connection
        self._connection.row_factory = _mapping
        self._sql = _Sqlite(connection, self.tally)
        self._busy = False  # a unit of work is under way
        self._waiting: list[asyncio.Future[None]] | None = None  # for a commit, if one is to come

    @asynccontextmanager
    async def begin(self, *, reading: bool) -> AsyncIterator[Sql]:
        if self._busy:
            raise RuntimeError("a unit of work was held open across something else's await")
        self._busy = True
        self.tally.transactions += 1
        self._sql.reading = reading
        joining = self._waiting is not None
        try:
            self._begin(reading, joining)
            yield self._sql
            self._end(reading, joining)
        except BaseException as trouble:
            self._undo(joining)
            if isinstance(trouble, sqlite3.Error) and (reason := _away(trouble)):
                log.warning("database away", reason=reason, detail=str(trouble))
                raise Unavailable(reason) from trouble
            raise
        finally:
            self._busy = False
        if self._waiting is not None:
            committed = asyncio.get_running_loop().create_future()
            self._waiting.append(committed)
            await committed

    def _begin(self, reading: bool, joining: bool) -> None:
        if joining:
            self._connection.execute("SAVEPOINT unit")
        elif reading:
            self._connection.execute("BEGIN")
        else:
            _persist(self._connection, "BEGIN IMMEDIATE", pause=PAUSE)

    def _end(self, reading: bool, joining: bool) -> None:
        if joining:
            self._connection.execute("RELEASE unit")
        elif reading:
            self._connection.execute("COMMIT")
        else:
            self._waiting = []
            asyncio.get_running_loop().call_soon(self._commit)

    def _undo(self, joining: bool) -> None:
        connection = self._connection
        if (
            joining and not connection.in_transaction
        ):  # a full disk: SQLite gave up everybody's work
            self._tell("database_unreachable")
        elif joining:
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
        elif connection.in_transaction:
            connection.execute("ROLLBACK")

    def _commit(self) -> None:
        if self._waiting is None:
            return
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as trouble:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            reason = _away(trouble) or "database_unreachable"
            log.warning("database away", reason=reason, detail=str(trouble))
            self._tell(reason)
        else:
            self._tell(None)

    def _tell(self, trouble: str | None) -> None:
        """Who waits for the commit: it is done, or it will never be."""
        waiting, self._waiting = self._waiting or [], None
        for committed in waiting:
            if committed.done():  # cancelled
                continue
            if trouble is None:
                committed.set_result(None)
            else:
                committed.set_exception(Unavailable(trouble))

    async def revision(self) -> str | None:
        async with self.begin(reading=True) as sql:
            if await sql.one("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'") is None:
                return None
            row = await sql.one("SELECT version_num FROM alembic_version")
            return None if row is None else str(row["version_num"])

    async def close(self) -> None:
        self._commit()
        self._connection.close()


_name = itemgetter(0)  # of a column's description


def _mapping(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    """As a `sqlite3.Row`, which searches its columns by name at every look."""
    return dict(zip(map(_name, cursor.description), row, strict=True))


def _away(trouble: sqlite3.Error) -> str | None:
    """What an operator can mend, or time will; None for a bug of ours."""
    primary = getattr(trouble, "sqlite_errorcode", 0) & 0xFF  # of an extended code
    if primary in _BUSY:
        return "database_busy"
    return "database_unreachable" if primary in _AWAY else None
