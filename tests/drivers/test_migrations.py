"""One schema, on both engines, whoever brings it there and however often."""

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Callable
from itertools import product
from multiprocessing.synchronize import Barrier
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ostiary import app, migrations
from ostiary.core import keys
from ostiary.core.keys.model import Algorithm, Stage
from ostiary.drivers.database import connect
from tests.drivers.conftest import Engine, Postgresql, Sqlite
from tests.world import deployment_at

AT_ONCE = 2


def newest() -> str:
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    (head,) = ScriptDirectory.from_config(config).get_heads()
    return head


async def inspected(url: str, look: Callable[[sa.Inspector], Any]) -> Any:
    if url.startswith("sqlite"):
        engine = sa.create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            return look(sa.inspect(connection))
    eventual = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    async with eventual.connect() as connecting:
        return await connecting.run_sync(lambda connection: look(sa.inspect(connection)))


def schema(inspector: sa.Inspector) -> dict[str, Any]:
    """Every table, in words that both engines share."""
    return {
        table: {
            "columns": [
                (column["name"], repr(column["type"].as_generic()), column["nullable"])
                for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (index["name"], index["column_names"], bool(index["unique"]))
                for index in inspector.get_indexes(table)
            ),
            "references": sorted(
                (key["constrained_columns"], key["referred_table"], key["options"])
                for key in inspector.get_foreign_keys(table)
            ),
        }
        for table in sorted(inspector.get_table_names())
    }


async def test_both_engines_have_one_schema(sqlite: Sqlite, postgresql: Postgresql) -> None:
    on_sqlite = await inspected(await sqlite.migrated(), schema)
    on_postgresql = await inspected(await postgresql.migrated(), schema)
    assert on_sqlite == on_postgresql
    assert on_sqlite.keys() >= {"users", "grants", "alembic_version"}
    assert on_sqlite["challenges"]["references"] == [
        (["transaction_id"], "transactions", {"ondelete": "CASCADE"})
    ]


async def test_columns_are_numbers_text_and_bytes(url: str) -> None:
    """Nothing a driver would have to be told about: what one engine gives back is what the other does."""

    def types(inspector: sa.Inspector) -> set[str]:
        return {
            type(column["type"].as_generic()).__name__
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
        }

    assert await inspected(url, types) == {"BigInteger", "Integer", "LargeBinary", "String", "Text"}


async def test_the_server_expects_the_newest_version(url: str) -> None:
    database = await connect(url)
    found = await database.revision()
    await database.close()
    assert found == migrations.HEAD == newest()


async def test_an_empty_database_has_no_revision(engine: Engine) -> None:
    database = await connect(engine.empty())
    assert await database.revision() is None
    await database.close()


async def test_migrating_again_does_nothing(engine: Engine) -> None:
    url = engine.empty()
    assert await app.migrate(url) is True
    before = await inspected(url, schema)
    assert await app.migrate(url) is False
    await asyncio.to_thread(migrations.upgrade, url)
    assert await inspected(url, schema) == before


async def test_a_step_that_fails_leaves_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-1: half a schema is none, and the next try makes it whole."""
    url = engine.empty()
    create, created = op.create_table, 0

    def give_out(*args: Any, **more: Any) -> Any:
        nonlocal created
        created += 1
        if created == 5:
            raise MemoryError
        return create(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(op, "create_table", give_out)
        with pytest.raises(MemoryError):
            await asyncio.to_thread(migrations.upgrade, url)
    assert await inspected(url, lambda inspector: inspector.get_table_names()) == []
    assert await app.migrate(url) is True


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
async def test_a_url_is_read_as_the_server_reads_it(postgresql: Postgresql, scheme: str) -> None:
    url = postgresql.empty().replace("postgresql", scheme, 1) + "?sslmode=disable"
    assert await app.migrate(url) is True


async def test_a_path_is_read_as_the_server_reads_it(sqlite: Sqlite) -> None:
    url = sqlite.empty().replace(".sqlite3", " 100%?.sqlite3")
    assert await app.migrate(url) is True
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()


# ---- several processes


def begin(start: Barrier, url: str) -> None:
    """What every process does that begins on an empty database; and one that is told to rotate keys."""

    async def work() -> None:
        await app.prepare(deployment_at(url))
        async with app.opened(deployment_at(url)) as open_work:
            await app.rotate_keys(open_work)

    start.wait()
    asyncio.run(work())


async def test_processes_that_begin_at_once_do_not_meet(engine: Engine) -> None:
    """Every one finds a schema, a project and one set of keys."""
    url = engine.empty()
    spawned = multiprocessing.get_context("spawn")
    start = spawned.Barrier(AT_ONCE)
    processes = [spawned.Process(target=begin, args=(start, url)) for _ in range(AT_ONCE)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join)
    assert [process.exitcode for process in processes] == [0] * AT_ONCE
    async with app.opened(deployment_at(url)) as open_work, open_work(reading=True) as work:
        stored = (await keys.ring(work)).stored
    made = [(key.alg, key.stage) for key in stored if key.stage is not Stage.PREVIOUS]
    assert sorted(made) == sorted(product(Algorithm, (Stage.CURRENT, Stage.NEXT)))
    assert len(stored) - len(made) == AT_ONCE * len(Algorithm)
