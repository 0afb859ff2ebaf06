"""Changing oneself and getting back in, told as conversations (M6, M12)."""

import httpx2
import pytest

from tests.world import AUTHORIZATION, CALLBACK, CLIENT, Person, World

NEW_PASSWORD = "a longer one than the old one was"


async def test_a_code_by_sms_logs_in(world: World, ann: Person) -> None:
    """Passwordless as the first factor: the code is checked without being spent, then redeemed."""
    await ann.log_in()
    await ann.post("/update-phone-number", {"phone_number": "+33611223344"}, headers=ann.bearer)
    ann.http.cookies.clear()
    started = await ann.post(
        "/passwordless/start",
        {**AUTHORIZATION, "auth_type": "sms", "phone_number": "+33611223344"},
    )
    assert started.status_code == 204
    answer = {
        "auth_type": "sms",
        "phone_number": "+33 6 11 22 33 44",
        "verification_code": await world.code("+33611223344"),
    }
    assert (await ann.post("/verify-auth-code", answer)).status_code == 204
    verified = await ann.post("/passwordless/verify", answer)
    assert (await ann.exchange(verified.json()["code"])).status_code == 200
    assert (await ann.post("/passwordless/verify", answer)).status_code == 401


async def test_a_magic_link_is_shown_without_being_spent(world: World, ann: Person) -> None:
    """ML-2, ML-4: looking spends nothing; the button works once."""
    started = await ann.post(
        "/passwordless/start",
        {**AUTHORIZATION, "auth_type": "magic_link", "email": ann.email, "state": "s1"},
    )
    assert started.status_code == 204
    link = (await world.message(ann.email)).link
    assert link is not None
    for _ in range(3):
        shown = await ann.http.get(link)
        assert shown.status_code == 200
        assert "<button>" in shown.text
    followed = await ann.http.post(link)
    assert followed.status_code == 303
    at = httpx2.URL(followed.headers["location"])
    assert str(at).startswith(CALLBACK)
    assert at.params["state"] == "s1"
    assert (await ann.exchange(at.params["code"])).status_code == 200
    assert (await ann.http.post(link)).status_code == 410


async def test_a_forgotten_password_is_set_anew(world: World, bob: Person) -> None:
    """REC-5: it logs nobody in, removes no factor, ends what was there, and lifts a lock."""
    await bob.log_in()
    asked = await bob.post("/forgot-password", {"client_id": CLIENT, "email": bob.email})
    assert asked.status_code == 204
    body = {
        "client_id": CLIENT,
        "email": bob.email,
        "verification_code": await world.code(bob.email),
        "password": NEW_PASSWORD,
    }
    reset = await bob.post("/update-password", body)
    assert reset.status_code == 204
    assert (await bob.post("/update-password", body)).status_code == 401
    assert (
        await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)
    ).status_code == 401  # the old grant is over
    bob.password = NEW_PASSWORD
    await bob.log_in()
    listed = await bob.http.get("/identity/v1/mfa/credentials", headers=bob.bearer)
    assert [item["type"] for item in listed.json()["credentials"]] == ["sms"]


@pytest.mark.parametrize("path", ["/forgot-password", "/account-recovery"])
async def test_an_unknown_address_is_answered_like_a_known_one(
    world: World, ann: Person, path: str
) -> None:
    """AB-1: the same answer and the same number of statements; nothing is sent."""

    async def cost(email: str) -> tuple[int, int]:
        before = world.database.tally.statements
        answer = await ann.post(path, {"client_id": CLIENT, "email": email})
        return answer.status_code, world.database.tally.statements - before

    await cost("bob@demo.localhost")  # the first one reads the settings, too
    assert await cost("ann@demo.localhost") == await cost("nobody@demo.localhost") == (204, 9)
    await world.deliver()
    sent = {message.rendered.to for message in world.carrier.messages}
    assert sent == {"ann@demo.localhost", "bob@demo.localhost"}


async def test_a_second_factor_is_removed_only_after_a_step_up(world: World, bob: Person) -> None:
    """M6, SES-6: and what it had raised is raised no longer."""
    await bob.log_in()
    at = "/identity/v1/mfa/credentials/phone-numbers"
    number = {"phone_number": "+33612345678"}
    refused = await bob.http.request("DELETE", at, json=number, headers=bob.bearer)
    assert refused.status_code == 401
    assert refused.json()["error_message_key"] == "error.authn.mfa.stepup.required"
    await bob.step_up()
    removed = await bob.http.request("DELETE", at, json=number, headers=bob.bearer)
    assert removed.status_code == 204
    told = await bob.http.post(
        "/oauth/introspect",
        data={"token": bob.tokens["access_token"]},
        auth=("backend", "backend-secret"),
    )
    assert told.json()["amr"] == ["pwd"]


async def test_a_verified_address_changes_once_the_new_one_is_confirmed(
    world: World, ann: Person
) -> None:
    """A code goes to the new address; until it comes back the old one stays."""
    await ann.log_in()
    changed = await ann.post("/update-email", {"email": "ann2@demo.localhost"}, headers=ann.bearer)
    assert changed.json()["email"] == "ann@demo.localhost"
    confirmed = await ann.post(
        "/verify-email",
        {
            "access_token": ann.tokens["access_token"],
            "email": "ann2@demo.localhost",
            "verification_code": await world.code("ann2@demo.localhost"),
        },
    )
    assert confirmed.status_code == 204
    me = await ann.http.get("/identity/v1/userinfo", headers=ann.bearer)
    assert (me.json()["email"], me.json()["email_verified"]) == ("ann2@demo.localhost", True)
    told = await world.message("ann@demo.localhost")  # the old address hears of it
    assert told.rendered.purpose == "security_notice"


async def test_changing_an_address_that_is_a_second_factor_needs_a_step_up(
    world: World, cleo: Person
) -> None:
    """M6."""
    await cleo.log_in()
    body = {"email": "new@demo.localhost"}
    refused = await cleo.post("/update-email", body, headers=cleo.bearer)
    assert refused.json()["error_message_key"] == "error.authn.mfa.stepup.required"
    await cleo.step_up()
    assert (await cleo.post("/update-email", body, headers=cleo.bearer)).status_code == 200
