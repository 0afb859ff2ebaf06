"""A database that goes away for a while: everybody is told, and afterwards everything goes on (OPS-1)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ostiary import app
from ostiary.drivers import outbox
from ostiary.terms.contact import Channel
from tests.drivers.conftest import Postgresql
from tests.drivers.gate import Gate
from tests.fakes import Clock, RememberingCarrier
from tests.world import CLIENT, PASSWORD, Person, World, demo_configuration, deployment_at


@pytest.fixture
async def gate(postgresql: Postgresql) -> AsyncIterator[Gate]:
    async with Gate(await postgresql.prepared(demo_configuration())) as gate:
        yield gate


async def test_an_outage_is_told_and_survived(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, the readiness probe and the delivery loop: none of them needs a restart."""
    monkeypatch.setattr(outbox, "REST", 0.01)
    carrier = RememberingCarrier()
    carriers = dict.fromkeys(Channel, carrier)
    async with app.run(deployment_at(gate.url), carriers=carriers) as running:
        world = World(running, Clock(), carrier)
        bob = Person(world, "bob@demo.localhost")

        async def seen() -> list[int]:
            body = {"client_id": CLIENT, "email": bob.email, "password": PASSWORD}
            return [
                (await bob.post("/password/login", body)).status_code,
                (await bob.http.get("/identity/v1/config?client_id=demo-shop")).status_code,
                (await world.management.get("/health/ready")).status_code,
            ]

        assert await seen() == [200, 200, 200]
        await gate.shut()
        assert await seen() == [503, 503, 503]
        await asyncio.sleep(0.05)  # the delivery loop looks, and finds nobody
        gate.reopen()
        assert await seen() == [200, 200, 200]

        await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
        for _ in range(500):
            if carrier.messages:
                break
            await asyncio.sleep(0.01)
        assert [message.rendered.to for message in carrier.messages] == ["+33612345678"]
