"""Sessions that an application keeps: the rules of every call that proves a factor."""

import pytest

from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

ANN = {"email": "ann@demo.localhost", "password": PASSWORD}


async def test_no_session_was_asked_for(ask: Ask) -> None:
    answer = await ask("POST /passwords/authenticate", ANN)
    assert (answer["session_token"], answer["session_jwt"], answer["session"]) == ("", "", None)
    assert answer["user"]["user_id"] == answer["user_id"]


async def test_a_session_lives_as_long_as_it_was_asked_to(ask: Ask, world: World) -> None:
    """Use prolongs nothing, unless it is asked to; and it may be asked to shorten it."""
    begun = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": 10})
    token = {"session_token": begun["session_token"]}
    world.clock.advance(9 * 60)
    used = await ask("POST /sessions/authenticate", token)
    assert used["session"]["expires_at"] == begun["session"]["expires_at"]
    assert used["session"]["last_accessed_at"] > begun["session"]["last_accessed_at"]
    assert used["session_token"] == begun["session_token"]
    longer = await ask("POST /sessions/authenticate", {**token, "session_duration_minutes": 5})
    assert longer["session"]["expires_at"] > begun["session"]["expires_at"]
    world.clock.advance(5 * 60)
    gone = await ask("POST /sessions/authenticate", token)
    assert (gone["status_code"], gone["error_type"]) == (404, "session_not_found")


@pytest.mark.parametrize("minutes", [4, 527_041, 0, -1])
async def test_a_duration_out_of_bounds(ask: Ask, minutes: int) -> None:
    answer = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": minutes})
    assert answer["status_code"] == 400
    assert answer["error_type"] == "invalid_session_duration_minutes"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
async def test_claims_that_a_session_has_of_its_own(ask: Ask, claim: str) -> None:
    answer = await ask(
        "POST /passwords/authenticate",
        {**ANN, "session_duration_minutes": 5, "session_custom_claims": {claim: 1}},
    )
    assert (answer["status_code"], answer["error_type"]) == (
        400,
        "reserved_claims_in_custom_claims",
    )


async def test_claims_are_merged(ask: Ask) -> None:
    claims = {"plan": "gold", "seats": {"a": 1, "b": 2}}
    begun = await ask(
        "POST /passwords/authenticate",
        {**ANN, "session_duration_minutes": 5, "session_custom_claims": claims},
    )
    assert begun["session"]["custom_claims"] == claims
    changed = await ask(
        "POST /sessions/authenticate",
        {
            "session_token": begun["session_token"],
            "session_custom_claims": {"plan": None, "seats": {"a": None}},
        },
    )
    assert changed["session"]["custom_claims"] == {"seats": {"b": 2}}


async def test_ended_at_once_in_all_its_forms(ask: Ask) -> None:
    """Sessions are listed while they live, and ended by any of their names."""
    for name in ("session_token", "session_jwt", "session_id"):
        begun = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": 5})
        listed = await ask("GET /sessions", user_id=begun["user_id"])
        assert begun["session"]["session_id"] in [s["session_id"] for s in listed["sessions"]]
        value = begun["session"]["session_id"] if name == "session_id" else begun[name]
        assert (await ask("POST /sessions/revoke", {name: value}))["status_code"] == 200
        for alive in ("session_token", "session_jwt"):
            answer = await ask("POST /sessions/authenticate", {alive: begun[alive]})
            assert answer["error_type"] == "session_not_found"
        again = await ask("POST /sessions/revoke", {name: value})
        assert (again["status_code"], again["error_type"]) == (404, "session_not_found")


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ({}, "no_session_arguments"),
        ({"session_token": "x", "session_jwt": "y"}, "too_many_session_arguments"),
        ({"session_token": "x"}, "session_not_found"),
        ({"session_jwt": "a.b.c"}, "unable_to_parse_session_jwt"),
    ],
)
async def test_a_session_that_is_none(ask: Ask, body: dict[str, str], error_type: str) -> None:
    answer = await ask("POST /sessions/authenticate", body)
    assert answer["error_type"] == error_type


@pytest.mark.parametrize(
    ("project", "secret"),
    [
        ("project-test-11111111-1111-4111-8111-111111111111", "wrong"),
        ("project-test-22222222-2222-4222-8222-222222222222", "secret-test-anything"),
    ],
)
async def test_a_stranger_is_told_nothing(world: World, project: str, secret: str) -> None:
    """Also not what is wrong with what was sent."""
    answer = await world.back_end(project, secret).post("/passwords/authenticate", json={})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorized_credentials")


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ({}, "no_session_revoke_arguments"),
        ({"session_token": None}, "no_session_revoke_arguments"),
        ({"session_id": "x", "session_jwt": "y"}, "too_many_session_revoke_arguments"),
        ({"session_token": "x", "session_jwt": "y"}, "too_many_session_revoke_arguments"),
        ({"session_id": "x"}, "invalid_session_id"),
        ({"session_token": "x"}, "session_not_found"),
    ],
)
async def test_what_cannot_be_ended(ask: Ask, body: dict[str, str], error_type: str) -> None:
    answer = await ask("POST /sessions/revoke", body)
    assert answer["error_type"] == error_type


async def test_what_was_replaced_is_good_for_the_seconds_that_are_granted(
    ask: Ask, world: World
) -> None:
    """SES-2: the secret and its signed form alike."""
    granted = {"sessions": {"superseded_grace": 10}}
    assert (await world.admin().patch("/settings", json=granted)).status_code == 200
    begun = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": 10})
    await ask("POST /passwords/authenticate", {**ANN, "session_token": begun["session_token"]})
    for seconds, status in ((0, 200), (9, 200), (1, 404)):
        world.clock.advance(seconds)
        for name in ("session_token", "session_jwt"):
            answer = await ask("POST /sessions/authenticate", {name: begun[name]})
            assert answer["status_code"] == status
