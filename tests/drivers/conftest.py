"""Both engines, prepared once and copied for every test that asks."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest
from msgspec.structs import replace

from ostiary import app
from ostiary.drivers.database import Database, connect
from ostiary.wire.configuration.model import Configuration
from tests.conftest import MakeWorld
from tests.drivers.arena import (
    RACES,
    Arena,
    BeforeWorkers,
    InProcess,
    Workers,
    workers_at,
)
from tests.fakes import Clock, Dice
from tests.postgres import Cluster
from tests.world import World, demo_configuration, deployment_at, world_at

OpenDatabase: TypeAlias = Callable[[str], Awaitable[Database]]


class Engine(Protocol):
    """Where new databases come from."""

    name: str

    def empty(self) -> str:
        """The URL of a database with nothing in it."""
        ...

    def copy(self, url: str) -> str:
        """The URL of a copy of one that nobody is connected to."""
        ...

    async def migrated(self) -> str:
        """With a schema and no rows."""
        ...

    async def prepared(self, configuration: Configuration, name: str = "demo") -> str:
        """With keys, project, clients and users; `name` tells one configuration from another."""
        ...


class _Copying:
    def __init__(self) -> None:
        self._numbers = count(1)
        self._made: dict[str, str] = {}

    def empty(self) -> str:
        raise NotImplementedError

    def copy(self, url: str) -> str:
        raise NotImplementedError

    async def migrated(self) -> str:
        if "" not in self._made:
            self._made[""] = self.empty()
            await app.migrate(self._made[""])
        return self.copy(self._made[""])

    async def prepared(self, configuration: Configuration, name: str = "demo") -> str:
        if name not in self._made:
            self._made[name] = self.empty()
            deployment = deployment_at(self._made[name], configuration)
            await app.prepare(replace(deployment, clock=Clock(), entropy=Dice("seed")))
        return self.copy(self._made[name])


class Sqlite(_Copying):
    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def empty(self) -> str:
        return f"sqlite:///{self._folder / str(next(self._numbers))}.sqlite3"

    def copy(self, url: str) -> str:
        copied = self.empty()
        shutil.copy(url.removeprefix("sqlite:///"), copied.removeprefix("sqlite:///"))
        return copied


class Postgresql(_Copying):
    name = "postgresql"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self.cluster = cluster

    def empty(self) -> str:
        return self.cluster.create(f"test_{next(self._numbers)}")

    def copy(self, url: str) -> str:
        return self.cluster.create(f"test_{next(self._numbers)}", url.rpartition("/")[2])


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A cluster of our own. There is no test without it: what is not tried on PostgreSQL does not work there."""
    cluster = Cluster()
    cluster.start()
    yield Postgresql(cluster)
    cluster.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """One after the other."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture
async def url(engine: Engine) -> str:
    """A database with a schema and no rows."""
    return await engine.migrated()


@pytest.fixture
async def open_database() -> AsyncIterator[OpenDatabase]:
    """Opens what a test names, and closes it after the test."""
    async with AsyncExitStack() as stack:

        async def open_at(url: str) -> Database:
            database = await connect(url)
            stack.push_async_callback(database.close)
            return database

        yield open_at


@pytest.fixture
async def database(url: str, open_database: OpenDatabase) -> Database:
    """A database with a schema and no rows, open."""
    return await open_database(url)


@pytest.fixture
async def make_world(engine: Engine) -> AsyncIterator[MakeWorld]:
    """The worlds of every other test, on this engine."""
    async with AsyncExitStack() as stack:

        async def make(text: str | None = None, name: str = "demo") -> World:
            configuration = demo_configuration(text)
            url = await engine.prepared(configuration, name)
            return await stack.enter_async_context(world_at(deployment_at(url, configuration)))

        yield make


@pytest.fixture(scope="module")
def workers(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Two of them on this engine."""
    folder = tmp_path_factory.mktemp(f"races-{engine.name}")
    workers = workers_at(engine.empty(), folder)
    with workers.server:
        yield workers


@pytest.fixture(params=["one process", "two workers"])
async def arena(request: pytest.FixtureRequest, make_world: MakeWorld) -> AsyncIterator[Arena]:
    if request.param == "one process":
        yield InProcess(await make_world(RACES, "races"))
        return
    workers: Workers = request.getfixturevalue("workers")
    before = BeforeWorkers(workers.server, await connect(workers.url))
    yield before
    await before.close()
