"""Passkeys of an application's own domain: registered, used, renamed, listed (WA-1 to WA-9)."""

import asyncio
import json

import pytest
import yaml

from tests.authenticator import Authenticator, Flag, base64url
from tests.conftest import MakeWorld
from tests.core.test_webauthn_factor import OF_LOGIN, OF_REGISTRATION
from tests.security.lab import configure, events, project
from tests.security.test_passkeys import NAMED, log_in, said, show
from tests.security.test_passkeys import of as made_there
from tests.wire.stytch.conftest import Ask
from tests.wire.stytch.passkeys import (
    DOMAIN,
    Browser,
    authenticate,
    browser_of,
    creation,
    register,
    request,
    user_of,
)
from tests.world import PASSWORD, SHOP, Person, World

ANN, BOB, CLEO = (f"{name}@demo.localhost" for name in ("ann", "bob", "cleo"))
SHOPS = "shop.demo.localhost"
WRONG_REGISTRATION = (401, "unable_to_register_webauthn_registration")
WRONG = (401, "unable_to_auth_webauthn_registration")


def told(answer: dict[str, object]) -> tuple[object, object]:
    return answer["status_code"], answer.get("error_type")


async def test_registered_and_used(ask: Ask, world: World) -> None:
    user, browser = await user_of(ask, ANN), Browser()
    options = await creation(
        ask, user, SHOPS, user_agent="a browser/1.0", return_passkey_credential_options=True
    )
    asked = json.loads(options)
    assert asked["rp"] == {"id": SHOPS, "name": "Demo"}
    assert asked["user"]["name"] == ANN
    assert asked["excludeCredentials"] == []
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "preferred",
    }
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-8, -7, -257]
    kept = await register(ask, user, browser.make(options), session_duration_minutes=60)
    registration = kept["webauthn_registration_id"]
    assert kept["user"]["webauthn_registrations"] == [
        {
            "webauthn_registration_id": registration,
            "domain": SHOPS,
            "user_agent": "a browser/1.0",
            "verified": True,
            "authenticator_type": "platform",
            "name": "",
        }
    ]
    [factor] = kept["session"]["authentication_factors"]
    assert (factor["type"], factor["delivery_method"]) == ("webauthn", "webauthn_registration")
    assert factor["webauthn_factor"] == {
        "webauthn_registration_id": registration,
        "domain": SHOPS,
        "user_agent": "a browser/1.0",
    }
    assert "was added" in (await world.message(ANN)).rendered.text
    for named in (user, None):
        given = browser.get(await request(ask, named, SHOPS))
        used = await authenticate(ask, given, session_duration_minutes=5)
        assert (used["user_id"], used["webauthn_registration_id"]) == (user, registration)
        assert len(used["session"]["authentication_factors"]) == 1
    bare = await authenticate(ask, browser.get(await request(ask, None, SHOPS)))
    assert (bare["session_token"], bare["session_jwt"], bare["session"]) == ("", "", None)


async def test_a_second_factor_beside_a_password(ask: Ask) -> None:
    """M25, SES-2: in the session that is named, under a new secret; again moves its time only."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    begun = await ask(
        "POST /passwords/authenticate",
        {"email": ANN, "password": PASSWORD, "session_duration_minutes": 60},
    )
    token = begun["session_token"]
    for _ in range(2):
        given = browser.get(await request(ask, user))
        raised = await authenticate(ask, given, session_token=token)
        types = [f["type"] for f in raised["session"]["authentication_factors"]]
        assert types == ["password", "webauthn"]
        gone = await ask("POST /sessions/authenticate", {"session_token": token})
        assert told(gone) == (404, "session_not_found")
        token = raised["session_token"]


async def test_what_an_application_says_of_its_owner(ask: Ask) -> None:
    """Its own id is in the passkey, and is what a login with it says."""
    user, browser = await user_of(ask, ANN), Browser()
    options = await creation(
        ask,
        user,
        override_id="customer 7",
        override_name="ann the first",
        override_display_name="Ann",
        authenticator_type="cross-platform",
    )
    asked = json.loads(options)
    assert asked["user"] == {
        "id": base64url(b"customer 7"),
        "name": "ann the first",
        "displayName": "Ann",
    }
    assert asked["authenticatorSelection"]["authenticatorAttachment"] == "cross-platform"
    assert (await register(ask, user, browser.make(options)))["status_code"] == 200
    used = await authenticate(ask, browser.get(await request(ask)))
    assert used["user_id"] == user
    again = json.loads(await creation(ask, user))
    assert [one["id"] for one in again["excludeCredentials"]] == [
        base64url(browser.phone.passkeys[0].id)
    ]
    assert json.loads(await creation(ask, user, SHOPS))["excludeCredentials"] == []


async def test_renamed_and_listed(ask: Ask) -> None:
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    assert (await authenticate(ask, browser.get(await request(ask))))["status_code"] == 200
    [found] = (await ask(f"GET /webauthn/credentials/{user}/{DOMAIN}"))["credentials"]
    assert found["credential_id"] == base64url(browser.phone.passkeys[0].id)
    assert (found["type"], bool(found["public_key"])) == ("public-key", True)
    id = found["webauthn_registration_id"]
    renamed = await ask(f"PUT /webauthn/{id}", {"name": "Ann’s phone"})
    assert renamed["webauthn_registration"]["name"] == "Ann’s phone"
    shown = await ask(f"GET /users/{user}")
    assert shown["webauthn_registrations"] == [renamed["webauthn_registration"]]
    assert (await ask(f"GET /webauthn/credentials/{user}/{SHOPS}"))["credentials"] == []
    # what it counts goes on from where it was
    assert (await authenticate(ask, browser.get(await request(ask))))["status_code"] == 200
    browser.phone.passkeys[0].count = 0
    assert told(await authenticate(ask, browser.get(await request(ask)))) == WRONG


@pytest.mark.parametrize(
    ("id", "name", "said"),
    [
        ("webauthn-registration-test-1", "x", (400, "invalid_webauthn_registration_id")),
        (
            "webauthn-registration-test-0198f2a0-0000-7000-8000-000000000000",
            "x",
            (404, "webauthn_registration_not_found"),
        ),
        (
            "webauthn-registration-test-0198f2a0-0000-7000-8000-000000000000",
            " ",
            (400, "empty_webauthn_registration_name"),
        ),
    ],
)
async def test_a_registration_that_is_none(
    ask: Ask, id: str, name: str, said: tuple[int, str]
) -> None:
    assert told(await ask(f"PUT /webauthn/{id}", {"name": name})) == said


async def test_no_other_credential_is_renamed(ask: Ask) -> None:
    begun = await ask("POST /passwords/authenticate", {"email": ANN, "password": PASSWORD})
    id = begun["user"]["password"]["password_id"].removeprefix("password-test-")
    answer = await ask(f"PUT /webauthn/webauthn-registration-test-{id}", {"name": "x"})
    assert told(answer) == (404, "webauthn_registration_not_found")


# ---- for whom


async def test_not_for_who_has_nothing_to_begin_with(ask: Ask, world: World) -> None:
    """WA-6: and not beside an address that was never proved."""
    pending = await ask(
        "POST /otps/sms/login_or_create",
        {"phone_number": "+33611223344", "create_user_as_pending": True},
    )
    line, domain = "POST /webauthn/register/start", {"domain": DOMAIN}
    refused = await ask(line, {"user_id": pending["user_id"], **domain})
    assert told(refused) == (400, "cannot_use_webauthn_with_pending_user")
    user = await user_of(ask, ANN)
    await ask("POST /otps/sms/send", {"phone_number": "+33611223345", "user_id": user})
    refused = await ask(line, {"user_id": user, **domain})
    assert told(refused) == (400, "too_many_unverified_factors")
    world.clock.advance(301)
    await creation(ask, user)


async def test_a_user_without_a_passkey_of_the_domain(ask: Ask) -> None:
    user = await user_of(ask, ANN)
    await browser_of(ask, user)
    refused = await ask("POST /webauthn/authenticate/start", {"user_id": user, "domain": SHOPS})
    assert told(refused) == (400, "no_active_webauthn_registrations")


@pytest.mark.parametrize(
    ("domain", "taken"),
    [
        (SHOPS, True),
        (SHOPS.upper(), True),
        (DOMAIN, True),
        ("localhost", False),  # everybody's
        ("evil.example", False),
        (f"a.{SHOPS}", False),
        ("op.demo.localhost", False),
        (f"{SHOPS}:8443", False),
        (SHOP, False),
        ("127.0.0.1", False),
        ("", False),
        (".", False),
        (".demo.localhost", False),
    ],
)
async def test_domains_of_the_project_and_no_others(ask: Ask, domain: str, taken: bool) -> None:
    """WA-2: the host of a page that is configured, or one above it that somebody can own."""
    user = await user_of(ask, ANN)
    for line in ("POST /webauthn/register/start", "POST /webauthn/authenticate/start"):
        body = {"domain": domain, **({"user_id": user} if "register" in line else {})}
        answer = await ask(line, body)
        expected = (200, None) if taken else (400, "invalid_webauthn_registration_domain")
        assert told(answer) == expected


# ---- WA-1: one answer, in time, of one kind, by who was asked


async def test_an_answer_is_good_once(ask: Ask) -> None:
    """WA-1: the same one, another to the same challenge, and a right one after a wrong one."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    options = await request(ask, user)
    given = browser.get(options)
    assert (await authenticate(ask, given))["status_code"] == 200
    for again in (given, browser.get(options)):
        assert told(await authenticate(ask, again)) == WRONG
    options = await request(ask, user)
    assert told(await authenticate(ask, browser.get(options, OF_LOGIN["another origin"]))) == WRONG
    assert told(await authenticate(ask, browser.get(options))) == WRONG
    another = Browser(Authenticator("another"))
    options = await creation(ask, user)
    made = another.make(options)
    assert (await register(ask, user, made))["status_code"] == 200
    for again in (made, another.make(options)):
        assert told(await register(ask, user, again)) == WRONG_REGISTRATION


async def test_of_simultaneous_answers_one_is_good(ask: Ask) -> None:
    """WA-1."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    given = browser.get(await request(ask, user))
    answers = await asyncio.gather(*(authenticate(ask, given) for _ in range(8)))
    assert sorted(one["status_code"] for one in answers) == [200] + [401] * 7
    made = Browser(Authenticator("another")).make(await creation(ask, user))
    answers = await asyncio.gather(*(register(ask, user, made) for _ in range(8)))
    assert sorted(one["status_code"] for one in answers) == [200] + [401] * 7


@pytest.mark.parametrize(("waited", "good"), [(119, True), (120, False)])
async def test_a_challenge_lives_two_minutes(
    ask: Ask, world: World, waited: int, good: bool
) -> None:
    """WA-1."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    given = browser.get(await request(ask, user))
    made = Browser(Authenticator("another")).make(await creation(ask, user))
    world.clock.advance(waited)
    assert ((await authenticate(ask, given))["status_code"] == 200) is good
    assert ((await register(ask, user, made))["status_code"] == 200) is good


async def test_a_challenge_is_for_one_ceremony_and_one_user(ask: Ask, ann: Person) -> None:
    """WA-1, WA-3: another user's, the other ceremony's, the other dialect's, nobody's session."""
    mine, theirs = await user_of(ask, ANN), await user_of(ask, CLEO)
    browser = await browser_of(ask, mine)
    made = Browser(Authenticator("another")).make(await creation(ask, theirs))
    assert told(await register(ask, mine, made)) == WRONG_REGISTRATION
    others = await browser_of(ask, theirs)
    given = others.get(await request(ask, mine))
    assert told(await authenticate(ask, given)) == WRONG
    # a login's challenge in a registration, and the other way round
    asked, wanted = json.loads(await request(ask, mine)), json.loads(await creation(ask, mine))
    made = Browser(Authenticator("more")).make(
        json.dumps({**wanted, "challenge": asked["challenge"]})
    )
    assert told(await register(ask, mine, made)) == WRONG_REGISTRATION
    given = browser.get(json.dumps({**asked, "challenge": wanted["challenge"]}))
    assert told(await authenticate(ask, given)) == WRONG
    # those of the other dialect
    there = await ann.post(
        "/webauthn/authentication-options", {"client_id": "demo-shop", "origin": SHOP}
    )
    given = browser.get(json.dumps({**asked, "challenge": there.json()["public_key"]["challenge"]}))
    assert told(await authenticate(ask, given)) == WRONG
    await ann.log_in()
    here = json.loads(await request(ask, mine))
    shown = browser.phone.get({"public_key": here})
    refused = await ann.post("/webauthn/authentication", shown)
    assert said(refused) == (401, "error.webauthn.invalidPasskey")


async def test_a_session_of_somebody_else_spends_nothing(ask: Ask) -> None:
    """SES-10."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    cleos = await ask(
        "POST /passwords/authenticate",
        {"email": CLEO, "password": PASSWORD, "session_duration_minutes": 60},
    )
    token = {"session_token": cleos["session_token"]}
    given = browser.get(await request(ask, user))
    assert told(await authenticate(ask, given, **token)) == (400, "user_id_mismatch")
    assert (await authenticate(ask, given))["status_code"] == 200
    made = Browser(Authenticator("another")).make(await creation(ask, user))
    assert told(await register(ask, user, made, **token)) == (400, "user_id_mismatch")
    gone = {"session_token": "A" * 64}
    assert told(await register(ask, user, made, **gone)) == (404, "session_not_found")
    assert (await register(ask, user, made))["status_code"] == 200


# ---- WA-2: each field of each answer


async def test_a_registration_that_differs_is_refused(ask: Ask) -> None:
    """WA-2: each of the ways in which one can be wrong; nothing of it is kept."""
    user = await user_of(ask, ANN)
    assert len(OF_REGISTRATION) >= 60
    for name, mutation in OF_REGISTRATION.items():
        made = Browser(Authenticator(name)).make(await creation(ask, user), mutation)
        assert told(await register(ask, user, made)) == WRONG_REGISTRATION, name
    assert (await ask(f"GET /users/{user}"))["webauthn_registrations"] == []


async def test_a_login_that_differs_is_refused(ask: Ask, world: World) -> None:
    """WA-2, OTP-8: and those that name a passkey count towards the lock."""
    user = await user_of(ask, ANN)
    await configure(world, lockout={"consecutive_failures": 100})
    browser = await browser_of(ask, user)
    assert len(OF_LOGIN) >= 60
    for name, mutation in OF_LOGIN.items():
        given = browser.get(await request(ask), mutation)
        assert told(await authenticate(ask, given)) == WRONG, name
        browser.phone.passkeys[0].count += 1
    assert len(await events(world, "credential.refused")) >= 30
    assert (await authenticate(ask, browser.get(await request(ask))))["status_code"] == 200


async def test_wrong_answers_lock_the_user(ask: Ask) -> None:
    """OTP-8, AB-9: for every factor; and a new passkey is no way round it."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    made = Browser(Authenticator("another")).make(await creation(ask, user))
    for _ in range(10):
        given = browser.get(await request(ask, user), OF_LOGIN["another relying party"])
        assert told(await authenticate(ask, given)) == WRONG
    locked = (429, "user_lock_limit_reached")
    assert told(await authenticate(ask, browser.get(await request(ask, user)))) == locked
    assert told(await register(ask, user, made)) == locked


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "{}", '{"id": 5}', '{"id":"\\u0000"}', "[" * 9_999, "\ud800", "é"],
)
async def test_an_answer_that_is_none(ask: Ask, text: str) -> None:
    """WA-8."""
    user = await user_of(ask, ANN)
    bad = (400, "invalid_public_key_credential")
    if text == "\ud800":  # it cannot even be sent
        text = '{"id":"\\ud800"}'
    assert told(await authenticate(ask, text)) == bad
    assert told(await register(ask, user, text)) == bad


async def test_a_passkey_has_one_owner(ask: Ask) -> None:
    """WA-3: not a second one, and not twice the first."""
    mine, theirs = await user_of(ask, ANN), await user_of(ask, CLEO)
    browser = await browser_of(ask, mine)
    for user in (mine, theirs):
        copy = Browser(Authenticator(browser.phone.name))
        made = copy.make(await creation(ask, user))
        refused = await register(ask, user, made)
        assert told(refused) == (400, "duplicate_webauthn_registration")


async def test_a_page_of_the_domain_and_no_other(make_world: MakeWorld) -> None:
    """WA-2: every page that is configured for this domain may answer; what is below it may not."""
    document = yaml.safe_load(project())
    till = "https://till.demo.localhost:8443"
    document["clients"][0]["redirect_uris"].append(f"{till}/landing")
    document["clients"][0]["origins"].append("https://www.elsewhere.example")
    world = await make_world(yaml.safe_dump(document), "domains")
    back_end = world.back_end()

    async def ask(line: str, body: dict[str, object] | None = None) -> dict[str, object]:
        method, path = line.split(" ")
        found: dict[str, object] = (await back_end.request(method, path, json=body)).json()
        return found

    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    browser.phone.origin = till
    good = await authenticate(ask, browser.get(await request(ask)))
    assert good["status_code"] == 200
    for origin in ("https://www.elsewhere.example", f"{till}0", "https://demo.localhost"):
        browser.phone.origin = origin
        assert told(await authenticate(ask, browser.get(await request(ask)))) == WRONG
    elsewhere = Browser(Authenticator("there", origin="https://www.elsewhere.example"))
    made = elsewhere.make(await creation(ask, user, "elsewhere.example"))
    assert (await register(ask, user, made))["status_code"] == 200
    refused = await ask("POST /webauthn/register/start", {"user_id": user, "domain": "example"})
    assert told(refused) == (400, "invalid_webauthn_registration_domain")


async def test_the_user_is_verified_where_policy_has_it(ask: Ask, world: World) -> None:
    """WA-4."""
    await configure(world, mfa={"passkey_is_mfa": True})
    user = await user_of(ask, ANN)
    options = await creation(ask, user)
    selection = json.loads(options)["authenticatorSelection"]
    assert selection["userVerification"] == "required"
    bare = Browser(Authenticator(flags=Flag.UP))
    assert told(await register(ask, user, bare.make(options))) == WRONG_REGISTRATION
    assert (await browser_of(ask, user)).phone.passkeys


# ---- one core, two dialects (M30)


async def test_made_here_used_there(ask: Ask, ann: Person) -> None:
    """Where the domain is the one that the server shares with its applications; and nowhere else."""
    user = await user_of(ask, ANN)
    browser = await browser_of(ask, user)
    assert (await log_in(ann, browser.phone))["amr"] == ["hwk"]
    shops = Browser(Authenticator("for the shop"))
    options = await creation(ask, user, SHOPS)
    assert (await register(ask, user, shops.make(options)))["status_code"] == 200
    refused = (401, "error.webauthn.invalidPasskey")
    assert said(await show(ann, shops.phone)) == refused
    await ann.log_in()
    offered = await ann.post("/webauthn/registration-options", NAMED, headers=ann.bearer)
    excluded = offered.json()["options"]["public_key"]["exclude_credentials"]
    assert [one["id"] for one in excluded] == [base64url(browser.phone.passkeys[0].id)]


async def test_made_there_used_here(ask: Ask, ann: Person) -> None:
    phone = await made_there(ann)
    user = await user_of(ask, ANN)
    [shown] = (await ask(f"GET /users/{user}"))["webauthn_registrations"]
    assert (shown["domain"], shown["name"]) == (DOMAIN, "a phone")
    browser = Browser(phone)
    used = await authenticate(ask, browser.get(await request(ask)), session_duration_minutes=5)
    assert used["webauthn_registration_id"] == shown["webauthn_registration_id"]
    [factor] = used["session"]["authentication_factors"]
    assert factor["webauthn_factor"]["domain"] == DOMAIN
