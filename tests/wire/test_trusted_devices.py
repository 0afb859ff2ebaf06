"""Browsers a person trusts, and carriers that do not work (M3, M7, M12)."""

from typing import Any

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.world import AUTHORIZATION, CLIENT, Person, World

ALWAYS = """
project: {project_id: project-test-1}
settings: {mfa: {require_at_login: always}}
clients:
  - {client_id: demo-shop, redirect_uris: ["https://shop.demo.localhost:8443/callback"],
     origins: ["https://shop.demo.localhost:8443"]}
users:
  - {email: bob@demo.localhost, email_verified: true, password: correct horse battery staple,
     mfa: [{type: sms, phone_number: "+33612345678"}]}
"""
DEVICE = "__Host-trusted-device-id"


@pytest.fixture
async def strict(make_world: MakeWorld) -> World:
    return await make_world(ALWAYS, "trusted-devices")


async def login(person: Person) -> httpx2.Response:
    body = {"client_id": CLIENT, "email": person.email, "password": person.password}
    return await person.post("/password/login", body)


async def trust(person: Person) -> None:
    """A login with both factors, in a browser to be trusted."""
    tkn = (await login(person)).json()["tkn"]
    challenge = await person.challenge(await person.step_up_token(tkn=tkn))
    verified = await person.post(
        "/passwordless/verify",
        {
            "challenge_id": challenge,
            "verification_code": await person.world.code(),
            "trust_device": True,
        },
    )
    assert DEVICE in verified.cookies
    exchanged = await person.exchange(verified.json()["code"])
    person.tokens = exchanged.json()


async def test_a_trusted_browser_spares_the_second_factor_of_a_login(strict: World) -> None:
    """TD-4: the login has one factor, and a step-up still asks."""
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    bob.http.cookies.delete("__Host-Session")
    again = await login(bob)
    assert "mfa_required" not in again.json()
    answer = await bob.authorize(tkn=again.json()["tkn"])
    exchanged = await bob.exchange(httpx2.URL(answer.headers["location"]).params["code"])
    told = (await bob.post("/mfa/stepup", AUTHORIZATION)).json()
    assert told["amr"] == ["sms"]
    assert exchanged.status_code == 200


async def test_a_copied_device_cookie_ends_the_trust(strict: World) -> None:
    """TD-3: the value changes at each use; an old one that is shown again is somebody's copy."""
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    copied = bob.http.cookies.get(DEVICE)
    assert copied is not None
    assert "mfa_required" not in (await login(bob)).json()
    thief = Person(strict, "bob@demo.localhost")
    thief.http.cookies.set(DEVICE, copied, domain="id.demo.localhost")
    assert (await login(thief)).json()["mfa_required"] is True
    assert (await login(bob)).json()["mfa_required"] is True  # for both of them


async def test_trusted_devices_are_listed_and_forgotten(strict: World) -> None:
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    at = "/identity/v1/mfa/trusteddevices"
    listed = (await bob.http.get(at, headers=bob.bearer)).json()["trusted_devices"]
    assert [device["metadata"]["device_class"] for device in listed] == ["Desktop"]
    assert (await bob.http.delete(f"{at}/nothing", headers=bob.bearer)).status_code == 404
    gone = await bob.http.delete(f"{at}/{listed[0]['id']}", headers=bob.bearer)
    assert gone.status_code == 204
    assert (await login(bob)).json()["mfa_required"] is True


@pytest.mark.parametrize(
    "off", [{"trusted_devices": {"enabled": False}}, None], ids=["no trust", "no mfa"]
)
async def test_where_no_browser_can_be_trusted_all_of_it_says_so(
    strict: World, off: dict[str, Any] | None
) -> None:
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    at = "/identity/v1/mfa/trusteddevices"
    [device] = (await bob.http.get(at, headers=bob.bearer)).json()["trusted_devices"]
    switched = {"mfa": off} if off else {"features": {"mfa": False}}
    (await strict.admin().patch("/settings", json=switched)).raise_for_status()
    config = await bob.http.get(f"/identity/v1/config?client_id={CLIENT}")
    assert config.json()["rba_enabled"] is False
    for answer in (
        await bob.http.get(at, headers=bob.bearer),
        await bob.http.delete(f"{at}/{device['id']}", headers=bob.bearer),
    ):
        assert answer.status_code == 403
        assert answer.json()["error_message_key"] == "error.feature.notAvailable"


async def test_a_new_password_ends_every_trust(strict: World) -> None:
    """TD-2."""
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    new = "quite another long password"
    changed = await bob.post("/update-password", {"password": new}, headers=bob.bearer)
    assert changed.status_code == 204
    bob.password = new
    assert (await login(bob)).json()["mfa_required"] is True


async def test_a_second_factor_at_another_address_ends_every_trust(strict: World) -> None:
    """TD-2: the mailbox that a code would have gone to is another one."""
    bob = Person(strict, "bob@demo.localhost")
    await trust(bob)
    assert (await bob.post("/mfa/credentials/emails", {}, headers=bob.bearer)).status_code == 200
    await trust(bob)
    new = "bob2@demo.localhost"
    await bob.post("/update-email", {"email": new}, headers=bob.bearer)
    assert "mfa_required" not in (await login(bob)).json()  # not yet
    body = {
        "access_token": bob.tokens["access_token"],
        "email": new,
        "verification_code": await strict.code(new),
    }
    assert (await bob.post("/verify-email", body)).status_code == 204
    bob.email = new
    assert (await login(bob)).json()["mfa_required"] is True


async def test_a_stranger_s_device_is_no_device_of_mine(strict: World) -> None:
    """TD-5: the cookie opens nothing by itself."""
    bob = Person(strict, "bob@demo.localhost", "a wrong password")
    bob.http.cookies.set(DEVICE, "A" * 64, domain="id.demo.localhost")
    assert (await login(bob)).status_code == 401
    bob.password = "correct horse battery staple"
    assert (await login(bob)).json()["mfa_required"] is True
