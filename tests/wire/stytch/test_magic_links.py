"""Links by e-mail, invitations, and links that an application sends itself."""

from typing import Any

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.wire.stytch.conftest import Ask
from tests.world import (
    CALLBACK,
    PASSWORD,
    PROJECT,
    PROJECT_SECRET,
    VERIFIER,
    World,
    challenge_of,
)

ANN, NEW = "ann@demo.localhost", "new@example.com"
PERSON = {"email": ANN, "password": PASSWORD}
HERE = {"ip_address": "198.51.100.1", "user_agent": "Browser/1"}
DEAD = (401, "unable_to_auth_magic_link")
UNKNOWN = (404, "magic_link_not_found")


async def secret(world: World, to: str, kind: str = "magic_links") -> str:
    """What the newest message's link brings back to the application."""
    link = httpx2.URL(str((await world.message(to)).link))
    assert str(link).startswith(f"{CALLBACK}?stytch_token_type={kind}&token=")
    return str(link.params["token"])


def refused(answer: Any) -> tuple[int, str]:
    return answer["status_code"], answer["error_type"]


async def test_sent_and_authenticated(ask: Ask, world: World) -> None:
    sent = await ask("POST /magic_links/email/send", {"email": ANN})
    assert sent.keys() == {"status_code", "request_id", "user_id", "email_id"}
    message = await world.message(ANN)
    assert (message.rendered.purpose, message.code) == ("login_link", None)
    assert "1 hour" in message.rendered.text
    assert message.link is not None
    assert message.link in message.rendered.text
    token = await secret(world, ANN)
    answer = await ask(
        "POST /magic_links/authenticate",
        {"token": token, "session_duration_minutes": 60, "attributes": HERE},
    )
    assert (answer["user_id"], answer["method_id"]) == (sent["user_id"], sent["email_id"])
    assert answer["reset_sessions"] is False
    assert answer["session"]["attributes"] == HERE
    (factor,) = answer["session"]["authentication_factors"]
    assert (factor["type"], factor["delivery_method"]) == ("magic_link", "email")
    assert factor["email_factor"] == {"email_id": sent["email_id"], "email_address": ANN}


async def test_nothing_but_the_call_spends_it(ask: Ask, world: World) -> None:
    """ML-2: the link leads to the application; our own link page does not know its secret (ML-5)."""
    await ask("POST /magic_links/email/send", {"email": ANN})
    token = await secret(world, ANN)
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = await world.http.request(method, f"/link/{token}")
        assert answer.status_code != 200, method
    assert (await ask("GET /magic_links/authenticate"))["status_code"] == 405
    assert (await ask("POST /magic_links/authenticate", {"token": token}))["status_code"] == 200


async def test_good_once_and_the_newest_alone(ask: Ask, world: World) -> None:
    """ML-4, ML-6."""
    await ask("POST /magic_links/email/send", {"email": ANN})
    first = await secret(world, ANN)
    await ask("POST /magic_links/email/send", {"email": ANN})
    second = await secret(world, ANN)
    assert refused(await ask("POST /magic_links/authenticate", {"token": first})) == DEAD
    assert (await ask("POST /magic_links/authenticate", {"token": second}))["status_code"] == 200
    assert refused(await ask("POST /magic_links/authenticate", {"token": second})) == DEAD


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "A" * 44 + "=", "é" * 64])
async def test_a_link_that_never_was(ask: Ask, token: str) -> None:
    assert refused(await ask("POST /magic_links/authenticate", {"token": token})) == UNKNOWN


@pytest.mark.parametrize(("asked", "seconds"), [({}, 3600), ({"login_expiration_minutes": 5}, 300)])
async def test_it_lives_as_long_as_it_was_asked_to(
    ask: Ask, world: World, asked: dict[str, int], seconds: int
) -> None:
    """ML-8, of which the application decides here."""
    for late in (1, 0):
        await ask("POST /magic_links/email/send", {"email": ANN, **asked})
        token = await secret(world, ANN)
        world.clock.advance(seconds - late)
        answer = await ask("POST /magic_links/authenticate", {"token": token})
        assert answer["status_code"] == (200 if late else 401)


async def test_who_is_new_signs_up(ask: Ask, world: World) -> None:
    """The other page and the other lifetime, for who is new or still pending."""
    body = {"email": NEW, "create_user_as_pending": True, "login_expiration_minutes": 5}
    sent = await ask("POST /magic_links/email/login_or_create", body)
    assert sent["user_created"] is True
    user = await ask(f"GET /users/{sent['user_id']}")
    assert user["status"] == "pending"
    assert [email["verified"] for email in user["emails"]] == [False]
    again = await ask("POST /magic_links/email/login_or_create", body)
    assert (again["user_created"], again["user_id"]) == (False, sent["user_id"])
    token = await secret(world, NEW)
    assert "7 days" in (await world.message(NEW)).rendered.text
    world.clock.advance(7 * 86_400 - 1)
    answer = await ask("POST /magic_links/authenticate", {"token": token})
    assert answer["user"]["status"] == "active"
    assert answer["user"]["emails"][0]["verified"] is True
    known = await ask("POST /magic_links/email/login_or_create", body)
    assert known["user_created"] is False
    world.clock.advance(5 * 60)
    late = await ask("POST /magic_links/authenticate", {"token": await secret(world, NEW)})
    assert refused(late) == DEAD


@pytest.mark.parametrize(
    ("asked", "error_type"),
    [
        ({"login_expiration_minutes": 4}, "invalid_expiration"),
        ({"signup_expiration_minutes": 10_081}, "invalid_expiration"),
        ({"locale": "de"}, "invalid_locale"),
        ({"email": "nobody"}, "invalid_email"),
        ({"code_challenge": "short"}, "invalid_pkce_code_challenge"),
        ({"code_challenge": "=" * 43}, "invalid_pkce_code_challenge"),
        (
            {"login_magic_link_url": "https://evil.example"},
            "no_match_for_provided_magic_link_url",
        ),
        (
            {"signup_magic_link_url": f"{CALLBACK}/"},
            "no_match_for_provided_magic_link_url",
        ),
        ({"user_id": "user-test-x", "session_token": "y"}, "too_many_user_selection_arguments"),
    ],
)
async def test_what_cannot_be_asked(
    ask: Ask, world: World, asked: dict[str, Any], error_type: str
) -> None:
    answer = await ask("POST /magic_links/email/send", {"email": ANN, **asked})
    assert refused(answer) == (400, error_type)
    await world.deliver()
    assert world.carrier.messages == []


async def test_in_the_language_that_was_asked_for(ask: Ask, world: World) -> None:
    await ask("POST /magic_links/email/login_or_create", {"email": NEW, "locale": "fr"})
    assert "7 jours" in (await world.message(NEW)).rendered.text
    for locale in ("en", "es", "pt-br", None):
        body = {"email": NEW, "locale": locale}
        assert (await ask("POST /magic_links/email/send", body))["status_code"] == 200


async def test_nobody_has_the_address(ask: Ask) -> None:
    answer = await ask("POST /magic_links/email/send", {"email": NEW})
    assert refused(answer) == (404, "email_not_found")


async def test_without_a_page_to_lead_to(make_world: MakeWorld) -> None:
    """Each call says which page is missing."""
    world = await make_world(
        f"project: {{project_id: {PROJECT}, secrets: [{PROJECT_SECRET}]}}", "bare"
    )
    back_end = world.back_end()
    for path, error_type in (
        ("/magic_links/email/login_or_create", "no_login_redirect_urls_set"),
        ("/magic_links/email/invite", "no_invite_redirect_urls_set"),
        ("/passwords/email/reset/start", "no_password_reset_redirect_url"),
    ):
        answer = await back_end.post(path, json={"email": NEW})
        assert (answer.status_code, answer.json()["error_type"]) == (400, error_type)


async def test_only_who_asked_may_use_it(ask: Ask, world: World) -> None:
    """A verifier is demanded if, and only if, a challenge was given; a mistake spends nothing."""
    challenged = {"email": ANN, "code_challenge": challenge_of(VERIFIER)}
    for asked, given, error_type in (
        (challenged, None, "pkce_expected_code_verifier"),
        (challenged, "another", "pkce_mismatch"),
        ({"email": ANN}, VERIFIER, "pkce_did_not_expect_code_verifier"),
    ):
        await ask("POST /magic_links/email/send", asked)
        body = {"token": await secret(world, ANN)}
        answer = await ask("POST /magic_links/authenticate", {**body, "code_verifier": given})
        assert refused(answer) == (400, error_type)
        right = VERIFIER if "code_challenge" in asked else None
        answer = await ask("POST /magic_links/authenticate", {**body, "code_verifier": right})
        assert answer["status_code"] == 200


@pytest.mark.parametrize(
    ("attributes", "options", "status"),
    [
        (HERE, {"ip_match_required": True, "user_agent_match_required": True}, 200),
        ({**HERE, "user_agent": "Other"}, {"ip_match_required": True}, 200),
        ({**HERE, "user_agent": "Other"}, {"user_agent_match_required": True}, 401),
        ({**HERE, "ip_address": "198.51.100.2"}, {"ip_match_required": True}, 401),
        (None, {"ip_match_required": True}, 401),
        (None, {"ip_match_required": False, "user_agent_match_required": False}, 200),
        (None, None, 200),
    ],
)
async def test_from_where_it_was_asked(
    ask: Ask,
    world: World,
    attributes: dict[str, str] | None,
    options: dict[str, bool] | None,
    status: int,
) -> None:
    await ask("POST /magic_links/email/send", {"email": ANN, "attributes": HERE})
    token = await secret(world, ANN)
    body = {"token": token, "attributes": attributes, "options": options}
    answer = await ask("POST /magic_links/authenticate", body)
    assert answer["status_code"] == status
    if status == 401:
        assert answer["error_type"] == "attribute_mismatch"
        assert (await ask("POST /magic_links/authenticate", {"token": token}))["status_code"] == 200


async def test_beside_a_password(ask: Ask, world: World) -> None:
    """It is added to the session, and refreshed there; another's session spends nothing (SES-10)."""
    begun = await ask("POST /passwords/authenticate", {**PERSON, "session_duration_minutes": 5})
    other = await ask(
        "POST /passwords/authenticate",
        {**PERSON, "email": "bob@demo.localhost", "session_duration_minutes": 5},
    )
    session = begun["session_token"]
    for _ in range(2):
        await ask("POST /magic_links/email/send", {"email": ANN, "session_token": session})
        token = await secret(world, ANN)
        for stranger, error in (
            (other["session_token"], (400, "user_id_mismatch")),
            ("x", (404, "session_not_found")),
        ):
            body = {"token": token, "session_token": stranger}
            assert refused(await ask("POST /magic_links/authenticate", body)) == error
        added = await ask(
            "POST /magic_links/authenticate", {"token": token, "session_token": session}
        )
        types = [factor["type"] for factor in added["session"]["authentication_factors"]]
        assert types == ["password", "magic_link"]
        assert added["session"]["session_id"] == begun["session"]["session_id"]
        session = added["session_token"]


async def test_another_address_is_added(ask: Ask, world: World) -> None:
    """It is nobody's until its link comes back, within five minutes, and then the user's, verified."""
    begun = await ask("POST /passwords/authenticate", {**PERSON, "session_duration_minutes": 60})
    asked = {"email": NEW, "session_token": begun["session_token"]}
    for late in (0, 1):
        sent = await ask("POST /magic_links/email/send", asked)
        assert sent["user_id"] == begun["user_id"]
        user = await ask(f"GET /users/{sent['user_id']}")
        assert {"email_id": sent["email_id"], "email": NEW, "verified": False} in user["emails"]
        body = {**asked, "email": "third@example.com"}
        third = await ask("POST /magic_links/email/send", body)
        assert refused(third) == (400, "too_many_unverified_factors")
        token = await secret(world, NEW)
        world.clock.advance(300 - 1 + (1 - late))
        answer = await ask("POST /magic_links/authenticate", {"token": token})
        if not late:
            assert refused(answer) == DEAD
            user = await ask(f"GET /users/{sent['user_id']}")
            assert [email["email"] for email in user["emails"]] == [ANN]
        else:
            assert answer["method_id"] == sent["email_id"]
            assert {email["email"]: email["verified"] for email in answer["user"]["emails"]} == {
                ANN: True,
                NEW: True,
            }
    bob = await ask("POST /passwords/authenticate", {**PERSON, "email": "bob@demo.localhost"})
    taken = await ask("POST /magic_links/email/send", {"email": NEW, "user_id": bob["user_id"]})
    assert refused(taken) == (400, "duplicate_email")


async def test_a_locked_user(ask: Ask, world: World) -> None:
    """AB-9: a link of before the lock opens nothing either, whoever sent it, and is good once that is over."""
    sent = await ask(
        "POST /magic_links/email/send", {"email": ANN, "login_expiration_minutes": 120}
    )
    made = await ask("POST /magic_links", {"user_id": sent["user_id"], "expiration_minutes": 120})
    tokens = (await secret(world, ANN), made["token"])
    for _ in range(10):
        await ask("POST /passwords/authenticate", {**PERSON, "password": "wrong horse"})
    locked = (429, "user_lock_limit_reached")
    for token in tokens:
        assert refused(await ask("POST /magic_links/authenticate", {"token": token})) == locked
    assert refused(await ask("POST /magic_links/email/send", {"email": ANN})) == locked
    world.clock.advance(3600)
    for token in tokens:
        answer = await ask("POST /magic_links/authenticate", {"token": token})
        assert answer["status_code"] == 200


async def test_messages_are_counted_whatever_they_hold(ask: Ask, world: World) -> None:
    """SND-1: codes and links to one address share a budget; who is over it keeps the last link (AB-4)."""
    for _ in range(5):
        assert (await ask("POST /otps/email/send", {"email": ANN}))["status_code"] == 200
    for _ in range(5):
        assert (await ask("POST /magic_links/email/send", {"email": ANN}))["status_code"] == 200
    token = await secret(world, ANN)
    for call in ("magic_links/email/send", "otps/email/send"):
        assert refused(await ask(f"POST /{call}", {"email": ANN})) == (429, "too_many_requests")
    assert (await ask("POST /magic_links/authenticate", {"token": token}))["status_code"] == 200
    reset = await ask("POST /passwords/email/reset/start", {"email": ANN})
    assert reset["status_code"] == 200, "which has a budget of its own"


async def test_an_invitation(ask: Ask, world: World) -> None:
    body = {
        "email": NEW,
        "name": {"first_name": "Nora", "last_name": "Neu"},
        "trusted_metadata": {"plan": "gold"},
        "invite_magic_link_url": CALLBACK,
        "invite_expiration_minutes": 10_080,
    }
    sent = await ask("POST /magic_links/email/invite", body)
    user = await ask(f"GET /users/{sent['user_id']}")
    assert (user["status"], user["name"]["first_name"]) == ("pending", "Nora")
    assert user["trusted_metadata"] == {"plan": "gold"}
    again = await ask("POST /magic_links/email/invite", body)
    assert refused(again) == (400, "user_already_invited")
    world.clock.advance(7 * 86_400 - 1)
    answer = await ask("POST /magic_links/authenticate", {"token": await secret(world, NEW)})
    assert (answer["method_id"], answer["user"]["status"]) == (sent["email_id"], "active")
    assert refused(await ask("POST /magic_links/email/invite", body)) == (400, "duplicate_email")


async def test_an_invitation_is_revoked(ask: Ask, world: World) -> None:
    """Its link dies; the user stays pending, and may be invited again, as when it has expired."""
    revoke = "POST /magic_links/email/revoke_invite"
    assert refused(await ask(revoke, {"email": NEW})) == (404, "email_not_found")
    await ask("POST /magic_links/email/invite", {"email": NEW})
    token = await secret(world, NEW)
    assert (await ask(revoke, {"email": NEW}))["status_code"] == 200
    assert refused(await ask("POST /magic_links/authenticate", {"token": token})) == DEAD
    assert refused(await ask(revoke, {"email": NEW})) == UNKNOWN
    assert (await ask("POST /magic_links/email/invite", {"email": NEW}))["status_code"] == 200
    world.clock.advance(3600)
    assert (await ask("POST /magic_links/email/invite", {"email": NEW}))["status_code"] == 200


async def test_a_link_that_the_application_sends(ask: Ask, world: World) -> None:
    """It verifies nothing, and is never worth a second factor (REC-7)."""
    new = await ask("POST /magic_links/email/login_or_create", {"email": NEW})
    messages = len(world.carrier.messages)
    made = await ask("POST /magic_links", {"user_id": new["user_id"], "attributes": HERE})
    assert made["user_id"] == new["user_id"]
    await world.deliver()
    assert len(world.carrier.messages) <= messages + 1
    asked = {"token": made["token"], "session_duration_minutes": 5}
    answer = await ask("POST /magic_links/authenticate", asked)
    (factor,) = answer["session"]["authentication_factors"]
    assert (factor["type"], factor["delivery_method"]) == ("magic_link", "embedded")
    assert factor["embeddable_magic_link_factor"] == {"embedded_id": answer["method_id"]}
    assert answer["user"]["emails"][0]["verified"] is False
    assert refused(await ask("POST /magic_links/authenticate", asked)) == DEAD


async def test_an_embedded_link_has_an_end(ask: Ask, world: World) -> None:
    person = await ask("POST /passwords/authenticate", PERSON)
    body = {"user_id": person["user_id"], "attributes": HERE}
    for minutes, answered in ((None, 60), (5, 5), (10_080, 10_080)):
        for late in (1, 0):
            made = await ask("POST /magic_links", {**body, "expiration_minutes": minutes})
            world.clock.advance(answered * 60 - late)
            answer = await ask("POST /magic_links/authenticate", {"token": made["token"]})
            assert answer["status_code"] == (200 if late else 401)
    made = await ask("POST /magic_links", body)
    token = {"token": made["token"]}
    elsewhere = await ask(
        "POST /magic_links/authenticate", {**token, "options": {"ip_match_required": True}}
    )
    assert refused(elsewhere) == (401, "attribute_mismatch")
    assert (await ask("POST /magic_links/authenticate", token))["status_code"] == 200
    for minutes in (4, 10_081, 0):
        answer = await ask("POST /magic_links", {**body, "expiration_minutes": minutes})
        assert refused(answer) == (400, "invalid_expiration")
    nobody = f"user-test-{'0' * 8}-0000-4000-8000-{'0' * 12}"
    answer = await ask("POST /magic_links", {"user_id": nobody})
    assert refused(answer) == (404, "user_not_found")
