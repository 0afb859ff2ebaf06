"""The face for pages: who may ask, what a stranger learns, and what a session alone does not open (AB-1, S1)."""

from typing import Any

import httpx2
import pytest

from ostiary.core.factors import password
from ostiary.wire.stytch.sdk.routes import ENDPOINTS
from tests.authenticator import Authenticator
from tests.security.conftest import CHEAP
from tests.security.lab import PATIENT, configure
from tests.security.test_passwords import Counting
from tests.wire.stytch.apps import code_of
from tests.wire.stytch.passkeys import DOMAIN, Browser
from tests.wire.stytch.sdk import ANN, BOB, BOBS_PHONE, CLEO, HOUR, PUBLIC_TOKEN, Page, told, types
from tests.world import (
    CALLBACK,
    ISSUER,
    PASSWORD,
    PROJECT,
    PROJECT_SECRET,
    SHOP,
    VERIFIER,
    World,
    challenge_of,
)

NOT_HERE = (401, "endpoint_not_authorized_for_sdk")
NOBODY_IN = (401, "user_unauthenticated")
CREDENTIALS = (401, "unauthorized_credentials")
INSUFFICIENT, STALE = (401, "insufficient_factors"), (401, "stale_factors")
NEW_PHONE, KNOWN = "+33699887766", "+33699887767"


@pytest.fixture
def page(world: World) -> Page:
    return Page(world)


# ---- what the SDK does


async def test_what_the_sdk_adapts_itself_to(page: Page) -> None:
    project = await page.ask(f"GET /projects/bootstrap/{PUBLIC_TOKEN}")
    assert (project["project_name"], project["vertical"]) == ("Demo", "CONSUMER")
    assert project["captcha_settings"] == {"enabled": False}
    assert project["dfp_protected_auth_enabled"] is False
    other = await page.ask("GET /projects/bootstrap/public-token-test-2")
    assert told(other) == (404, "project_not_found")


async def test_what_it_was_used_for_is_heard_by_nobody(world: World) -> None:
    answer = await world.http.post("/sdk/v1/events", json=[{"telemetry": {}, "event": {}}])
    assert answer.status_code == 204


async def test_two_factors_and_the_way_out(page: Page, world: World) -> None:
    """M20, M21, M23, SES-2: a password, a code, and the session's end."""
    first = await page.log_in(BOB)
    assert types(first) == ["password"]
    assert first["__user"] == first["user"]
    assert first["session"]["attributes"]["ip_address"]
    old = page.token
    second = await page.prove_phone(BOBS_PHONE)
    assert types(second) == ["password", "otp"]
    assert second["session"]["session_id"] == first["session"]["session_id"]
    assert page.token != old
    used = await page.ask("POST /sessions/authenticate", HOUR)
    assert used["session_token"] == page.token
    assert used["__user"]["user_id"] == used["session"]["user_id"]
    me = await page.ask("GET /users/me")
    assert me["user_id"] == used["session"]["user_id"]
    assert me["emails"][0]["email"] == BOB
    page.token, new = old, page.token
    assert told(await page.ask("POST /sessions/authenticate")) == (404, "session_not_found")
    page.token = new
    assert (await page.ask("POST /sessions/revoke"))["status_code"] == 200
    assert told(await page.ask("GET /users/me")) == (404, "session_not_found")


async def test_a_session_that_is_over_keeps_nobody_out(page: Page) -> None:
    """What it was is not gone on with: another one begins."""
    await page.log_in(BOB)
    await page.ask("POST /sessions/revoke")
    assert types(await page.log_in(BOB)) == ["password"]


async def test_who_is_new_gets_in_by_a_code(page: Page, world: World) -> None:
    for line, field, address in (
        ("POST /otps/sms/login_or_create", "phone_number", NEW_PHONE),
        ("POST /otps/whatsapp/login_or_create", "phone_number", NEW_PHONE),
        ("POST /otps/email/login_or_create", "email", "new@demo.localhost"),
    ):
        sent = await page.ask(line, {field: address})
        assert sent.keys() == {"method_id", "status_code", "request_id"}
        page.token = ""
        entered = await page.enter(sent["method_id"], await world.code(address))
        assert types(entered) == ["otp"]


async def known_by_phone(page: Page, world: World, phone: str = NEW_PHONE) -> None:
    """Somebody whose address this is, so that a code there is a first factor."""
    sent = await page.ask("POST /otps/sms/login_or_create", {"phone_number": phone})
    await page.enter(sent["method_id"], await world.code(phone))
    page.token = ""


async def test_a_code_to_who_is_known(page: Page, world: World) -> None:
    await known_by_phone(page, world)
    for channel, field, address in (
        ("sms", "phone_number", NEW_PHONE),
        ("whatsapp", "phone_number", NEW_PHONE),
        ("email", "email", BOB),
    ):
        page.token = ""
        sent = await page.ask(f"POST /otps/{channel}/send/primary", {field: address})
        await page.enter(sent["method_id"], await world.code(address))
        sent = await page.ask(f"POST /otps/{channel}/send/secondary", {field: address})
        again = await page.enter(sent["method_id"], await world.code(address))
        assert types(again) == ["otp"]


async def test_an_id_that_a_back_end_was_told_is_good_here(page: Page, world: World) -> None:
    await known_by_phone(page, world)
    sent = await world.back_end().post("/otps/sms/send", json={"phone_number": NEW_PHONE})
    code = await world.code(NEW_PHONE)
    assert types(await page.enter(sent.json()["phone_id"], code)) == ["otp"]
    bad = await page.ask("POST /otps/authenticate", {"method_id": "x", "token": "1", **HOUR})
    assert told(bad) == (400, "invalid_method_id")


async def test_an_app_from_beginning_to_end(page: Page, world: World) -> None:
    """TOTP-6, TOTP-7."""
    await page.log_in(BOB)
    await page.prove_phone(BOBS_PHONE)
    await page.prove_email(BOB)
    made = await page.ask("POST /totps", {"expiration_minutes": 60})
    assert made["qr_code"].startswith("data:image/png;base64,")
    assert made["__user"]["totps"] == [{"totp_id": made["totp_id"], "verified": False}]
    code = code_of(made["secret"], world.clock.now)
    raised = await page.ask("POST /totps/authenticate", {"totp_code": code, **HOUR})
    assert raised["totp_id"] == made["totp_id"]
    assert types(raised)[-1] == "totp"
    wrong = await page.ask("POST /totps/authenticate", {"totp_code": "000000", **HOUR})
    assert told(wrong) == (401, "unable_to_authenticate_totp")
    kept = await page.ask("POST /totps/recovery_codes")
    assert kept["totps"][0]["recovery_codes"] == made["recovery_codes"]
    spare = {"recovery_code": made["recovery_codes"][0], **HOUR}
    assert (await page.ask("POST /totps/recover", spare))["totp_id"] == made["totp_id"]
    assert told(await page.ask("POST /totps/recover", spare)) == (
        401,
        "unable_to_authenticate_recovery_code",
    )


async def test_a_passkey_from_beginning_to_end(page: Page) -> None:
    """WA-1, WA-6."""
    begun = await page.log_in(ANN)
    browser = Browser(Authenticator("Ann’s phone"))
    domain = {"domain": DOMAIN}
    asked = await page.ask("POST /webauthn/register/start", {**domain, "user_agent": "a browser"})
    made = browser.make(asked["public_key_credential_creation_options"])
    raised = await page.ask("POST /webauthn/register", {"public_key_credential": made, **HOUR})
    assert types(raised) == ["password", "webauthn"]
    id = raised["webauthn_registration_id"]
    named = await page.ask(f"PUT /webauthn/update/{id}", {"name": "my phone"})
    assert named["webauthn_registration"]["name"] == "my phone"
    asked = await page.ask("POST /webauthn/authenticate/start/secondary", domain)
    assert asked["user_id"] == begun["user_id"]
    given = browser.get(asked["public_key_credential_request_options"])
    body = {"public_key_credential": given, **HOUR}
    assert types(await page.ask("POST /webauthn/authenticate", body)) == ["password", "webauthn"]
    page.token = ""
    asked = await page.ask("POST /webauthn/authenticate/start/primary", domain)
    assert asked["user_id"] == ""
    given = browser.get(asked["public_key_credential_request_options"])
    body = {"public_key_credential": given, **HOUR}
    assert types(await page.ask("POST /webauthn/authenticate", body)) == ["webauthn"]
    again = await page.ask("POST /webauthn/authenticate", body)
    assert told(again) == (401, "unable_to_auth_webauthn_registration")
    stranger = Page(page.world)
    await stranger.log_in(CLEO)
    refused = await stranger.ask(f"PUT /webauthn/update/{id}", {"name": "mine"})
    assert told(refused) == (404, "webauthn_registration_not_found")


async def test_a_passkey_is_made_in_the_session_that_asked(page: Page, world: World) -> None:
    """WA-1: another session's question is not answered in this one."""
    await page.log_in(ANN)
    asked = await page.ask("POST /webauthn/register/start", {"domain": DOMAIN})
    made = Browser().make(asked["public_key_credential_creation_options"])
    elsewhere = Page(world)
    await elsewhere.log_in(ANN)
    refused = await elsewhere.ask(
        "POST /webauthn/register", {"public_key_credential": made, **HOUR}
    )
    assert told(refused) == (401, "unable_to_register_webauthn_registration")


async def link_of(page: Page, to: str) -> tuple[str, str]:
    """The page that the newest link leads to, and its token."""
    url = httpx2.URL((await page.world.message(to)).link or "")
    return str(url.copy_with(query=None)), url.params["token"]


async def test_links_work_in_the_browser_that_asked(page: Page) -> None:
    """ML-3: by the code challenge, which every link from a page has."""
    body = {**LETTER, "login_magic_link_url": CALLBACK}
    for line in (
        "POST /magic_links/email/login_or_create",
        "POST /magic_links/email/send/primary",
        "POST /magic_links/email/send/secondary",
    ):
        assert (await page.ask(line, body)).keys() == {"status_code", "request_id"}
        where, token = await link_of(page, ANN)
        assert where == CALLBACK
        entered = {"token": token, **HOUR}
        line = "POST /magic_links/authenticate"
        assert told(await page.ask(line, entered)) == (400, "pkce_expected_code_verifier")
        wrong = {**entered, "code_verifier": VERIFIER[::-1]}
        assert told(await page.ask(line, wrong)) == (400, "pkce_mismatch")
        right = {**entered, "code_verifier": VERIFIER}
        assert types(await page.ask(line, right)) == ["magic_link"]
        assert told(await page.ask(line, right)) == (401, "unable_to_auth_magic_link")
    bare = {name: value for name, value in body.items() if name != "code_challenge"}
    refused = await page.ask("POST /magic_links/email/send/primary", bare)
    assert told(refused) == (400, "invalid_pkce_code_challenge")


async def test_a_password_is_chosen_anew(page: Page) -> None:
    """REC-5: what that proves is the mailbox."""
    body = {**LETTER, "reset_password_redirect_url": CALLBACK}
    begun = await page.ask("POST /passwords/email/reset/start", body)
    assert begun.keys() == {"status_code", "request_id"}
    _, token = await link_of(page, ANN)
    password = "quite another horse with staples"
    new = {"token": token, "password": password, **HOUR}
    done = await page.ask("POST /passwords/email/reset", {**new, "code_verifier": VERIFIER})
    assert types(done) == ["magic_link"]
    page.token = ""
    assert types(await page.log_in(ANN, password)) == ["password"]
    again = await page.ask("POST /passwords/email/reset", {**new, "code_verifier": VERIFIER})
    assert told(again) == (401, "unable_to_auth_password_reset_token")


async def test_somebody_new_with_a_password(page: Page) -> None:
    weak = await page.ask("POST /passwords/strength_check", {"password": "aaaa", "email": ANN})
    assert (weak["valid_password"], weak["score"]) == (False, 0)
    body = {"email": "new@demo.localhost", "password": "correct horse with a staple", **HOUR}
    made = await page.ask("POST /passwords", body)
    assert types(made) == ["password"]
    assert made["email_id"] == made["__user"]["emails"][0]["email_id"]
    assert told(await page.ask("POST /passwords", body)) == (400, "duplicate_email")
    feeble = {**body, "email": "newer@demo.localhost", "password": "aaaaaaaa"}
    assert told(await page.ask("POST /passwords", feeble)) == (400, "weak_password")
    # an address that was never proved: nothing is added beside it
    refused = await page.ask("POST /otps/sms/send/secondary", {"phone_number": NEW_PHONE})
    assert told(refused) == (400, "too_many_unverified_factors")


async def test_another_password_by_the_present_one(page: Page) -> None:
    """AB-1: a wrong one is wrong for everybody. SES-8: every session ends."""
    first = await page.log_in(ANN)
    password = "quite another horse with staples"
    body = {"existing_password": PASSWORD, "new_password": password, **HOUR}
    line = "POST /passwords/existing_password/reset"
    wrong = {**body, "existing_password": "x" * 12}
    answers = [bare(await page.ask(line, {**wrong, "email": email})) for email in PEOPLE[:1]]
    page.token = ""
    answers += [bare(await page.ask(line, {**wrong, "email": email})) for email in PEOPLE[1:]]
    assert all(one == answers[0] for one in answers)
    assert told(answers[0]) == CREDENTIALS
    changed = await page.ask(line, {**body, "email": ANN})
    assert types(changed) == ["password"]
    page.token = first["session_token"]
    assert told(await page.ask("GET /users/me")) == (404, "session_not_found")


async def test_another_password_in_a_session(page: Page, world: World) -> None:
    await page.log_in(ANN)
    token = page.token
    body = {"password": "quite another horse with staples", **HOUR}
    changed = await page.ask("POST /passwords/session/reset", body)
    assert (changed["session_token"], types(changed)) == (token, ["password"])
    world.clock.advance(301)
    late = await page.ask("POST /passwords/session/reset", {**body, "password": PASSWORD})
    assert told(late) == (401, "session_too_old_to_reset_password")


async def test_what_people_say_of_themselves(page: Page) -> None:
    """ADM-3: and nothing that only an application may."""
    await page.log_in(ANN)
    body = {"name": {"first_name": "Anne"}, "untrusted_metadata": {"theme": "dark"}}
    changed = await page.ask("PUT /users/me", body)
    user = changed["__user"]
    assert (user["name"]["first_name"], user["untrusted_metadata"]) == ("Anne", {"theme": "dark"})
    for mine in ({"admin": True}, {}, None):
        refused = await page.ask("PUT /users/me", {"trusted_metadata": mine})
        assert told(refused) == (401, "cannot_update_trusted_metadata")
    sneaky = {"roles": ["admin"], "external_id": "x", "email": "e@x.example", "status": "active"}
    user = (await page.ask("PUT /users/me", sneaky))["__user"]
    assert (user["roles"], user["external_id"], user["emails"][0]["email"]) == ([], None, ANN)


async def test_factors_are_taken_away_by_who_has_proved_enough(page: Page, world: World) -> None:
    """M6, SES-6, WA-9: each of the visitor's own, and nobody else's."""
    await page.log_in(ANN)
    await page.prove_phone(NEW_PHONE)
    await page.prove_email(ANN)
    asked = await page.ask("POST /webauthn/register/start", {"domain": DOMAIN})
    made = Browser().make(asked["public_key_credential_creation_options"])
    await page.ask("POST /webauthn/register", {"public_key_credential": made, **HOUR})
    offered = await page.ask("POST /totps", {})
    me = await page.ask("GET /users/me")
    ids = {
        "/users/totps/": offered["totp_id"],
        "/users/webauthn_registrations/": me["webauthn_registrations"][0][
            "webauthn_registration_id"
        ],
        "/users/phone_numbers/": me["phone_numbers"][0]["phone_id"],
        "/users/emails/": me["emails"][0]["email_id"],
    }
    other = Page(world)
    await other.log_in(BOB)
    await other.prove_phone(BOBS_PHONE)
    for path, id in ids.items():
        assert told(await other.ask(f"DELETE {path}{id}")) == INSUFFICIENT
    await other.prove_email(BOB)
    for path, id in ids.items():
        assert (await other.ask(f"DELETE {path}{id}"))["status_code"] == 404, path
    one_factor = Page(world)
    await one_factor.log_in(ANN)
    for path, id in ids.items():
        assert told(await one_factor.ask(f"DELETE {path}{id}")) == INSUFFICIENT, path
    for path, id in list(ids.items())[:3]:
        gone = await page.ask(f"DELETE {path}{id}")
        assert gone["status_code"] == 200, gone
    user = gone["__user"]
    assert (user["webauthn_registrations"], user["totps"], user["phone_numbers"]) == ([], [], [])
    last = await page.ask(f"DELETE /users/emails/{ids['/users/emails/']}")
    assert told(last) == (400, "cannot_delete_last_primary_factor")


# ---- who may ask


BODIES: dict[str, dict[str, Any]] = {
    "/passwords/authenticate": {"email": ANN, "password": PASSWORD},
    "/otps/authenticate": {"method_id": "x", "token": "123456"},
    "/totps/authenticate": {"totp_code": "123456"},
    "/totps/recover": {"recovery_code": "aaaa-bbbb-cccc"},
    "/webauthn/register/start": {"domain": DOMAIN},
    "/webauthn/authenticate/start/primary": {"domain": DOMAIN},
    "/webauthn/authenticate/start/secondary": {"domain": DOMAIN},
    "/webauthn/register": {
        "public_key_credential": '{"id":"","rawId":"","type":"","response":'
        '{"clientDataJSON":"","attestationObject":""}}'
    },
    "/webauthn/authenticate": {"public_key_credential": "{}"},
    "/webauthn/update/{webauthn_registration_id}": {"name": "x"},
    "/users/me": {},
    "/magic_links/authenticate": {"token": "x"},
    "/passwords/email/reset": {"token": "x", "password": "x"},
    "/passwords": {"email": ANN, "password": PASSWORD},
    "/passwords/strength_check": {"password": "x"},
    "/passwords/existing_password/reset": {
        "email": ANN,
        "existing_password": PASSWORD,
        "new_password": "x",
    },
    "/passwords/session/reset": {"password": "x"},
}
WITH_SESSION = {
    "POST /otps/sms/send/secondary",
    "POST /otps/whatsapp/send/secondary",
    "POST /otps/email/send/secondary",
    "POST /totps",
    "POST /totps/authenticate",
    "POST /totps/recover",
    "POST /totps/recovery_codes",
    "POST /webauthn/register/start",
    "POST /webauthn/register",
    "POST /webauthn/authenticate/start/secondary",
    "PUT /webauthn/update/{webauthn_registration_id}",
    "POST /magic_links/email/send/secondary",
    "POST /passwords/session/reset",
    "POST /sessions/authenticate",
    "POST /sessions/revoke",
    "GET /users/me",
    "PUT /users/me",
    "DELETE /users/emails/{email_id}",
    "DELETE /users/phone_numbers/{phone_id}",
    "DELETE /users/totps/{totp_id}",
    "DELETE /users/webauthn_registrations/{webauthn_registration_id}",
}
KINDS = {
    "webauthn_registration_id": "webauthn-registration",
    "email_id": "email",
    "phone_id": "phone-number",
    "totp_id": "totp",
}
LETTER = {"email": ANN, "code_challenge": challenge_of(VERIFIER)}
LINES = [f"{one.method} {one.path.removeprefix('/sdk/v1')}" for one in ENDPOINTS if one.secured]


def body_of(line: str) -> dict[str, Any] | None:
    path = line.partition(" ")[2]
    if path.startswith("/otps/") and "email" in path:
        return {"email": ANN}
    if path.startswith("/otps/") and path not in BODIES:
        return {"phone_number": BOBS_PHONE}
    if (path.endswith("/start") and "reset" in path) or path.startswith("/magic_links/email"):
        return LETTER
    return BODIES.get(path)


async def asked(page: Page, line: str, **headers: str) -> tuple[int, str | None]:
    spelled = line.replace("{public_token}", PUBLIC_TOKEN)
    for name, kind in KINDS.items():
        id = f"{kind}-test-0198f2a0-0000-7000-8000-000000000000"
        spelled = spelled.replace(f"{{{name}}}", id)
    return told(await page.ask(spelled, body_of(line), **headers))


@pytest.mark.parametrize("line", LINES)
async def test_every_call_is_for_pages_of_the_project(line: str, world: World) -> None:
    """SES-3, OA-17: by its public token and nothing else, from its own origins."""
    page = Page(world)
    for pair in ((PROJECT, PROJECT_SECRET), ("public-token-test-2", ""), (PUBLIC_TOKEN[:-1], "")):
        page.public_token, page.token = pair
        assert await asked(page, line) == CREDENTIALS
    page = Page(world)
    assert await asked(page, line, authorization="") == CREDENTIALS
    bad = (400, "invalid_authorization_header")
    assert await asked(page, line, authorization="Bearer x") == bad
    assert await asked(page, line, origin="https://evil.example") == NOT_HERE


@pytest.mark.parametrize("line", LINES)
async def test_what_needs_a_session_has_one(line: str, world: World) -> None:
    """SES-3: none, one that is over, and what is none."""
    page = Page(world)
    if line not in WITH_SESSION:
        assert await asked(page, line) != NOBODY_IN
        return
    assert await asked(page, line) == NOBODY_IN
    await page.log_in(BOB)
    await page.ask("POST /sessions/revoke")
    gone = (404, "session_not_found")
    assert await asked(page, line) == gone
    for token in ("x", PROJECT_SECRET, "A" * 64):
        page.token = token
        assert await asked(page, line) == gone


async def test_a_back_ends_calls_are_not_for_pages(world: World) -> None:
    answer = await world.back_end(PUBLIC_TOKEN, PUBLIC_TOKEN).get("/debug/whoami")
    assert (answer.status_code, answer.json()["error_type"]) == NOT_HERE


async def preflight(world: World, path: str, origin: str, method: str) -> httpx2.Headers:
    asking = {"origin": origin, "access-control-request-method": method}
    answer = await world.http.request("OPTIONS", f"{ISSUER}{path}", headers=asking)
    return answer.headers


async def test_pages_of_the_project_may_read(page: Page, world: World) -> None:
    """OA-17: the origins of the project, echoed, with what the SDK sends; and no other."""
    for one in ENDPOINTS:
        path = one.path.replace("{public_token}", PUBLIC_TOKEN)
        said = await preflight(world, path, SHOP, one.method)
        assert said["access-control-allow-origin"] == SHOP
        assert said["access-control-allow-credentials"] == "true"
        assert one.method in said["access-control-allow-methods"]
        sent = {"authorization", "content-type", "x-sdk-client", "x-sdk-parent-host"}
        assert sent <= set(said["access-control-allow-headers"].split(", "))
        said = await preflight(world, path, "https://evil.example", one.method)
        assert not [name for name in said if name.startswith("access-control")]
    for origin, shown in ((SHOP, SHOP), ("https://evil.example", None)):
        headers = {"authorization": page.authorization, "origin": origin}
        answer = await world.http.get("/sdk/v1/users/me", headers=headers)
        assert answer.headers.get("access-control-allow-origin") == shown
        assert answer.headers["vary"] == "Origin"


# ---- what a stranger learns


PEOPLE = (ANN, BOB, "nobody@demo.localhost", "nobody@nowhere.example")


def bare(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "request_id"}


async def test_a_wrong_password_is_wrong_for_everybody(page: Page) -> None:
    """AB-1, PW-4."""
    answers = [
        bare(
            await page.ask(
                "POST /passwords/authenticate", {"email": email, "password": "x" * 12, **HOUR}
            )
        )
        for email in PEOPLE
    ]
    assert all(one == answers[0] for one in answers)
    assert told(answers[0]) == CREDENTIALS


@pytest.mark.parametrize(
    ("line", "field", "addresses"),
    [
        ("POST /otps/email/send/primary", "email", PEOPLE),
        ("POST /otps/sms/send/primary", "phone_number", (KNOWN, BOBS_PHONE, NEW_PHONE)),
        ("POST /otps/whatsapp/send/primary", "phone_number", (KNOWN, BOBS_PHONE, NEW_PHONE)),
    ],
)
async def test_a_code_for_nobody_is_answered_like_one_for_somebody(
    page: Page, world: World, line: str, field: str, addresses: tuple[str, ...]
) -> None:
    """AB-1: the same answer each time, ids of one sort, the same guesses; and nobody's code is never right."""
    await configure(world, **PATIENT)
    await known_by_phone(page, world, KNOWN)
    seen = []
    for address in addresses:
        first, again = [await page.ask(line, {field: address}) for _ in range(2)]
        assert first["method_id"] == again["method_id"]
        guesses = [told(await page.enter(first["method_id"], "1234567")) for _ in range(6)]
        seen.append((set(first), first["method_id"][:-36], guesses))
    assert all(one == seen[0] for one in seen), seen
    assert seen[0][2] == [(404, "otp_code_not_found")] * 5 + [(401, "unable_to_auth_otp_code")]
    await world.deliver()
    reached = {message.rendered.to for message in world.carrier.messages}
    assert not reached & {
        BOBS_PHONE,
        NEW_PHONE,
        *PEOPLE[2:],
    }  # his is a second factor, and no first one


@pytest.mark.parametrize(
    "line", ["POST /magic_links/email/send/primary", "POST /passwords/email/reset/start"]
)
async def test_a_link_for_nobody_is_answered_like_one_for_somebody(
    page: Page, world: World, line: str
) -> None:
    """AB-1: for as long as one may be asked for, and after that."""
    seen = []
    for email in PEOPLE:
        body = {**LETTER, "email": email, "login_magic_link_url": CALLBACK}
        seen.append([bare(await page.ask(line, body)) for _ in range(12)])
    assert all(one == seen[0] for one in seen), seen
    assert seen[0][0] == {"status_code": 200}
    assert told(seen[0][-1]) == (429, "too_many_requests")
    await world.deliver()
    assert not {message.rendered.to for message in world.carrier.messages} & set(PEOPLE[2:])


STRANGERS: dict[str, dict[str, Any]] = {
    "POST /passwords/authenticate": {"password": "x" * 12, **HOUR},
    "POST /passwords/existing_password/reset": {
        "existing_password": "x" * 12,
        "new_password": "quite another horse with staples",
        **HOUR,
    },
    "POST /otps/email/send/primary": {},
    "POST /magic_links/email/send/primary": LETTER,
    "POST /passwords/email/reset/start": LETTER,
}


@pytest.mark.parametrize("line", STRANGERS)
async def test_nobody_costs_what_somebody_costs(
    page: Page, world: World, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """AB-1, PW-4: as many statements, units of work and hashes; the first time and the second."""
    hasher, tally = Counting(CHEAP), world.database.tally
    monkeypatch.setattr(password, "HASHER", hasher)
    await configure(world, **PATIENT)
    await page.ask(line, {**STRANGERS[line], "email": "warm@up.example"})
    for _ in range(2):
        costs = set()
        for email in PEOPLE:
            hasher.calls.clear()
            before = tally.statements, tally.transactions
            await page.ask(line, {**STRANGERS[line], "email": email})
            after = tally.statements - before[0], tally.transactions - before[1]
            costs.add((*after, len(hasher.calls)))
        assert len(costs) == 1, costs


async def test_ids_say_nothing_of_when_or_whether(page: Page) -> None:
    """AB-1: not even how old somebody's address is."""
    ids = set()
    for email in (*PEOPLE, CLEO):
        sent = await page.ask("POST /otps/email/send/primary", {"email": email})
        ids.add(sent["method_id"].removeprefix("email-test-"))
    assert len(ids) == 5
    assert len({id[:4] for id in ids}) == 5  # those of the addresses themselves begin alike
    me = await page.log_in(ANN)
    assert me["user"]["emails"][0]["email_id"].removeprefix("email-test-") not in ids


async def test_calls_of_strangers_are_counted(page: Page, world: World) -> None:
    await configure(world, rate_limit={"requests": 2, "window": 60})
    body = {"email": ANN, "password": "x" * 12, **HOUR}
    answers = [told(await page.ask("POST /passwords/authenticate", body)) for _ in range(3)]
    assert answers == [CREDENTIALS, CREDENTIALS, (429, "too_many_requests")]


# ---- what a session alone does not open


async def test_one_factor_does_not_change_what_protects_an_account(
    page: Page, world: World
) -> None:
    """S1, WA-6, TOTP-7, STP-9: who has factors of two kinds shows two, one of them proved within the hour."""
    await page.log_in(BOB)
    guarded = {
        "POST /totps": {},
        "POST /totps/recovery_codes": None,
        "POST /webauthn/register/start": {"domain": DOMAIN},
        "POST /otps/sms/send/secondary": {"phone_number": NEW_PHONE},
        "POST /otps/email/send/secondary": {"email": "bobs-other@demo.localhost"},
    }
    for line, body in guarded.items():
        assert told(await page.ask(line, body)) == INSUFFICIENT, line
    await page.prove_phone(BOBS_PHONE)
    for line, body in guarded.items():
        assert told(await page.ask(line, body)) == INSUFFICIENT, line
    await page.prove_email(BOB)
    world.clock.advance(3599)
    asked = await page.ask("POST /webauthn/register/start", {"domain": DOMAIN})
    assert asked["status_code"] == 200
    world.clock.advance(1)
    await page.ask("POST /sessions/authenticate", {"session_duration_minutes": 600})


async def test_factors_that_were_proved_long_ago(page: Page, world: World) -> None:
    """STP-10."""
    await page.log_in(BOB)
    await page.prove_phone(BOBS_PHONE)
    await page.prove_email(BOB)
    await page.ask("POST /sessions/authenticate", {"session_duration_minutes": 600})
    world.clock.advance(3600)
    for line, body in (
        ("POST /totps", {}),
        ("POST /webauthn/register/start", {"domain": DOMAIN}),
        ("POST /otps/sms/send/secondary", {"phone_number": NEW_PHONE}),
    ):
        assert told(await page.ask(line, body)) == STALE, line


async def test_who_has_one_factor_adds_the_second_with_it(page: Page, world: World) -> None:
    """S1: while the session is fresh; and everybody of the account hears of it."""
    await page.log_in(ANN)
    assert types(await page.prove_phone(NEW_PHONE)) == ["password", "otp"]
    assert "was added" in (await world.message(ANN)).rendered.text


async def test_a_second_mailbox_is_no_way_round_the_first(page: Page) -> None:
    """S1: only a factor of another kind is added without the one there is."""
    await page.log_in(ANN)
    other = {"email": "anns-other@demo.localhost"}
    line = "POST /otps/email/send/secondary"
    assert told(await page.ask(line, other)) == INSUFFICIENT
    await page.prove_email(ANN)
    assert (await page.ask(line, other))["status_code"] == 200


async def test_a_passkey_that_was_asked_for_in_time_is_not_kept_too_late(
    page: Page, world: World
) -> None:
    """WA-6: the session is looked at again when the passkey comes."""
    await page.log_in(ANN)
    await page.ask("POST /sessions/authenticate", {"session_duration_minutes": 600})
    world.clock.advance(3599)
    asked = await page.ask("POST /webauthn/register/start", {"domain": DOMAIN})
    made = Browser().make(asked["public_key_credential_creation_options"])
    world.clock.advance(1)
    late = await page.ask("POST /webauthn/register", {"public_key_credential": made, **HOUR})
    assert told(late) == STALE


async def test_two_peoples_proofs_are_never_in_one_session(page: Page) -> None:
    """SES-10."""
    await page.log_in(ANN)
    body = {"email": BOB, "password": PASSWORD, **HOUR}
    assert told(await page.ask("POST /passwords/authenticate", body)) == (400, "user_id_mismatch")
