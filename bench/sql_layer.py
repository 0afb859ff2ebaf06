"""What a layer between a store and its database costs: `python -m bench.sql_layer` (docs/decisions/0002).

The same three jobs, written as plain SQL and in SQLAlchemy Core, by processor time of this process; and what it
costs to import the library at all. Everything is interleaved in one run: only the ratios mean anything.
"""

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import sqlalchemy as sa
import uvloop
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ostiary.core.work import Sql
from ostiary.drivers.database import Database, connect
from tests.postgres import Cluster

ROUNDS = 9
TABLES = sa.MetaData()
THINGS = sa.Table(
    "things",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
BODY = b"x" * 200
KNOWN = 1000  # rows to begin with

Job: TypeAlias = Callable[[], Awaitable[None]]
Layer: TypeAlias = Mapping[str, Job]


class Written:
    """The statements as somebody would write them by hand."""

    get = "SELECT * FROM things WHERE id = :id"
    lock = get + " FOR NO KEY UPDATE"
    use = "UPDATE things SET used = used + 1 WHERE id = :id"
    add = "INSERT INTO things (id, used, body) VALUES (:id, :used, :body)"


class Core:
    """The same, composed; `compiled` once for an engine they are text again."""

    get = sa.select(THINGS).where(THINGS.c.id == sa.bindparam("id"))
    lock = get.with_for_update(key_share=True)
    use = (
        sa.update(THINGS)
        .where(THINGS.c.id == sa.bindparam("known"))
        .values(used=THINGS.c.used + sa.literal_column("1"))
    )
    add = sa.insert(THINGS).values(
        id=sa.bindparam("new"), used=sa.bindparam("used"), body=sa.bindparam("body")
    )


def ids() -> Callable[[], str]:
    numbers = count(KNOWN)
    return lambda: f"{next(numbers):012}"


NEW = ids()


def plain(database: Database) -> Layer:
    async def read() -> None:
        async with database.begin(reading=True) as sql:
            await sql.one(Written.get, id="000000000007")

    async def insert() -> None:
        async with database.begin(reading=False) as sql:
            await sql.run(Written.add, id=NEW(), used=0, body=BODY)

    async def four() -> None:
        async with database.begin(reading=False) as sql:
            await sql.one(Written.lock, id="000000000007")
            await sql.run(Written.use, id="000000000007")
            await _twice(sql, Written.add)

    return {"read": read, "insert": insert, "four": four}


async def _twice(sql: Sql, add: str) -> None:
    await sql.run(add, id=NEW(), used=0, body=BODY)
    await sql.run(add, id=NEW(), used=0, body=BODY)


def compiled(database: Database, dialect: sa.Dialect) -> Layer:
    """Composed in Core, compiled once, and given to the same driver as what is written by hand."""

    def text(statement: Any) -> str:
        return str(statement.compile(dialect=dialect))

    get, lock, use, add = (text(one) for one in (Core.get, Core.lock, Core.use, Core.add))

    async def read() -> None:
        async with database.begin(reading=True) as sql:
            await sql.one(get, id="000000000007")

    async def insert() -> None:
        async with database.begin(reading=False) as sql:
            await sql.run(add, new=NEW(), used=0, body=BODY)

    async def four() -> None:
        async with database.begin(reading=False) as sql:
            await sql.one(lock, id="000000000007")
            await sql.run(use, known="000000000007")
            await sql.run(add, new=NEW(), used=0, body=BODY)
            await sql.run(add, new=NEW(), used=0, body=BODY)

    return {"read": read, "insert": insert, "four": four}


def executed(connection: sa.Connection) -> Layer:
    """Core, executed by SQLAlchemy on a held SQLite connection."""

    async def read() -> None:
        with connection.begin():
            connection.execute(Core.get, {"id": "000000000007"}).one()

    async def insert() -> None:
        with connection.begin():
            connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})

    async def four() -> None:
        with connection.begin():
            connection.execute(Core.lock, {"id": "000000000007"}).one()
            connection.execute(Core.use, {"known": "000000000007"})
            connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})
            connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})

    return {"read": read, "insert": insert, "four": four}


def executed_by_asyncpg(engine: AsyncEngine) -> Layer:
    """Core, executed by SQLAlchemy's asynchronous engine."""

    async def read() -> None:
        async with engine.connect() as connection:
            (await connection.execute(Core.get, {"id": "000000000007"})).one()

    async def insert() -> None:
        async with engine.begin() as connection:
            await connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})

    async def four() -> None:
        async with engine.begin() as connection:
            (await connection.execute(Core.lock, {"id": "000000000007"})).one()
            await connection.execute(Core.use, {"known": "000000000007"})
            await connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})
            await connection.execute(Core.add, {"new": NEW(), "used": 0, "body": BODY})

    return {"read": read, "insert": insert, "four": four}


def pooled(pool: "asyncpg.Pool[Any]") -> Layer:
    """Plain SQL by number, and asyncpg's own pool and transactions."""
    get = "SELECT * FROM things WHERE id = $1"
    use = "UPDATE things SET used = used + 1 WHERE id = $1"
    add = "INSERT INTO things (id, used, body) VALUES ($1, $2, $3)"

    async def read() -> None:
        async with pool.acquire() as connection:
            await connection.fetchrow(get, "000000000007")

    async def insert() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(add, NEW(), 0, BODY)

    async def four() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetchrow(get + " FOR NO KEY UPDATE", "000000000007")
            await connection.execute(use, "000000000007")
            await connection.execute(add, NEW(), 0, BODY)
            await connection.execute(add, NEW(), 0, BODY)

    return {"read": read, "insert": insert, "four": four}


async def compare(title: str, layers: Mapping[str, Layer], slice_: int) -> None:
    """Operations per second of processor time, medians; and each beside the first."""
    rates: dict[tuple[str, str], list[float]] = {}
    for round_ in range(ROUNDS + 1):
        for job in ("read", "insert", "four"):
            for name, layer in layers.items():
                run = layer[job]
                gc.collect()
                began = time.process_time()
                for _ in range(slice_):
                    await run()
                if round_:  # the first is for getting warm
                    rate = slice_ / (time.process_time() - began)
                    rates.setdefault((name, job), []).append(rate)
    print(f"\n{title}")
    first = next(iter(layers))
    for name in layers:
        figures = []
        for job in ("read", "insert", "four"):
            rate = statistics.median(rates[name, job])
            ratio = statistics.median(
                theirs / ours
                for theirs, ours in zip(rates[name, job], rates[first, job], strict=True)
            )
            figures.append(f"{job} {rate:7.0f} ({ratio:4.2f})")
        print(f"  {name:<38} {'   '.join(figures)}")


async def on_sqlite(folder: Path) -> None:
    url = f"sqlite:///{folder / 'things.sqlite3'}"
    database = await connect(url)
    engine = sa.create_engine(url)
    _fill(engine)
    engine.dispose()
    held = sa.create_engine(url, connect_args={"isolation_level": None, "cached_statements": 512})
    sa.event.listen(held, "connect", lambda raw, record: raw.execute("PRAGMA synchronous = NORMAL"))
    sa.event.listen(held, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with held.connect() as connection:
        layers = {
            "plain SQL": plain(database),
            "Core compiled once, the same driver": compiled(
                database, SQLiteDialect(paramstyle="named")
            ),
            "Core, executed by SQLAlchemy": executed(connection),
        }
        await compare("SQLite", layers, 2000)
    await database.close()


async def on_postgresql(cluster: Cluster) -> None:
    url = cluster.create("things")
    engine = create_async_engine(url.replace("://", "+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)
        await connection.execute(sa.insert(THINGS), _rows())
    database = await connect(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=10) as pool:
        layers = {
            "plain SQL": plain(database),
            "Core compiled once, the same driver": compiled(
                database,
                PGDialect(paramstyle="named"),  # type: ignore[no-untyped-call]
            ),
            "plain SQL, asyncpg's pool": pooled(pool),
            "Core, executed by SQLAlchemy": executed_by_asyncpg(engine),
        }
        await compare("PostgreSQL", layers, 300)
    await database.close()
    await engine.dispose()


def _fill(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        TABLES.create_all(connection)
        connection.execute(sa.insert(THINGS), _rows())


def _rows() -> Sequence[dict[str, Any]]:
    return [{"id": f"{number:012}", "used": 0, "body": BODY} for number in range(KNOWN)]


PROBE = """
import resource, sys, time
began = time.process_time()
import ostiary.app, asyncpg, uvicorn
{more}
rss = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
print(time.process_time() - began, rss)
"""
IMPORTS = {
    "the server": "",
    "and sqlalchemy": "import sqlalchemy; from sqlalchemy.dialects import postgresql, sqlite",
    "and sqlalchemy, asynchronous": "import sqlalchemy.ext.asyncio, sqlalchemy.dialects.postgresql.asyncpg",
    "and alembic": "import alembic.command, alembic.config",
}


def imports() -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS):
        for name, more in IMPORTS.items():
            probed = subprocess.run(
                [sys.executable, "-c", PROBE.format(more=more)],
                check=True,
                capture_output=True,
                text=True,
            )
            seconds, size = probed.stdout.split()
            found[name].append((float(seconds), float(size)))
    print("\nImporting, processor time and resident size")
    for name, figures in found.items():
        seconds, size = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"  {name:<38} {seconds:5.2f} s   {size:5.1f} MiB")


def main() -> None:
    imports()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(on_sqlite(Path(folder)))
    cluster = Cluster()
    cluster.start()
    try:
        uvloop.run(on_postgresql(cluster))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
