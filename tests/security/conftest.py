"""A project of its own, and password hashing that costs a thousandth: here it is made thousands of times."""

import pytest
from argon2 import PasswordHasher

from ostiary.core.factors import password
from tests.conftest import MakeWorld
from tests.security.lab import ERIN, project
from tests.world import Person, Templates, World

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Not shared with other folders: what is hashed here is hashed cheaply."""
    return Templates(tmp_path_factory.mktemp("security"))


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "HASHER", CHEAP)


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """The demo project and more: see `lab.project`."""
    return await make_world(project(), "lab")


@pytest.fixture
async def erin(world: World) -> Person:
    """Has a password and an e-mail address that nobody has verified."""
    return Person(world, ERIN)
