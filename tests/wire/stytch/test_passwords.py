"""Passwords: chosen, judged, replaced; and one that somebody else may have set."""

from typing import Any

import pytest

from tests.wire.stytch.conftest import Ask
from tests.wire.stytch.test_magic_links import secret
from tests.wire.stytch.test_users import ANN, EMAIL, PHONE, logged_in, said
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, World

STRONG, STRONGER = "a horse that nobody staples", "seven quiet lamps on the pier"
DORA = {"email": EMAIL, "password": STRONG}
GONE = (404, "session_not_found")


async def alive(ask: Ask, token: str) -> bool:
    answer = await ask("POST /sessions/authenticate", {"session_token": token})
    return bool(answer["status_code"] == 200)


async def test_somebody_new_with_a_password(ask: Ask) -> None:
    answer = await ask(
        "POST /passwords",
        {
            **DORA,
            "session_duration_minutes": 60,
            "session_custom_claims": {"plan": "gold"},
            "trusted_metadata": {"a": 1},
            "name": {"first_name": "Dora"},
        },
    )
    assert answer["status_code"] == 200
    user, session = answer["user"], answer["session"]
    assert user["emails"] == [{"email_id": answer["email_id"], "email": EMAIL, "verified": False}]
    assert user["password"]["requires_reset"] is False
    assert (user["trusted_metadata"], user["name"]["first_name"]) == ({"a": 1}, "Dora")
    assert [f["type"] for f in session["authentication_factors"]] == ["password"]
    assert session["custom_claims"] == {"plan": "gold"}
    assert await alive(ask, answer["session_token"])
    assert (await logged_in(ask, DORA))["status_code"] == 200


async def test_no_session_comes_with_it_unasked(ask: Ask) -> None:
    answer = await ask("POST /passwords", DORA)
    assert (answer["session_token"], answer["session_jwt"], answer["session"]) == ("", "", None)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({**DORA, "email": "ann@demo.localhost"}, "duplicate_email"),
        ({**DORA, "password": "password1"}, "weak_password"),
        ({**DORA, "password": "tigerwood22"}, "weak_password"),
        ({**DORA, "password": "xK9!q"}, "weak_password"),
        ({**DORA, "password": "x" * 1025}, "weak_password"),
        ({**DORA, "email": "x"}, "invalid_email"),
        ({**DORA, "session_duration_minutes": 4}, "invalid_session_duration_minutes"),
        ({**DORA, "untrusted_metadata": {"a": "x" * 4100}}, "metadata_too_large"),
    ],
)
async def test_what_is_not_taken(ask: Ask, body: dict[str, Any], error: str) -> None:
    assert said(await ask("POST /passwords", body)) == (400, error)
    wanted = {"filter_name": "email_address", "filter_value": [EMAIL]}
    found = await ask("POST /users/search", {"query": {"operator": "AND", "operands": [wanted]}})
    assert found["results"] == []


@pytest.mark.parametrize(
    ("password", "valid"),
    [("password1", False), ("tigerwood22", False), ("aQ7!x", False), (STRONG, True), ("", False)],
)
async def test_how_strong_it_is(ask: Ask, password: str, valid: bool) -> None:
    answer = await ask("POST /passwords/strength_check", {"password": password})
    assert answer["valid_password"] is valid
    assert answer["valid_password"] is False or answer["score"] >= 3
    assert (answer["strength_policy"], answer["breached_password"]) == ("zxcvbn", False)
    assert answer["breach_detection_on_create"] is False
    feedback = answer["feedback"]
    assert feedback.keys() == {"warning", "suggestions", "luds_requirements"}
    assert isinstance(feedback["warning"], str)
    assert bool(feedback["suggestions"]) is (answer["score"] < 3)


async def test_words_of_the_person_make_it_weaker(ask: Ask) -> None:
    password = "dora.lighthouse-keeper@example.com"
    alone = await ask("POST /passwords/strength_check", {"password": password})
    beside = await ask("POST /passwords/strength_check", {"password": password, "email": password})
    assert (alone["valid_password"], beside["valid_password"]) == (True, False)


async def test_replaced_by_who_knows_it(ask: Ask, world: World) -> None:
    """Every session ends; a new one comes only if it is asked for. The owner is told."""
    first, second = await logged_in(ask, ANN), await logged_in(ask, ANN)
    body = {
        "email": ANN["email"],
        "existing_password": PASSWORD,
        "new_password": STRONG,
        "session_token": first["session_token"],
    }
    answer = await ask("POST /passwords/existing_password/reset", body)
    assert (answer["status_code"], answer["session"]) == (200, None)
    for token in (first["session_token"], second["session_token"]):
        assert not await alive(ask, token)
    assert (await world.message(ANN["email"])).rendered.purpose == "security_notice"
    assert said(await logged_in(ask, ANN)) == (401, "unauthorized_credentials")
    again = await ask(
        "POST /passwords/existing_password/reset",
        {
            "email": ANN["email"],
            "existing_password": STRONG,
            "new_password": STRONGER,
            "session_duration_minutes": 5,
        },
    )
    assert [f["type"] for f in again["session"]["authentication_factors"]] == ["password"]
    assert await alive(ask, again["session_token"])


async def test_who_does_not_know_it_replaces_nothing(ask: Ask) -> None:
    """A wrong one counts towards the lock, as at a login."""
    body = {"email": ANN["email"], "existing_password": PASSWORD, "new_password": STRONG}
    line = "POST /passwords/existing_password/reset"
    assert said(await ask(line, {**body, "email": "no@example.com"})) == (404, "email_not_found")
    assert said(await ask(line, {**body, "new_password": "password1"})) == (400, "weak_password")
    assert said(await ask(line, {**body, "session_token": "x"})) == GONE
    wrong = (401, "unauthorized_credentials")
    for _ in range(10):
        assert said(await ask(line, {**body, "existing_password": "x"})) == wrong
    assert said(await ask(line, body)) == (429, "user_lock_limit_reached")


async def test_replaced_in_a_session(ask: Ask) -> None:
    """Other sessions end, this one goes on as it was."""
    first, second = await logged_in(ask, ANN), await logged_in(ask, ANN)
    body = {"password": STRONG, "session_token": first["session_token"]}
    answer = await ask("POST /passwords/session/reset", body)
    assert answer["session_token"] == first["session_token"]
    assert answer["session"]["expires_at"] == first["session"]["expires_at"]
    assert await alive(ask, first["session_token"])
    assert not await alive(ask, second["session_token"])
    assert (await logged_in(ask, {**ANN, "password": STRONG}))["status_code"] == 200
    by_jwt = await ask(
        "POST /passwords/session/reset",
        {
            "password": STRONGER,
            "session_jwt": answer["session_jwt"],
            "session_duration_minutes": 5,
        },
    )
    assert (by_jwt["status_code"], by_jwt["session_token"]) == (200, "")
    assert by_jwt["session"]["expires_at"] < first["session"]["expires_at"]


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (301, 401)])
async def test_a_session_that_is_too_old(ask: Ask, world: World, seconds: int, status: int) -> None:
    token = (await logged_in(ask, ANN))["session_token"]
    world.clock.advance(seconds)
    body = {"password": STRONG, "session_token": token}
    answer = await ask("POST /passwords/session/reset", body)
    assert answer["status_code"] == status
    if status == 401:
        assert answer["error_type"] == "session_too_old_to_reset_password"


async def test_a_phone_is_not_enough(ask: Ask, world: World) -> None:
    await ask("POST /users", {"phone_number": PHONE})
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE})
    body = {"method_id": sent["phone_id"], "code": await world.code(PHONE)}
    begun = await ask("POST /otps/authenticate", {**body, "session_duration_minutes": 60})
    reset = {"password": STRONG, "session_token": begun["session_token"]}
    too_old = (401, "session_too_old_to_reset_password")
    assert said(await ask("POST /passwords/session/reset", reset)) == too_old


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({}, (400, "no_session_arguments")),
        ({"session_token": "x"}, GONE),
        ({"session_token": "x", "session_jwt": "y"}, (400, "too_many_session_arguments")),
    ],
)
async def test_no_session_at_all(ask: Ask, named: dict[str, str], error: tuple[int, str]) -> None:
    assert said(await ask("POST /passwords/session/reset", {"password": STRONG, **named})) == error


async def by_code(ask: Ask, world: World, **more: Any) -> Any:
    """Dora's mailbox, proved."""
    sent = await ask("POST /otps/email/send", {"email": EMAIL})
    body = {"method_id": sent["email_id"], "code": await world.code(EMAIL)}
    return await ask("POST /otps/authenticate", {**body, "session_duration_minutes": 60, **more})


async def test_a_password_that_its_owner_may_not_have_set(ask: Ask, world: World) -> None:
    """Somebody took the address; its owner comes by mail. The password opens nothing, and what it had opened ends."""
    waiting = await ask("POST /passwords", {**DORA, "session_duration_minutes": 60})
    owner = await by_code(ask, world)
    assert owner["reset_sessions"] is True
    assert owner["user"]["password"]["requires_reset"] is True
    assert not await alive(ask, waiting["session_token"])
    reset = (400, "reset_password")
    assert said(await logged_in(ask, DORA)) == reset
    wrong = (401, "unauthorized_credentials")
    assert said(await logged_in(ask, {**DORA, "password": "x"})) == wrong
    by_existing = {"email": EMAIL, "existing_password": STRONG, "new_password": STRONGER}
    assert said(await ask("POST /passwords/existing_password/reset", by_existing)) == reset
    for _ in range(20):
        assert said(await logged_in(ask, DORA)) == reset, "it locks nobody out"
    chosen = {"password": STRONGER, "session_token": owner["session_token"]}
    answer = await ask("POST /passwords/session/reset", chosen)
    assert answer["user"]["password"]["requires_reset"] is False
    assert (await logged_in(ask, {**DORA, "password": STRONGER}))["status_code"] == 200
    assert said(await logged_in(ask, DORA)) == wrong


async def test_a_mailbox_that_is_verified_by_who_has_the_password(ask: Ask, world: World) -> None:
    """With the password's session passed along, the usual verification resets nothing."""
    begun = await ask("POST /passwords", {**DORA, "session_duration_minutes": 60})
    other = await logged_in(ask, DORA)
    verified = await by_code(ask, world, session_token=begun["session_token"])
    assert verified["reset_sessions"] is False
    assert verified["user"]["password"]["requires_reset"] is False
    assert await alive(ask, other["session_token"])
    later = await by_code(ask, world)
    assert later["user"]["password"]["requires_reset"] is False


async def test_a_reset_by_mail_makes_it_good(ask: Ask, world: World) -> None:
    """Also where the reset is what proves the mailbox first: what is chosen there is not distrusted."""
    for _ in range(2):
        await ask("POST /passwords", DORA)
        await ask("POST /passwords/email/reset/start", {"email": EMAIL})
        token = await secret(world, EMAIL, "reset_password")
        answer = await ask("POST /passwords/email/reset", {"token": token, "password": STRONGER})
        assert answer["user"]["password"]["requires_reset"] is False
        assert (await logged_in(ask, {**DORA, "password": STRONGER}))["status_code"] == 200
        await ask(f"DELETE /users/{answer['user_id']}")


async def test_a_link_does_as_a_code_does(ask: Ask, world: World) -> None:
    begun = await ask("POST /passwords", {**DORA, "session_duration_minutes": 60})
    await ask("POST /magic_links/email/send", {"email": EMAIL})
    token = await secret(world, EMAIL)
    answer = await ask("POST /magic_links/authenticate", {"token": token})
    assert answer["reset_sessions"] is True
    assert answer["user"]["password"]["requires_reset"] is True
    assert not await alive(ask, begun["session_token"])
    await ask("POST /passwords/email/reset/start", {"email": EMAIL})
    token = await secret(world, EMAIL, "reset_password")
    reset = await ask("POST /passwords/email/reset", {"token": token, "password": STRONGER})
    assert reset["user"]["password"]["requires_reset"] is False


async def test_it_holds_for_every_dialect(ask: Ask, world: World) -> None:
    """The password that opens nothing here opens nothing there; a code there bars it here (M30)."""
    await ask("POST /passwords", DORA)
    browser = world.browser()
    await browser.post(
        "/identity/v1/passwordless/start",
        json={**AUTHORIZATION, "auth_type": "email", "email": EMAIL},
    )
    proved = await browser.post(
        "/identity/v1/passwordless/verify",
        json={"client_id": CLIENT, "email": EMAIL, "verification_code": await world.code(EMAIL)},
    )
    assert proved.status_code == 200, proved.text
    assert said(await logged_in(ask, DORA)) == (400, "reset_password")
    there = await browser.post("/identity/v1/password/login", json={"client_id": CLIENT, **DORA})
    assert (there.status_code, there.json()["error_message_key"]) == (
        403,
        "error.password.mustBeReset",
    )
