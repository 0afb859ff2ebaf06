"""A trusted browser in another country, where the operator has a file that tells (M3, TD-6)."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from msgspec.structs import replace

from ostiary import app
from tests.conftest import MakeWorld
from tests.mmdb import mmdb
from tests.wire.test_trusted_devices import ALWAYS, login, trust
from tests.world import Person, Templates, World, demo_configuration, deployment_at, world_at

HOME, NEAR_HOME, ABROAD, UNKNOWN = "192.0.2.1", "192.0.2.77", "198.51.100.1", "203.0.113.1"
BOB = "bob@demo.localhost"


@pytest.fixture
async def mapped(templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """A server behind a proxy, with a file that knows two countries."""
    file = tmp_path / "countries.mmdb"
    file.write_bytes(mmdb({"192.0.2.0/24": "FR", "198.51.100.0/24": "DE"}))
    configuration = demo_configuration(ALWAYS)
    url = await templates.copy(tmp_path / "mapped.sqlite3", configuration, "trusted-devices")
    deployment = replace(
        deployment_at(url, configuration),
        country_of=app.countries(file),
        trusted_proxies=(ip_network("127.0.0.1/32"),),
    )
    async with world_at(deployment) as world:
        yield world


def at(person: Person, address: str) -> Person:
    person.http.headers["x-forwarded-for"] = address
    return person


async def asked(person: Person) -> bool:
    """Was a login told that a second factor must follow?"""
    answer = await login(person)
    assert answer.status_code == 200, answer.text
    return bool(answer.json().get("mfa_required", False))


@pytest.mark.parametrize(
    ("trusted_at", "seen_at", "as_new"),
    [
        (HOME, HOME, False),
        (HOME, NEAR_HOME, False),
        (HOME, ABROAD, True),
        (HOME, UNKNOWN, True),
        (UNKNOWN, UNKNOWN, False),
        (UNKNOWN, HOME, True),
    ],
)
async def test_a_trusted_browser_counts_as_new_in_another_country(
    mapped: World, trusted_at: str, seen_at: str, as_new: bool
) -> None:
    """TD-6. What the file does not know is a country of its own."""
    bob = at(Person(mapped, BOB), trusted_at)
    await trust(bob)
    assert await asked(at(bob, seen_at)) is as_new


async def test_the_trust_goes_on_where_it_was_given(mapped: World) -> None:
    bob = at(Person(mapped, BOB), HOME)
    await trust(bob)
    assert await asked(at(bob, ABROAD))
    assert not await asked(at(bob, HOME))


async def test_who_proves_it_abroad_is_trusted_there(mapped: World) -> None:
    bob = at(Person(mapped, BOB), HOME)
    await trust(bob)
    await trust(at(bob, ABROAD))
    assert not await asked(bob)


async def test_it_is_recorded_and_an_operator_sees_where(mapped: World) -> None:
    bob = at(Person(mapped, BOB), HOME)
    await trust(bob)
    await asked(at(bob, ABROAD))
    admin = mapped.admin()
    (user,) = (await admin.get("/users", params={"email": BOB})).json()["items"]
    (device,) = (await admin.get(f"/users/{user['id']}/devices")).json()["items"]
    assert device["country"] == "FR"
    (event,) = (await admin.get("/events", params={"type": "device.elsewhere"})).json()["items"]
    assert (event["user"], event["ip"]) == (user["id"], ABROAD)
    assert event["data"] == {"device": device["id"], "country": "DE"}


async def test_without_a_file_a_browser_is_trusted_from_anywhere(make_world: MakeWorld) -> None:
    bob = Person(await make_world(ALWAYS, "trusted-devices"), BOB)
    await trust(bob)
    assert not await asked(at(bob, ABROAD))


async def test_a_browser_trusted_before_there_was_a_file_stays_trusted(mapped: World) -> None:
    """Nobody knows where it was: nothing to compare."""
    bob = at(Person(mapped, BOB), HOME)
    await trust(bob)
    async with mapped.open_work() as work:
        await work.sql.run("UPDATE devices SET country = NULL")
    assert not await asked(at(bob, ABROAD))
