"""How Alembic reaches the database: with the standard library on SQLite, with asyncpg on PostgreSQL.

All steps are one transaction, begun under a lock: a migration that fails leaves nothing half-made, and of two
processes that start at once the second finds nothing left to do.
"""

import asyncio
import sqlite3

import asyncpg
from alembic import context
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

URL: str = context.config.attributes["url"]
LOCK = 0x6F737469  # "osti": the advisory lock of whoever migrates this database
PATIENCE = 60.0  # seconds another process may take over its migration


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate_sqlite() -> None:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            URL.removeprefix("sqlite:///"), timeout=PATIENCE, isolation_level=None
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


async def migrate_postgres() -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(URL), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(migrate)
    await engine.dispose()


if URL.startswith("sqlite"):
    migrate_sqlite()
else:
    asyncio.run(migrate_postgres())
