"""Fixtures every test may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# the same examples at every run; `--hypothesis-profile=default` looks for new ones
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")
pytest.register_assert_rewrite("tests.wire.transcript")  # before any test imports it

from tests.world import (  # noqa: E402
    Person,
    Templates,
    World,
    demo_configuration,
    deployment_at,
    world_at,
)

MakeWorld = Callable[..., Awaitable[World]]


@pytest.fixture(autouse=True)
def unconfigured_logs() -> Iterator[None]:
    """A command run in this process sets up its logs for itself, not for the tests after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
async def make_world(templates: Templates, tmp_path: Path) -> AsyncIterator[MakeWorld]:
    """A world of the demo project, or of the YAML text given (`name` tells one text from another)."""
    async with AsyncExitStack() as stack:

        async def make(text: str | None = None, name: str = "demo") -> World:
            configuration = demo_configuration(text)
            url = await templates.copy(tmp_path / f"{name}.sqlite3", configuration, name)
            return await stack.enter_async_context(world_at(deployment_at(url, configuration)))

        yield make


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """The demo project: Ann has no second factor, Bob an SMS one, Cleo SMS and e-mail."""
    return await make_world()


@pytest.fixture
async def ann(world: World) -> Person:
    return Person(world, "ann@demo.localhost")


@pytest.fixture
async def bob(world: World) -> Person:
    return Person(world, "bob@demo.localhost")


@pytest.fixture
async def cleo(world: World) -> Person:
    return Person(world, "cleo@demo.localhost")
