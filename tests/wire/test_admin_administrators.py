"""Administrators by the admin API: what the console can do with them, it can."""

import pytest

from tests.wire.console import ADMIN, Console, events
from tests.world import ISSUER, World

OPS = "ops@example.com"


@pytest.fixture
async def console(world: World) -> Console:
    console = Console(world)
    assert (await console.set_up()).status_code == 303
    return console


async def set_up(world: World, email: str) -> Console:
    """Invited by the API, and set up by its link."""
    answer = await world.admin().post("/administrators", json={"email": email})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["email"], told["expires_at"]) == (OPS, "2027-01-16T08:00:00Z")
    assert told["link"].startswith(f"{ISSUER}/console/set-up/")
    path = told["link"].removeprefix(ISSUER)
    other = Console(world)
    await other.get(path)
    other.read_secret()
    form = {"password": "otters hold hands", "again": "otters hold hands"}
    assert (await other.post(path, code=other.code(), **form)).status_code == 303
    return other


async def test_administrators_are_listed_invited_and_removed(
    console: Console, world: World
) -> None:
    api = world.admin()
    other = await set_up(world, "Ops@Example.com")
    (invitation, *_) = [
        e for e in await events(world, "administrator.invited") if e.data["email"] == OPS
    ]
    assert invitation.data["actor"] == "admin-api"
    items = (await api.get("/administrators")).json()["items"]
    assert [set(one) for one in items] == [{"id", "email", "created_at", "passkeys"}] * 2
    ids = {one["email"]: one["id"] for one in items}
    assert set(ids) == {ADMIN, OPS}
    assert (await api.delete(f"/administrators/{ids[OPS]}")).status_code == 204
    assert (await other.get("/console")).status_code == 303
    assert (await api.delete(f"/administrators/{ids[OPS]}")).status_code == 404
    last = await api.delete(f"/administrators/{ids[ADMIN]}")
    assert (last.status_code, last.json()["title"]) == (409, "last administrator")
    assert (await console.get("/console")).status_code == 200


async def test_an_invitation_is_seen_and_withdrawn_and_its_link_is_told_once(world: World) -> None:
    api = world.admin()
    told = (await api.post("/administrators", json={"email": OPS})).json()
    answer = await api.get("/invitations")
    assert answer.json()["items"] == [{"email": OPS, "expires_at": told["expires_at"]}]
    assert (await api.delete(f"/invitations/{OPS}")).status_code == 204
    assert (await api.get("/invitations")).json()["items"] == []
    gone = await Console(world).get(told["link"].removeprefix(ISSUER))
    assert gone.status_code == 410


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": OPS, "password": "x"}])
async def test_an_invitation_that_makes_no_sense(world: World, body: dict[str, str]) -> None:
    answer = await world.admin().post("/administrators", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
