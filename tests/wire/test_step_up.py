"""The main job, in this process: from a password to a token that says `mfa` (M4, M5)."""

from typing import Any

import pytest
from joserfc import jws
from msgspec import json

from tests.world import AUTHORIZATION, Person, World


def claims(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.decode(jws.extract_compact(token.encode()).payload)
    return decoded


async def test_a_phone_is_registered_and_then_proved(world: World, ann: Person) -> None:
    """M4 by SMS, with the SSO cookie."""
    before = claims((await ann.log_in())["access_token"])
    assert before["amr"] == ["pwd"]

    started = await ann.post(
        "/mfa/credentials/phone-numbers", {"phone_number": "+33 6 12 34 56 78"}, headers=ann.bearer
    )
    assert started.json() == {"status": "sms_sent"}
    verified = await ann.post(
        "/mfa/credentials/phone-numbers/verify",
        {"verification_code": await world.code("+33612345678")},
        headers=ann.bearer,
    )
    assert verified.json()["type"] == "sms"

    after = claims((await ann.step_up())["access_token"])
    assert after["amr"] == ["mfa", "sms", "pwd"]
    assert after["acr"] == "urn:ostiary:acr:mfa"


async def test_a_verified_address_is_enabled_at_once(world: World, ann: Person) -> None:
    """M9: nothing is sent for what was verified before; then the step-up by e-mail (M4)."""
    await ann.log_in()
    started = await ann.post("/mfa/credentials/emails", {}, headers=ann.bearer)
    assert started.json()["status"] == "enabled"
    assert world.carrier.messages == []
    assert claims((await ann.step_up("email"))["access_token"])["amr"] == ["mfa", "email", "pwd"]


@pytest.mark.parametrize("way", ["cookie", "tkn", "access token"])
async def test_a_step_up_begins_in_three_ways(world: World, bob: Person, way: str) -> None:
    """M5."""
    await bob.log_in()
    headers = bob.bearer if way == "access token" else {}
    body = {**AUTHORIZATION, **({"tkn": await bob.tkn()} if way == "tkn" else {})}
    if way != "cookie":
        bob.http.cookies.clear()
    begun = await bob.post("/mfa/stepup", body, headers=headers)
    assert begun.json()["amr"] == ["sms"]
    verified = await bob.verify(await bob.challenge(begun.json()["token"]), await world.code())
    exchanged = await bob.exchange(verified.json()["code"])
    assert claims(exchanged.json()["access_token"])["amr"] == ["mfa", "sms", "pwd"]


async def test_a_step_up_takes_few_transactions(world: World, bob: Person) -> None:
    """Start, verify and exchange: at most six units of work."""
    await bob.log_in()
    before = world.database.tally.transactions
    challenge = await bob.challenge(await bob.step_up_token())
    started = world.database.tally.transactions
    code = await world.code()
    delivered = world.database.tally.transactions
    verified = await bob.verify(challenge, code)
    await bob.exchange(verified.json()["code"])
    own = (started - before) + (world.database.tally.transactions - delivered)
    assert own == 4
