"""The unit of work: one instant, one source of randomness, one transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from ostiary.terms.entropy import Entropy
from ostiary.terms.ids import time_ordered
from ostiary.terms.secret import SECRET_SIZE, MasterKeys, Token
from ostiary.terms.time import Instant

Row: TypeAlias = Any  # a mapping of column to value, as sqlite3.Row and asyncpg.Record are
T = TypeVar("T")


class Sql(Protocol):
    """One open transaction. Statements name their parameters (`:name`); values are int, str, bytes or None."""

    async def one(self, statement: str, **values: Any) -> Row | None: ...

    async def all(self, statement: str, **values: Any) -> Sequence[Row]: ...

    async def run(self, statement: str, **values: Any) -> int:
        """How many rows it touched."""
        ...

    async def hold(self, name: str) -> None:
        """Until this transaction ends, whoever else holds this name waits: for what has no row to lock yet."""
        ...


def among(name: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """What follows `IN`, and what it stands for. Its length is a power of two: few statements to prepare."""
    short = (1 << (len(values) - 1).bit_length()) - len(values)
    padded = [*values, *[values[-1]] * short]
    names = [f"{name}_{number}" for number in range(len(padded))]
    listed = ", ".join(f":{each}" for each in names)
    return f"({listed})", dict(zip(names, padded, strict=True))


class Actor(Struct, frozen=True):
    """Who acts on what is not their own: the journal names them in everything they do."""

    name: str
    ip: str | None = None


class Work:
    """Everything a flow may touch. Time stands still inside it."""

    __slots__ = (
        "actor",
        "delivers",
        "entropy",
        "handed",
        "issuer",
        "lines",
        "master",
        "memo",
        "now",
        "queued",
        "serial",
        "sql",
        "wakes",
    )

    def __init__(
        self,
        *,
        now: Instant,
        entropy: Entropy,
        sql: Sql,
        master: MasterKeys,
        issuer: str,
        serial: Callable[[Instant], int],
        memo: dict[str, Any],
        delivers: bool = False,
    ) -> None:
        self.now = now
        self.entropy = entropy
        self.sql = sql
        self.master = master
        self.issuer = issuer  # this server's public URL: `iss`, and the origin of every link
        self.serial = serial  # counts up within one instant
        self.memo = memo  # what this worker remembers of the present revision of the settings
        self.actor: Actor | None = None  # None: people act for themselves
        self.lines: list[dict[str, Any]] = []  # of the journal, written when this is committed
        self.delivers = delivers  # this very worker hands over what it queues
        self.handed: list[Any] = []  # messages it has claimed by queueing them
        self.queued: list[str] = []  # messages that will be sent once this is committed
        self.wakes: set[str] = set()  # who is to be told once this is committed

    def new_id(self) -> str:
        return time_ordered(self.now, self.serial(self.now), self.entropy(8))

    def new_token(self, id: str | None = None) -> Token:
        return Token(id or self.new_id(), self.entropy(SECRET_SIZE))

    async def changed(self) -> None:
        """Say that settings, clients, templates or keys changed: every worker forgets what it remembers."""
        await self.sql.run("UPDATE server_state SET revision = revision + 1 WHERE id = 1")
        self.memo = {}  # what is loaded from here on must not outlive a roll-back


class OpenWork(Protocol):
    def __call__(self, *, reading: bool = False) -> AbstractAsyncContextManager[Work]: ...


def acting(open_work: OpenWork, actor: Actor) -> OpenWork:
    """Units of work in which this one acts."""

    @asynccontextmanager
    async def named(*, reading: bool = False) -> AsyncIterator[Work]:
        async with open_work(reading=reading) as work:
            work.actor = actor
            yield work

    return named


class Crunch(Protocol):
    """Run a slow pure function on another thread, never inside a unit of work."""

    def __call__(self, function: Callable[..., T], *arguments: Any) -> Awaitable[T]: ...
