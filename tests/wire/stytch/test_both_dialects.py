"""One core: what is proved, enrolled, locked or ended in one dialect is so in the other (M30)."""

import hashlib
from typing import Any

from tests.wire.stytch.conftest import Ask
from tests.world import AUTHORIZATION, COOKIE, PASSWORD, Person, World

PHONE = "+33611223344"


def types(session: Any) -> list[str]:
    return [factor["type"] for factor in session["authentication_factors"]]


async def test_enrolled_here_proved_there(ask: Ask, world: World, ann: Person) -> None:
    """A phone number that was proved beside a password steps the other dialect's session up."""
    session = await ask(
        "POST /passwords/authenticate",
        {"email": ann.email, "password": PASSWORD, "session_duration_minutes": 60},
    )
    token = session["session_token"]
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE, "session_token": token})
    code = await world.code(PHONE)
    await ask(
        "POST /otps/authenticate",
        {"method_id": sent["phone_id"], "code": code, "session_token": token},
    )
    await ann.log_in()
    listed = await ann.http.get("/identity/v1/mfa/credentials", headers=ann.bearer)
    assert [c["phone_number"] for c in listed.json()["credentials"]] == [PHONE]
    tokens = await ann.step_up("sms")
    told = await ann.http.post(
        "/oauth/introspect",
        json={"token": tokens["access_token"]},
        auth=("backend", "backend-secret"),
    )
    assert told.json()["amr"] == ["mfa", "sms", "pwd"]


async def test_enrolled_there_proved_here(ask: Ask, world: World, bob: Person) -> None:
    session = await ask(
        "POST /passwords/authenticate",
        {"email": bob.email, "password": PASSWORD, "session_duration_minutes": 60},
    )
    [phone] = session["user"]["phone_numbers"]
    assert phone["verified"] is True
    sent = await ask(
        "POST /otps/sms/send",
        {"phone_number": phone["phone_number"], "session_token": session["session_token"]},
    )
    assert sent["phone_id"] == phone["phone_id"]
    code = await world.code(phone["phone_number"])
    raised = await ask(
        "POST /otps/authenticate",
        {
            "method_id": sent["phone_id"],
            "code": code,
            "session_token": session["session_token"],
        },
    )
    assert types(raised["session"]) == ["password", "otp"]


async def test_a_step_up_there_shows_here_with_its_time(
    ask: Ask, world: World, bob: Person
) -> None:
    """And a session begun there is one of the user's here."""
    await bob.log_in()
    user = await ask("POST /passwords/authenticate", {"email": bob.email, "password": PASSWORD})
    [before] = (await ask("GET /sessions", user_id=user["user_id"]))["sessions"]
    assert types(before) == ["password"]
    world.clock.advance(60)
    await bob.step_up("sms")
    [after] = (await ask("GET /sessions", user_id=user["user_id"]))["sessions"]
    assert types(after) == ["password", "otp"]
    password, phone = after["authentication_factors"]
    assert phone["last_authenticated_at"] > password["last_authenticated_at"]
    assert after["session_id"] == before["session_id"]


async def test_the_token_that_was_superseded_is_dead_in_both(
    ask: Ask, world: World, bob: Person
) -> None:
    """SES-2: a session's secret is one, however it is carried."""
    session = await ask(
        "POST /passwords/authenticate",
        {"email": bob.email, "password": PASSWORD, "session_duration_minutes": 60},
    )
    old = session["session_token"]
    bob.http.cookies.set(COOKIE, old)
    assert (await bob.post("/mfa/stepup", AUTHORIZATION)).status_code == 200, "the same session"
    phone = session["user"]["phone_numbers"][0]
    sent = await ask(
        "POST /otps/sms/send", {"phone_number": phone["phone_number"], "session_token": old}
    )
    code = await world.code(phone["phone_number"])
    await ask(
        "POST /otps/authenticate",
        {"method_id": sent["phone_id"], "code": code, "session_token": old},
    )
    assert (await ask("POST /sessions/authenticate", {"session_token": old}))["error_type"] == (
        "session_not_found"
    )
    assert (await bob.post("/mfa/stepup", AUTHORIZATION)).status_code == 401


async def test_guesses_spread_over_both_share_one_budget(ask: Ask, bob: Person) -> None:
    """AB-3, OTP-8."""
    wrong = {"email": bob.email, "password": "wrong"}
    for _ in range(5):
        await ask("POST /passwords/authenticate", wrong)
        refused = await bob.http.post(
            "/identity/v1/password/login", json={"client_id": "demo-shop", **wrong}
        )
        assert refused.status_code == 401
    right = {"email": bob.email, "password": PASSWORD}
    answer = await ask("POST /passwords/authenticate", right)
    assert answer["error_type"] == "user_lock_limit_reached"
    elsewhere = await bob.http.post(
        "/identity/v1/password/login", json={"client_id": "demo-shop", **right}
    )
    assert elsewhere.status_code == 403


async def test_ended_by_an_operator_ended_here(ask: Ask, world: World, ann: Person) -> None:
    session = await ask(
        "POST /passwords/authenticate",
        {"email": ann.email, "password": PASSWORD, "session_duration_minutes": 60},
    )
    id = session["user_id"].removeprefix("user-test-")
    done = await world.admin().delete(f"/users/{id}/sessions")
    assert done.status_code == 204
    for name in ("session_token", "session_jwt"):
        answer = await ask("POST /sessions/authenticate", {name: session[name]})
        assert answer["error_type"] == "session_not_found"


async def test_a_factor_removed_there_counts_no_longer_here(
    ask: Ask, world: World, bob: Person
) -> None:
    """SES-6."""
    session = await ask(
        "POST /passwords/authenticate",
        {"email": bob.email, "password": PASSWORD, "session_duration_minutes": 60},
    )
    number = session["user"]["phone_numbers"][0]["phone_number"]
    sent = await ask(
        "POST /otps/sms/send", {"phone_number": number, "session_token": session["session_token"]}
    )
    code = await world.code(number)
    raised = await ask(
        "POST /otps/authenticate",
        {"method_id": sent["phone_id"], "code": code, "session_token": session["session_token"]},
    )
    assert types(raised["session"]) == ["password", "otp"]
    id = session["user_id"].removeprefix("user-test-")
    listed = (await world.admin().get(f"/users/{id}/credentials")).json()["items"]
    [phone] = [one["id"] for one in listed if one["type"] == "sms"]
    assert (await world.admin().delete(f"/users/{id}/credentials/{phone}")).status_code == 204
    answer = await ask("POST /sessions/authenticate", {"session_token": raised["session_token"]})
    assert types(answer["session"]) == ["password"]


async def test_a_password_brought_along_here_logs_in_there(ask: Ask, world: World) -> None:
    """M30: also by its old hash, for a user who was there without one."""
    email, password = "dora@example.com", "a horse that nobody staples"
    made = await ask("POST /users", {"email": email})
    hashed = hashlib.sha1(password.encode()).hexdigest()
    body = {"email": email, "hash": hashed, "hash_type": "sha_1", "set_email_verified": True}
    migrated = await ask("POST /passwords/migrate", body)
    assert (migrated["user_id"], migrated["user_created"]) == (made["user_id"], False)
    login = {"client_id": "demo-shop", "email": email, "password": password}
    assert (await world.http.post("/identity/v1/password/login", json=login)).status_code == 200
    wrong = {**login, "password": "another"}
    assert (await world.http.post("/identity/v1/password/login", json=wrong)).status_code == 401


async def test_a_second_factor_from_there_is_no_way_in_here(ask: Ask, bob: Person) -> None:
    """STP-13: a code goes there for a user who is named, and finds nobody by itself."""
    user = await ask("POST /passwords/authenticate", {"email": bob.email, "password": PASSWORD})
    [phone] = user["user"]["phone_numbers"]
    alone = {"phone_number": phone["phone_number"]}
    refused = await ask("POST /otps/sms/send", alone)
    assert (refused["status_code"], refused["error_type"]) == (404, "phone_number_not_found")
    named = await ask("POST /otps/sms/send", {**alone, "user_id": user["user_id"]})
    assert named["phone_id"] == phone["phone_id"]
    made = await ask("POST /otps/sms/login_or_create", alone)
    assert made["user_created"] is True
    assert made["user_id"] != user["user_id"]
