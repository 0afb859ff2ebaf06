"""SQLite or PostgreSQL, by the URL; and the unit of work on either.

Each engine's module begins and ends its transactions. SQLite's holds one connection and never waits;
PostgreSQL's is imported, with its driver, only where there is one.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from ostiary.core import journal
from ostiary.core.work import OpenWork, Sql, Work
from ostiary.terms.entropy import Entropy
from ostiary.terms.failures import Unavailable
from ostiary.terms.ids import COUNTER_BITS
from ostiary.terms.secret import MasterKeys
from ostiary.terms.time import Instant

from . import sqlite
from .tally import Tally

_STATE = "SELECT revision, clock_offset FROM server_state WHERE id = 1"


class Database(Protocol):
    url: str
    tally: Tally

    def begin(self, *, reading: bool) -> AbstractAsyncContextManager[Sql]:
        """One transaction, committed on return; `Unavailable` and `Conflict("lost_race")` are all its failures."""
        ...

    async def revision(self) -> str | None:
        """The schema's revision, None where there is no schema yet. Costs no import of the migration tool."""
        ...

    async def close(self) -> None: ...


async def connect(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql://…`."""
    if url.startswith("sqlite:///"):
        return sqlite.connect(url)
    if url.startswith(("postgresql://", "postgres://")):
        from . import postgres

        return await postgres.connect(url)
    scheme = url.partition(":")[0]  # not the whole: it may hold a password
    told = f"{scheme!r} is not the start of sqlite:///… or postgresql://…"
    raise Unavailable("database_url_unknown", detail=told)


def missing(url: str) -> bool:
    """Is it a file that is not there, or with nothing in it? Opening would make it one."""
    path = Path(url.removeprefix("sqlite:///"))
    return url.startswith("sqlite:///") and not (path.exists() and path.stat().st_size)


# in the order of their references; signing keys stay, because clients cache them
_EMPTIED = (
    "journal",
    "journal_seals",
    "journal_head",
    "limits",
    "outbox",
    "grants",
    "challenges",
    "ceremonies",
    "transactions",
    "sessions",
    "devices",
    "credentials",
    "contacts",
    "users",
    "templates",
    "client_tokens",
    "clients",
    "projects",
)


async def empty(work: Work) -> None:
    """Start over: everything but the signing keys goes, and the clock is the real one again."""
    for table in _EMPTIED:
        await work.sql.run(f"DELETE FROM {table}")  # noqa: S608  the names above
    await work.sql.run("UPDATE server_state SET clock_offset = 0 WHERE id = 1")
    await work.changed()


class Serial:
    """Counts up within one instant, from the clock's millisecond on: so what several processes make in one
    second sorts by when it was made."""

    __slots__ = ("_clock", "_count", "_now")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._now, self._count = clock, Instant(0), 0

    def __call__(self, now: Instant) -> int:
        reached = int(self._clock() % 1 * 1000) << COUNTER_BITS
        self._count = max(self._count + 1, reached) if now == self._now else reached
        self._now = now
        return self._count


def unit_of_work(
    database: Database,
    *,
    clock: Callable[[], float],
    entropy: Entropy,
    master: MasterKeys,
    issuer: str,
    committed: Callable[[Work], None] = lambda work: None,
    delivers: bool = False,
) -> OpenWork:
    """Open one transaction at one instant; commit on return, roll back on an exception.

    The first statement of every unit reads the clock's offset and the revision of the settings, so that
    a change made by any worker, or by the command line, is seen by all at their next request. The last one
    writes what the unit says happened.
    """
    remembered: dict[int, dict[str, Any]] = {}

    serial = Serial(clock)

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
                serial=serial,
                memo=memo_of(state["revision"]),
                delivers=delivers,
            )
            yield work
            if work.lines:
                await journal.write(work)
        if work.wakes or work.handed:
            committed(work)

    return open_work
