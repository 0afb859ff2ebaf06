"""What a worker queues, it delivers itself; what it leaves behind, another one does."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ostiary import app
from ostiary.core import messages
from ostiary.core.messages.model import Person as Reader
from ostiary.core.messages.model import Purpose
from ostiary.core.work import OpenWork, Row, Work
from ostiary.drivers.database import Database, unit_of_work
from ostiary.terms.contact import Channel
from tests.drivers.conftest import Engine, OpenDatabase
from tests.fakes import Clock, Dice, RememberingCarrier
from tests.world import ISSUER, MASTER, Person, World, demo_configuration, deployment_at

PHONE = "+33612345678"


@pytest.fixture
async def database(engine: Engine, open_database: OpenDatabase) -> Database:
    """Of the demo project."""
    return await open_database(await engine.prepared(demo_configuration()))


async def rows(open_work: OpenWork) -> Sequence[Row]:
    async with open_work(reading=True) as work:
        return await work.sql.all("SELECT * FROM outbox ORDER BY id")


async def said(open_work: OpenWork) -> list[str]:
    async with open_work(reading=True) as work:
        return [row["event"] for row in await work.sql.all("SELECT event FROM journal")]


def worker(database: Database, clock: Clock | None = None, *, delivers: bool) -> OpenWork:
    return unit_of_work(
        database,
        clock=clock or Clock(),
        entropy=Dice(f"{delivers}"),
        master=MASTER,
        issuer=ISSUER,
        delivers=delivers,
    )


async def queue(work: Work) -> None:
    await messages.queue(
        work,
        Purpose.MFA_STEP_UP,
        Channel.SMS,
        PHONE,
        Reader(),
        client_name="Demo shop",
        code="123456",
    )


async def test_a_worker_delivers_what_it_queued_without_looking_for_it(
    engine: Engine, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M7: the answer waits for the carrier. By the end the body is erased, and a line says what was sent."""

    async def nothing_waits(open_work: OpenWork) -> tuple[()]:
        return ()

    monkeypatch.setattr(messages, "claim", nothing_waits)
    carrier, url = RememberingCarrier(), await engine.prepared(demo_configuration())
    deployment = replace(deployment_at(url), clock=Clock(), entropy=Dice())
    async with app.run(deployment, carriers=dict.fromkeys(Channel, carrier)) as running:
        bob = Person(World(running, Clock(), carrier), "bob@demo.localhost")
        await bob.log_in()
        await bob.challenge(await bob.step_up_token())
        assert [message.rendered.to for message in carrier.messages] == [PHONE]
    open_work = worker(await open_database(url), delivers=False)
    (row,) = await rows(open_work)
    assert (row["attempts"], row["sealed"], row["failed_at"]) == (1, None, None)
    assert row["sent_at"] is not None
    assert (await said(open_work))[-1] == "message.sent"


async def test_what_a_dead_worker_claimed_is_taken_by_another(database: Database) -> None:
    """Killed between the commit and the carrier: nobody looks before the lease is over, and then somebody does."""
    clock = Clock()

    dying = worker(database, clock, delivers=True)
    living = worker(database, clock, delivers=False)
    async with dying() as work:
        await queue(work)
        assert [due.content.recipient for due in work.handed] == [PHONE]
        assert work.wakes == set()
    clock.advance(messages.LEASE - 1)
    assert await messages.claim(living) == ()
    clock.advance(1)
    (ready,) = await messages.claim(living)
    assert (ready.attempts, ready.message.code) == (2, "123456")
    assert await messages.claim(living) == ()


async def test_what_nobody_here_delivers_is_due_at_once(database: Database) -> None:
    """`serve --no-worker` leaves it to `ostiary worker`."""
    open_work = worker(database, delivers=False)
    async with open_work() as work:
        await queue(work)
        assert work.handed == []
        assert work.wakes == {messages.OUTBOX}
    (ready,) = await messages.claim(open_work)
    assert ready.attempts == 1


async def test_what_was_rolled_back_is_not_delivered(database: Database) -> None:
    told: list[Work] = []
    open_work = unit_of_work(
        database,
        clock=Clock(),
        entropy=Dice(),
        master=MASTER,
        issuer=ISSUER,
        committed=told.append,
        delivers=True,
    )

    async def fail() -> None:
        async with open_work() as work:
            await queue(work)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert (told, list(await rows(open_work))) == ([], [])


async def test_several_are_settled_at_once(database: Database) -> None:
    open_work = worker(database, delivers=False)
    async with open_work() as work:
        for _ in range(messages.MOST):
            await queue(work)
    ready = await messages.claim(open_work)
    before = database.tally.transactions
    await messages.settle(open_work, ready)
    assert database.tally.transactions == before + 1
    assert {row["sealed"] for row in await rows(open_work)} == {None}
    assert (await said(open_work)).count("message.sent") == messages.MOST
