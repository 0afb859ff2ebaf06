"""An authenticator app and the other dialect, which has no word for it: no way around it, and no way past it."""

from typing import Any

import httpx2
import pytest

from ostiary.core import proving
from tests.security.lab import all_rows, claims, configure, run
from tests.wire.stytch.apps import App
from tests.wire.stytch.conftest import Ask
from tests.world import AUTHORIZATION, CLIENT, COOKIE, PASSWORD, Person, World

NEW_PHONE = "+33611223399"
STEP_UP = (401, "error.authn.mfa.stepup.required")
NO_CREDENTIAL = (400, "error.mfa.noCredential")
BOB = {"email": "bob@demo.localhost", "password": PASSWORD}


def key_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_message_key"]


async def add_phone(person: Person) -> httpx2.Response:
    path = "/mfa/credentials/phone-numbers"
    return await person.post(path, {"phone_number": NEW_PHONE}, headers=person.bearer)


async def logged_in(person: Person) -> dict[str, Any]:
    body = {"client_id": CLIENT, "email": person.email, "password": PASSWORD}
    told: dict[str, Any] = (await person.post("/password/login", body)).json()
    return told


@pytest.mark.parametrize("begin", [App.offered, App.active])
async def test_always_means_the_app_too(ask: Ask, world: World, ann: Person, begin: Any) -> None:
    """STP-13, M30: what the other dialect cannot ask for is not left out. One that was only offered is none."""
    await begin(ask, world)
    await configure(world, mfa={"require_at_login": "always"})
    told = await logged_in(ann)
    active = begin == App.active
    assert told.get("mfa_required", False) is active
    answer = await ann.authorize(tkn=told["tkn"])
    if not active:
        assert answer.status_code == 303
        return
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert "code" not in httpx2.URL(answer.headers.get("location", "")).params
    refused = await ann.post("/mfa/stepup", {**AUTHORIZATION, "tkn": told["tkn"]})
    assert key_of(refused) == NO_CREDENTIAL


async def test_a_login_under_way_ends_when_an_app_becomes_active(
    ask: Ask, world: World, ann: Person
) -> None:
    """S4: one factor was enough for it."""
    await configure(world, mfa={"require_at_login": "always"})
    tkn = (await logged_in(ann))["tkn"]
    await App.active(ask, world)
    answer = await ann.authorize(tkn=tkn)
    assert "code" not in httpx2.URL(answer.headers.get("location", "")).params


async def test_a_session_of_one_factor_is_not_enough_under_always(
    ask: Ask, world: World, ann: Person
) -> None:
    await ann.log_in()
    app = await App.active(ask, world)
    await configure(world, mfa={"require_at_login": "always"})
    answer = await ann.authorize(prompt="none")
    assert httpx2.URL(answer.headers["location"]).params["error"] == "login_required"
    begun = await app.logged_in()
    raised = await app.prove(session_token=begun["session_token"])
    ann.http.cookies.clear()
    ann.http.cookies.set(COOKIE, raised["session_token"])
    answer = await ann.authorize(prompt="none")
    assert httpx2.URL(answer.headers["location"]).params["code"]


async def test_an_app_guards_what_is_added_beside_it(ask: Ask, world: World, ann: Person) -> None:
    """STP-9 (CVE-2023-3597): neither a phone nor a passkey without it, and it is not listed."""
    await ann.log_in()
    app = await App.active(ask, world)
    assert key_of(await add_phone(ann)) == STEP_UP
    body = {"friendly_name": "key", "origin": "https://shop.demo.localhost:8443"}
    passkey = await ann.post("/webauthn/registration-options", body, headers=ann.bearer)
    assert key_of(passkey) == STEP_UP
    assert key_of(await ann.post("/mfa/stepup", AUTHORIZATION)) == NO_CREDENTIAL
    listed = await ann.http.get("/identity/v1/mfa/credentials", headers=ann.bearer)
    assert listed.json()["credentials"] == []

    begun = await app.logged_in()
    raised = await app.prove(session_token=begun["session_token"])
    ann.http.cookies.clear()
    ann.http.cookies.set(COOKIE, raised["session_token"])
    answer = await ann.authorize()
    code = httpx2.URL(answer.headers["location"]).params["code"]
    ann.tokens = (await ann.exchange(code)).json()
    said_there = claims(ann.tokens["access_token"])
    assert said_there["amr"] == ["mfa", "otp", "pwd"]
    assert said_there["acr"] == "urn:ostiary:acr:mfa"
    assert (await add_phone(ann)).json() == {"status": "sms_sent"}


@pytest.mark.parametrize(("begin", "added"), [(App.offered, True), (App.active, False)])
async def test_the_link_of_a_mail_adds_nothing_beside_an_app(
    ask: Ask, world: World, ann: Person, begin: Any, added: bool
) -> None:
    """STP-9: it was sent before there was one."""
    await run(world, "UPDATE contacts SET verified_at = NULL WHERE address = :a", a=ann.email)
    await ann.log_in()
    mail = await ann.post("/mfa/credentials/emails", {}, headers=ann.bearer)
    assert mail.json() == {"status": "email_sent"}
    link = (await world.message(ann.email)).link
    assert link is not None
    await run(world, "UPDATE contacts SET verified_at = 1 WHERE address = :a", a=ann.email)
    await begin(ask, world)
    followed = await ann.http.post(link)
    assert (followed.status_code == 410) is not added
    listed = await ann.http.get("/identity/v1/mfa/credentials", headers=ann.bearer)
    assert [one["type"] for one in listed.json()["credentials"]] == ["email"] * added


async def test_who_has_a_phone_as_well_steps_up_with_it(
    ask: Ask, world: World, bob: Person
) -> None:
    await App.active(ask, world, BOB)
    await configure(world, mfa={"require_at_login": "always"})
    told = await logged_in(bob)
    assert told["mfa_required"] is True
    begun = await bob.post("/mfa/stepup", {**AUTHORIZATION, "tkn": told["tkn"]})
    assert begun.json()["amr"] == ["sms"]
    challenge = await bob.challenge(begun.json()["token"])
    assert (await bob.verify(challenge, await world.code())).status_code == 200


async def test_a_recovery_code_is_no_second_factor_there(
    ask: Ask, world: World, ann: Person
) -> None:
    """REC-7: the session gets in, and its token says `pwd` alone."""
    app = await App.active(ask, world)
    begun = await app.logged_in()
    code = app.made["recovery_codes"][0]
    back = await app.recover(code, session_token=begun["session_token"])
    ann.http.cookies.set(COOKIE, back["session_token"])
    answer = await ann.authorize()
    tokens = await ann.exchange(httpx2.URL(answer.headers["location"]).params["code"])
    ann.tokens = tokens.json()
    told = claims(ann.tokens["access_token"])
    assert (told["amr"], told["acr"]) == (["pwd"], "urn:ostiary:acr:1fa")
    assert key_of(await add_phone(ann)) == STEP_UP
    await configure(world, mfa={"require_at_login": "always"})
    answer = await ann.authorize(prompt="none")
    assert httpx2.URL(answer.headers["location"]).params["error"] == "login_required"


async def test_an_app_ends_every_trust_in_a_browser(ask: Ask, world: World, bob: Person) -> None:
    """TD-2: it was given on other terms; so does the app's end."""
    await configure(world, mfa={"require_at_login": "always"})

    async def trusted() -> bool:
        challenge = await bob.challenge(await bob.step_up_token(tkn=(await logged_in(bob))["tkn"]))
        answer = {"challenge_id": challenge, "verification_code": await world.code()}
        verified = await bob.post("/passwordless/verify", {**answer, "trust_device": True})
        assert verified.status_code == 200
        return "mfa_required" not in await logged_in(bob)

    assert await trusted()
    await App.active(ask, world, BOB)
    assert (await logged_in(bob))["mfa_required"]
    assert await trusted()
    rows = await all_rows(world, "SELECT id FROM credentials WHERE kind = 'totp'")
    async with world.open_work() as work:
        await proving.totps.remove(work, rows[0]["id"])
    assert (await logged_in(bob))["mfa_required"]
