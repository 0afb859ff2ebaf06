"""Passkeys on PostgreSQL: the conversations of the wire, to the byte, and one answer given eight times at once."""

import asyncio

import pytest

from tests.drivers.conftest import Engine, Postgresql
from tests.security.test_passkeys import answer, of, request
from tests.wire import test_transcript_passkeys
from tests.wire.transcript import Say
from tests.world import Person, World

globals().update(
    {
        name: test
        for name, test in vars(test_transcript_passkeys).items()
        if name.startswith("test_")
    }
)


@pytest.fixture(scope="session")
def engine(postgresql: Postgresql) -> Engine:
    return postgresql


@pytest.fixture
def say(world: World) -> Say:
    return Say(world)


async def test_of_simultaneous_answers_one_is_good(ann: Person) -> None:
    """WA-1: where they meet, too."""
    phone = await of(ann)
    given = phone.get(await request(ann, ann.email))
    answers = await asyncio.gather(*(answer(ann, given) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [200] + [401] * 7
