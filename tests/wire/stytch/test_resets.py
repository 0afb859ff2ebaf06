"""A new password by e-mail."""

from typing import Any

import httpx2
import pytest

from tests.wire.stytch.apps import other_than
from tests.wire.stytch.conftest import Ask
from tests.wire.stytch.test_magic_links import refused, secret
from tests.world import CALLBACK, PASSWORD, VERIFIER, Person, World, challenge_of

ANN = "ann@demo.localhost"
PERSON = {"email": ANN, "password": PASSWORD}
ANOTHER = "another staple, a battery of horses"
START = "POST /passwords/email/reset/start"
RESET = "POST /passwords/email/reset"
DEAD = (401, "unable_to_auth_password_reset_token")


async def asked(ask: Ask, world: World, **more: Any) -> str:
    sent = await ask(START, {"email": ANN, **more})
    assert sent["status_code"] == 200, sent
    return await secret(world, ANN, "reset_password")


async def test_a_new_password(ask: Ask, world: World) -> None:
    """Every session of the user ends, and none begins: nothing was asked for."""
    begun = await ask("POST /passwords/authenticate", {**PERSON, "session_duration_minutes": 60})
    sent = await ask(START, {"email": ANN})
    assert sent.keys() == {"status_code", "request_id", "user_id", "email_id"}
    message = await world.message(ANN)
    assert (message.rendered.purpose, message.code) == ("password_reset", None)
    assert "30 minutes" in message.rendered.text
    token = await secret(world, ANN, "reset_password")
    answer = await ask(RESET, {"token": token, "password": ANOTHER})
    assert (answer["user_id"], answer["session"]) == (sent["user_id"], None)
    ended = await ask("POST /sessions/authenticate", {"session_token": begun["session_token"]})
    assert refused(ended) == (404, "session_not_found")
    old = await ask("POST /passwords/authenticate", PERSON)
    assert refused(old) == (401, "unauthorized_credentials")
    new = await ask("POST /passwords/authenticate", {**PERSON, "password": ANOTHER})
    assert new["status_code"] == 200
    assert refused(await ask(RESET, {"token": token, "password": PASSWORD})) == DEAD


async def test_it_makes_good_what_wrong_answers_put_out_of_use(
    ask: Ask, world: World, ann: Person
) -> None:
    """OTP-8, for the password and for the codes to that mailbox, of both dialects; only that can be waited for."""
    send, check = "POST /otps/email/send", "POST /otps/authenticate"
    sent = await ask(send, {"email": ANN})
    code = {"method_id": sent["email_id"], "code": await world.code(ANN)}
    await ask(check, {**code, "code": other_than(code["code"])})
    await ask("POST /passwords/authenticate", {**PERSON, "password": ANOTHER})
    async with world.open_work() as work:
        assert await work.sql.run("UPDATE strikes SET strikes = 100") == 2
    blocked = (429, "user_lock_limit_reached")
    assert refused(await ask("POST /passwords/authenticate", PERSON)) == blocked
    assert refused(await ask(check, code)) == blocked
    body = {"client_id": "demo-shop", **PERSON}
    assert (await ann.post("/password/login", body)).status_code == 403

    await ask(RESET, {"token": await asked(ask, world), "password": ANOTHER})
    new = await ask("POST /passwords/authenticate", {**PERSON, "password": ANOTHER})
    assert new["status_code"] == 200
    await ask(send, {"email": ANN})
    code = {**code, "code": await world.code(ANN)}
    assert (await ask(check, code))["status_code"] == 200


async def test_it_ends_what_the_other_dialect_gave(ask: Ask, world: World, ann: Person) -> None:
    """M30."""
    await ann.log_in()
    await ask(RESET, {"token": await asked(ask, world), "password": ANOTHER})
    answer = await ann.http.get("/identity/v1/userinfo", headers=ann.bearer)
    assert answer.status_code == 401


async def test_the_session_after_it_holds_the_mailbox_alone(ask: Ask, world: World) -> None:
    """REC-5: what was read in the mailbox is one factor, and the second ones are still asked for."""
    cleo = {"email": "cleo@demo.localhost"}
    await ask(START, cleo)
    token = await secret(world, cleo["email"], "reset_password")
    answer = await ask(RESET, {"token": token, "password": ANOTHER, "session_duration_minutes": 60})
    (factor,) = answer["session"]["authentication_factors"]
    assert (factor["type"], factor["delivery_method"]) == ("magic_link", "email")
    assert [phone["verified"] for phone in answer["user"]["phone_numbers"]] == [True]


async def test_a_session_that_is_named_is_followed_by_another(ask: Ask, world: World) -> None:
    begun = await ask("POST /passwords/authenticate", {**PERSON, "session_duration_minutes": 60})
    other = await ask(
        "POST /passwords/authenticate",
        {**PERSON, "email": "bob@demo.localhost", "session_duration_minutes": 5},
    )
    token = await asked(ask, world)
    body = {"token": token, "password": ANOTHER}
    for stranger, error in (
        (other["session_token"], (400, "user_id_mismatch")),
        ("x", (404, "session_not_found")),
    ):
        assert refused(await ask(RESET, {**body, "session_token": stranger})) == error
    answer = await ask(RESET, {**body, "session_token": begun["session_token"]})
    assert answer["session"]["session_id"] != begun["session"]["session_id"]
    assert answer["session"]["expires_at"] == begun["session"]["expires_at"]
    assert len(answer["session"]["authentication_factors"]) == 1
    sessions = await ask("GET /sessions", user_id=answer["user_id"])
    assert [one["session_id"] for one in sessions["sessions"]] == [answer["session"]["session_id"]]


async def test_it_verifies_the_address_and_makes_active(ask: Ask, world: World) -> None:
    new = "new@example.com"
    body = {"email": new, "create_user_as_pending": True}
    await ask("POST /magic_links/email/login_or_create", body)
    await ask(START, {"email": new})
    token = await secret(world, new, "reset_password")
    answer = await ask(RESET, {"token": token, "password": ANOTHER})
    assert answer["user"]["status"] == "active"
    assert answer["user"]["emails"][0]["verified"] is True
    assert answer["user"]["password"] is not None


async def test_it_lifts_a_lock(ask: Ask, world: World) -> None:
    for _ in range(10):
        await ask("POST /passwords/authenticate", {**PERSON, "password": "wrong horse"})
    locked = await ask("POST /passwords/authenticate", PERSON)
    assert locked["error_type"] == "user_lock_limit_reached"
    answer = await ask(RESET, {"token": await asked(ask, world), "password": ANOTHER})
    assert answer["user"]["is_locked"] is False
    body = {**PERSON, "password": ANOTHER}
    assert (await ask("POST /passwords/authenticate", body))["status_code"] == 200


@pytest.mark.parametrize("password", ["short", "password1", "x" * 1025, ANN])
async def test_a_weak_password_spends_nothing(ask: Ask, world: World, password: str) -> None:
    token = await asked(ask, world)
    answer = await ask(RESET, {"token": token, "password": password})
    assert refused(answer) == (400, "weak_password")
    assert (await ask(RESET, {"token": token, "password": ANOTHER}))["status_code"] == 200


@pytest.mark.parametrize(
    ("more", "seconds"), [({}, 1800), ({"reset_password_expiration_minutes": 5}, 300)]
)
async def test_it_lives_as_long_as_it_was_asked_to(
    ask: Ask, world: World, more: dict[str, int], seconds: int
) -> None:
    """Used, expired, replaced or never sent is one answer."""
    late = await asked(ask, world, **more)
    world.clock.advance(seconds)
    assert refused(await ask(RESET, {"token": late, "password": ANOTHER})) == DEAD
    replaced, newest = await asked(ask, world, **more), await asked(ask, world, **more)
    assert refused(await ask(RESET, {"token": replaced, "password": ANOTHER})) == DEAD
    assert refused(await ask(RESET, {"token": "x" * 64, "password": ANOTHER})) == DEAD
    world.clock.advance(seconds - 1)
    assert (await ask(RESET, {"token": newest, "password": ANOTHER}))["status_code"] == 200


async def test_a_link_is_good_for_what_it_was_sent_for(ask: Ask, world: World) -> None:
    """ML-5: a link that logs in resets nothing, and one that resets logs nobody in."""
    token = await asked(ask, world)
    answer = await ask("POST /magic_links/authenticate", {"token": token})
    assert refused(answer) == (404, "magic_link_not_found")
    await ask("POST /magic_links/email/send", {"email": ANN})
    link = await secret(world, ANN)
    assert refused(await ask(RESET, {"token": link, "password": ANOTHER})) == DEAD
    assert (await ask("POST /magic_links/authenticate", {"token": link}))["status_code"] == 200
    assert (await ask(RESET, {"token": token, "password": ANOTHER}))["status_code"] == 200


async def test_or_log_in_without_a_new_password(ask: Ask, world: World) -> None:
    """A link beside the other, where the application names a page for it; both are good once."""
    token = await asked(ask, world, login_redirect_url=CALLBACK)
    body = (await world.message(ANN)).rendered.text
    assert "sign in without a new password" in body
    (beside,) = [word for word in body.split() if "stytch_token_type=login&" in word]
    login = {"token": httpx2.URL(beside).params["token"]}
    answer = await ask("POST /magic_links/authenticate", {**login, "session_duration_minutes": 5})
    assert [f["type"] for f in answer["session"]["authentication_factors"]] == ["magic_link"]
    again = await ask("POST /magic_links/authenticate", login)
    assert refused(again) == (401, "unable_to_auth_magic_link")
    assert (await ask(RESET, {"token": token, "password": ANOTHER}))["status_code"] == 200
    await asked(ask, world)
    assert "stytch_token_type=login" not in (await world.message(ANN)).rendered.text


@pytest.mark.parametrize(
    ("more", "status", "error_type"),
    [
        ({"email": "nobody@example.com"}, 404, "email_not_found"),
        ({"reset_password_expiration_minutes": 4}, 400, "invalid_expiration"),
        ({"reset_password_expiration_minutes": 10_081}, 400, "invalid_expiration"),
        ({"locale": "it"}, 400, "invalid_locale"),
        ({"code_challenge": "x"}, 400, "invalid_pkce_code_challenge"),
        (
            {"reset_password_redirect_url": "https://evil.example"},
            400,
            "no_match_for_provided_magic_link_url",
        ),
        (
            {"login_redirect_url": "https://evil.example"},
            400,
            "no_match_for_provided_magic_link_url",
        ),
    ],
)
async def test_what_cannot_be_asked(
    ask: Ask, world: World, more: dict[str, Any], status: int, error_type: str
) -> None:
    assert refused(await ask(START, {"email": ANN, **more})) == (status, error_type)
    await world.deliver()
    assert world.carrier.messages == []


async def test_only_who_asked_may_use_it(ask: Ask, world: World) -> None:
    token = await asked(ask, world, code_challenge=challenge_of(VERIFIER))
    body = {"token": token, "password": ANOTHER}
    assert refused(await ask(RESET, body)) == (400, "pkce_expected_code_verifier")
    wrong = await ask(RESET, {**body, "code_verifier": "another"})
    assert refused(wrong) == (400, "pkce_mismatch")
    elsewhere = {**body, "code_verifier": VERIFIER, "options": {"ip_match_required": True}}
    here = {"attributes": {"ip_address": "198.51.100.1"}}
    assert refused(await ask(RESET, {**elsewhere, **here})) == (401, "attribute_mismatch")
    assert (await ask(RESET, {**body, "code_verifier": VERIFIER}))["status_code"] == 200
