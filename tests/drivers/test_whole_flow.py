"""The main job on PostgreSQL: what the wire promises of a step-up on SQLite, and the eleven steps at a stretch."""

from typing import Any

import pytest
from joserfc import jws
from msgspec import json

from tests.drivers.conftest import Engine, Postgresql
from tests.wire import test_step_up
from tests.world import CLIENT, Person, World

BACKEND = ("backend", "backend-secret")

globals().update(
    {name: test for name, test in vars(test_step_up).items() if name.startswith("test_")}
)


@pytest.fixture(scope="session")
def engine(postgresql: Postgresql) -> Engine:
    return postgresql


def claims(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.decode(jws.extract_compact(token.encode()).payload)
    return decoded


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_the_eleven_steps_hold(world: World, ann: Person, channel: str) -> None:
    """M4, M5: from a password to a token that a back end is told is good for more."""
    await ann.log_in()
    browsed = await ann.http.get("/identity/v1/userinfo", headers=ann.bearer)
    assert browsed.json()["email"] == ann.email
    listed = await ann.http.get("/identity/v1/mfa/credentials", headers=ann.bearer)
    assert listed.json() == {"credentials": []}

    if channel == "sms":
        path, body = "/mfa/credentials/phone-numbers", {"phone_number": "+33612345678"}
        started = await ann.post(path, body, headers=ann.bearer)
        assert started.json() == {"status": "sms_sent"}
        code = {"verification_code": await world.code("+33612345678")}
        verified = await ann.post(f"{path}/verify", code, headers=ann.bearer)
        assert verified.json()["phone_number"] == "+33612345678"
    else:
        enabled = await ann.post("/mfa/credentials/emails", {}, headers=ann.bearer)
        assert enabled.json()["status"] == "enabled"

    raised = await ann.step_up(channel)
    assert claims(raised["access_token"])["amr"] == ["mfa", channel, "pwd"]
    told = await ann.http.post(
        "/oauth/introspect", data={"token": raised["access_token"]}, auth=BACKEND
    )
    assert told.json()["active"] is True
    assert told.json()["acr"] == "urn:ostiary:acr:mfa"


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_them_all(
    world: World, bob: Person
) -> None:
    """OA-8."""

    async def refresh(token: str) -> dict[str, Any]:
        body = {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": token}
        answer = await bob.http.post("/oauth/token", json=body)
        return {"status": answer.status_code, **answer.json()}

    first = (await bob.log_in())["refresh_token"]
    second = await refresh(first)
    third = await refresh(second["refresh_token"])
    assert [second["status"], third["status"]] == [200, 200]
    assert claims(third["access_token"])["amr"] == ["pwd"]

    assert (await refresh(first))["error"] == "invalid_grant"
    assert (await refresh(third["refresh_token"]))["error"] == "invalid_grant"
    told = await bob.http.post(
        "/oauth/introspect", data={"token": third["access_token"]}, auth=BACKEND
    )
    assert told.json() == {"active": False}


async def test_a_code_that_comes_back_ends_what_it_gave(world: World, bob: Person) -> None:
    """OA-3."""
    answer = await bob.authorize(tkn=await bob.tkn())
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    given = (await bob.exchange(code)).json()
    again = await bob.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    assert (await bob.http.get("/identity/v1/userinfo", headers=bearer)).status_code == 401
