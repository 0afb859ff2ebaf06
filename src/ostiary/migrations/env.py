"""How Alembic reaches the database: with the standard library on SQLite, with asyncpg on PostgreSQL."""

import asyncio

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

URL: str = context.config.attributes["url"]


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, render_as_batch=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_postgres() -> None:
    engine = create_async_engine(URL.replace("://", "+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


if URL.startswith("sqlite"):
    engine = create_engine(URL, poolclass=NullPool)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
else:
    asyncio.run(migrate_postgres())
