"""Second factors: listed, registered, verified, removed; trusted devices."""

from typing import Any

import pytest

from tests.conftest import MakeWorld
from tests.wire.test_transcript_session import BAD_TOKEN, NO_TOKEN
from tests.wire.transcript import UUID, Say, Shape, detail, error, said, tells
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, Person, World

LIST = "GET /identity/v1/mfa/credentials"
PHONE = "POST /identity/v1/mfa/credentials/phone-numbers"
VERIFY_PHONE = "POST /identity/v1/mfa/credentials/phone-numbers/verify"
REMOVE_PHONE = "DELETE /identity/v1/mfa/credentials/phone-numbers"
EMAIL = "POST /identity/v1/mfa/credentials/emails"
VERIFY_EMAIL = "POST /identity/v1/mfa/credentials/emails/verify"
REMOVE_EMAIL = "DELETE /identity/v1/mfa/credentials/emails"
DEVICES = "GET /identity/v1/mfa/trusteddevices"
FORGET = "DELETE /identity/v1/mfa/trusteddevices/{id}"
SIGN_UP = "POST /identity/v1/signup"

NUMBER = "+33611223344"
SMS_ITEM = {
    "type": "sms",
    "friendly_name": "33611223344",
    "created_at": "2027-01-15",
    "phone_number": NUMBER,
}
WRONG_CODE = error("invalid_grant", "error.invalidVerificationCode", "Invalid verification code")
NOT_FRESH = error(
    "invalid_grant", "error.accessToken.freshness", "Access token is not fresh enough."
)
NO_SCOPE = error(
    "insufficient_scope",
    "error.scope.insufficient",
    "The access token lacks the scope that this needs.",
)
STEP_UP_FIRST = error(
    "access_denied",
    "error.authn.mfa.stepup.required",
    "Prove a second factor first, then try again.",
)
SWITCHED_OFF = error(
    "access_denied", "error.feature.notAvailable", "This feature is not available."
)
TOO_MANY = error(
    "rate_limit_reached",
    "error.tooManyAttempts",
    "Too many codes were asked for. Wait, then try again.",
)
INVALID_TOKEN = 'Bearer error="invalid_token"'
TRUSTED = Shape(
    r"__Host-trusted-device-id=[\w-]{64}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure"
)


def email_item(address: str) -> dict[str, str]:
    return {
        "type": "email",
        "friendly_name": "identifier",
        "created_at": "2027-01-15",
        "email": address,
    }


def wrong(code: str) -> str:
    """A code of the same length that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


@tells(LIST)
async def test_the_second_factors_are_listed(say: Say, ann: Person, cleo: Person) -> None:
    await ann.log_in()
    said(await say(LIST, headers=ann.bearer), 200, {"credentials": []})
    await cleo.log_in()
    phone = {**SMS_ITEM, "friendly_name": "33698765432", "phone_number": "+33698765432"}
    said(
        await say(LIST, headers=cleo.bearer),
        200,
        {"credentials": [phone, email_item("cleo@demo.localhost")]},
    )


@tells(LIST)
async def test_an_old_token_still_lists(say: Say, ann: Person, world: World) -> None:
    """Freshness is asked of every write, not of listing (docs/divergences/reachfive.md)."""
    await ann.log_in()
    world.clock.advance(3599)
    said(await say(LIST, headers=ann.bearer), 200, {"credentials": []})


@tells(PHONE, VERIFY_PHONE, LIST)
async def test_a_phone_is_registered_by_the_code_it_got(
    say: Say, ann: Person, world: World
) -> None:
    await ann.log_in()
    asked = {"phone_number": "+33 6 11 22 33 44", "trust_device": False, "action": "login"}
    said(await say(PHONE, asked, headers=ann.bearer), 200, {"status": "sms_sent"})
    answer = {"verification_code": await world.code(NUMBER)}
    said(await say(VERIFY_PHONE, answer, headers=ann.bearer), 200, SMS_ITEM)
    said(await say(LIST, headers=ann.bearer), 200, {"credentials": [SMS_ITEM]})


async def somebody_new(say: Say, world: World) -> Person:
    """Somebody whose addresses nobody has verified."""
    data = {"email": "dora@demo.localhost", "phone_number": NUMBER, "password": PASSWORD}
    await say(SIGN_UP, {"client_id": CLIENT, "data": data})
    dora = Person(world, "dora@demo.localhost")
    await dora.log_in()
    return dora


@tells(EMAIL, VERIFY_EMAIL)
async def test_an_unverified_address_is_registered_by_the_code_it_got(
    say: Say, world: World
) -> None:
    """And is verified by it."""
    dora = await somebody_new(say, world)
    asked = {"trust_device": False}
    said(await say(EMAIL, asked, headers=dora.bearer), 200, {"status": "email_sent"})
    answer = {"verification_code": await world.code(dora.email), "trust_device": False}
    said(await say(VERIFY_EMAIL, answer, headers=dora.bearer), 200, email_item(dora.email))
    me = await dora.http.get("/identity/v1/userinfo?fields=email_verified", headers=dora.bearer)
    assert me.json()["email_verified"] is True


@tells(PHONE, VERIFY_PHONE)
async def test_the_profile_s_own_number_is_verified_by_it(say: Say, world: World) -> None:
    dora = await somebody_new(say, world)
    said(
        await say(PHONE, {"phone_number": NUMBER}, headers=dora.bearer), 200, {"status": "sms_sent"}
    )
    answer = {"verification_code": await world.code(NUMBER)}
    said(await say(VERIFY_PHONE, answer, headers=dora.bearer), 200, SMS_ITEM)
    me = await dora.http.get("/identity/v1/userinfo", headers=dora.bearer)
    assert me.json()["phone_number_verified"] is True


@tells(EMAIL)
async def test_a_verified_address_is_enabled_at_once(say: Say, ann: Person, world: World) -> None:
    """M9: nothing is sent; and once more changes nothing."""
    await ann.log_in()
    enabled = {"status": "enabled", "credential": email_item("ann@demo.localhost")}
    for _ in range(2):
        said(await say(EMAIL, {"trust_device": False}, headers=ann.bearer), 200, enabled)
    await world.deliver()
    assert world.carrier.messages == []


VERIFIED_NUMBER = """
project: {project_id: project-test-verified}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
users:
  - {email: ann@demo.localhost, phone_number: "+33611223344", phone_number_verified: true,
     password: correct horse battery staple}
"""


@tells(PHONE)
@pytest.mark.parametrize("body", [{}, {"phone_number": None}, {"phone_number": NUMBER}])
async def test_a_verified_number_need_not_be_said(
    say: Say, make_world: MakeWorld, body: dict[str, Any]
) -> None:
    ann = Person(await make_world(VERIFIED_NUMBER, "verified"), "ann@demo.localhost")
    await ann.log_in()
    answer = await say(PHONE, body, headers=ann.bearer, by=ann)
    said(answer, 200, {"status": "enabled", "credential": SMS_ITEM})


@tells(PHONE)
async def test_an_unverified_number_must_be_said(say: Say, world: World) -> None:
    dora = await somebody_new(say, world)
    said(
        await say(PHONE, {}, headers=dora.bearer),
        400,
        error(
            "invalid_request",
            "error.phoneNumber.missing",
            "Give a phone number: the profile has no verified one.",
            details=detail(
                "phone_number",
                "Give a phone number: the profile has no verified one.",
                "missing",
            ),
        ),
    )


@tells(VERIFY_PHONE)
async def test_a_wrong_code_registers_nothing(say: Say, ann: Person, world: World) -> None:
    await ann.log_in()
    await say(PHONE, {"phone_number": NUMBER}, headers=ann.bearer)
    code = await world.code(NUMBER)
    for _ in range(4):
        answer = await say(VERIFY_PHONE, {"verification_code": wrong(code)}, headers=ann.bearer)
        said(answer, 401, WRONG_CODE)
    right = {"verification_code": code}
    said(await say(VERIFY_PHONE, right, headers=ann.bearer), 200, SMS_ITEM)
    # and once more: now there is a factor, and a further one needs it
    said(await say(VERIFY_PHONE, right, headers=ann.bearer), 401, STEP_UP_FIRST)


@tells(VERIFY_PHONE, LIST)
async def test_five_wrong_codes_are_too_many(say: Say, ann: Person, world: World) -> None:
    await ann.log_in()
    await say(PHONE, {"phone_number": NUMBER}, headers=ann.bearer)
    code = await world.code(NUMBER)
    for _ in range(5):
        answer = await say(VERIFY_PHONE, {"verification_code": wrong(code)}, headers=ann.bearer)
        said(answer, 401, WRONG_CODE)
    answer = await say(VERIFY_PHONE, {"verification_code": code}, headers=ann.bearer)
    said(answer, 401, WRONG_CODE)
    again = await say(PHONE, {"phone_number": NUMBER}, headers=ann.bearer)
    said(again, 429, TOO_MANY, retry_after="600")
    said(await say(LIST, headers=ann.bearer), 200, {"credentials": []})


@tells(VERIFY_PHONE, VERIFY_EMAIL)
@pytest.mark.parametrize(("age", "good"), [(299, True), (300, False)])
async def test_a_code_by_sms_lives_five_minutes(
    say: Say, ann: Person, world: World, age: int, good: bool
) -> None:
    await ann.log_in()
    await say(PHONE, {"phone_number": NUMBER}, headers=ann.bearer)
    body = {"verification_code": await world.code(NUMBER)}
    said(await say(VERIFY_EMAIL, body, headers=ann.bearer), 401, WRONG_CODE)  # OTP-10
    world.clock.advance(age)
    answer = await say(VERIFY_PHONE, body, headers=ann.bearer)
    said(answer, 200, SMS_ITEM) if good else said(answer, 401, WRONG_CODE)


@tells(PHONE, VERIFY_PHONE)
async def test_the_newest_code_alone_is_good(say: Say, ann: Person, world: World) -> None:
    """OTP-15, and after another number was given: the newest number's (OTP-16)."""
    await ann.log_in()
    await say(PHONE, {"phone_number": "+33655555555"}, headers=ann.bearer)
    old = await world.code("+33655555555")
    await say(PHONE, {"phone_number": NUMBER}, headers=ann.bearer)
    new = await world.code(NUMBER)
    said(await say(VERIFY_PHONE, {"verification_code": old}, headers=ann.bearer), 401, WRONG_CODE)
    said(await say(VERIFY_PHONE, {"verification_code": new}, headers=ann.bearer), 200, SMS_ITEM)


@tells(PHONE, EMAIL)
async def test_a_further_factor_needs_the_one_that_is_there(
    say: Say, bob: Person, world: World
) -> None:
    """STP-9."""
    await bob.log_in()
    said(await say(PHONE, {"phone_number": NUMBER}, headers=bob.bearer), 401, STEP_UP_FIRST)
    said(await say(EMAIL, {}, headers=bob.bearer), 401, STEP_UP_FIRST)
    await bob.step_up()
    said(
        await say(EMAIL, {}, headers=bob.bearer),
        200,
        {"status": "enabled", "credential": email_item("bob@demo.localhost")},
    )
    said(
        await say(PHONE, {"phone_number": NUMBER}, headers=bob.bearer),
        200,
        {"status": "sms_sent"},
    )


@tells(REMOVE_PHONE, REMOVE_EMAIL, LIST)
async def test_a_factor_is_removed_after_a_step_up(say: Say, cleo: Person) -> None:
    await cleo.log_in()
    phone = {"phone_number": "+33 6 98 76 54 32"}
    said(await say(REMOVE_PHONE, phone, headers=cleo.bearer), 401, STEP_UP_FIRST)
    said(await say(REMOVE_EMAIL, headers=cleo.bearer), 401, STEP_UP_FIRST)
    await cleo.step_up()
    said(await say(REMOVE_EMAIL, headers=cleo.bearer), 204)
    said(await say(REMOVE_PHONE, phone, headers=cleo.bearer), 204)
    said(await say(LIST, headers=cleo.bearer), 200, {"credentials": []})


@tells(REMOVE_PHONE, REMOVE_EMAIL)
async def test_what_is_not_there_is_not_removed(say: Say, bob: Person) -> None:
    await bob.log_in()
    await bob.step_up()
    absent = "No second factor of this type is registered."
    key = "error.mfa.credentialNotFound"
    said(await say(REMOVE_EMAIL, headers=bob.bearer), 400, error("invalid_request", key, absent))
    said(
        await say(REMOVE_PHONE, {"phone_number": NUMBER}, headers=bob.bearer),
        400,
        error("invalid_request", key, absent, details=detail("phone_number", absent)),
    )


WRITES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "register a phone": (PHONE, {"phone_number": NUMBER}),
    "verify a phone": (VERIFY_PHONE, {"verification_code": "123456"}),
    "register an e-mail": (EMAIL, {}),
    "verify an e-mail": (VERIFY_EMAIL, {"verification_code": "123456"}),
    "remove a phone": (REMOVE_PHONE, {"phone_number": "+33612345678"}),
    "remove an e-mail": (REMOVE_EMAIL, None),
}
MFA = {**WRITES, "list": (LIST, None)}


@pytest.mark.parametrize(("line", "body"), MFA.values(), ids=MFA.keys())
async def test_without_a_token_nobody_is_anybody(
    say: Say, bob: Person, line: str, body: dict[str, Any] | None
) -> None:
    """The session's cookie is no substitute."""
    await bob.log_in()
    said(await say(line, body, by=bob), 401, NO_TOKEN, www_authenticate="Bearer")
    bad = {"authorization": f"Bearer {bob.tokens['id_token']}"}
    said(await say(line, body, headers=bad), 401, BAD_TOKEN, www_authenticate=INVALID_TOKEN)


@pytest.mark.parametrize(("line", "body"), MFA.values(), ids=MFA.keys())
async def test_without_the_scope_there_is_no_way_in(
    say: Say, bob: Person, line: str, body: dict[str, Any] | None
) -> None:
    answer = await bob.authorize(tkn=await bob.tkn(), scope="openid profile email")
    code = dict(answer.next_request.url.params)["code"] if answer.next_request else ""
    bob.tokens = (await bob.exchange(code)).json()
    said(
        await say(line, body, headers=bob.bearer),
        403,
        NO_SCOPE,
        www_authenticate='Bearer error="insufficient_scope"',
    )


@pytest.mark.parametrize(("line", "body"), WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize(("age", "fresh"), [(300, True), (301, False)])
async def test_every_write_needs_a_fresh_token(
    say: Say,
    bob: Person,
    world: World,
    line: str,
    body: dict[str, Any] | None,
    age: int,
    fresh: bool,
) -> None:
    """And a refreshed one is fresh again: freshness is the token's, not the proof's."""
    await bob.log_in()
    world.clock.advance(age)
    answer = await say(line, body, headers=bob.bearer)
    if fresh:
        assert answer.json()["error_message_key"] != "error.accessToken.freshness"
        return
    said(answer, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)
    renewal = {
        "client_id": CLIENT,
        "grant_type": "refresh_token",
        "refresh_token": bob.tokens["refresh_token"],
    }
    bob.tokens = (await bob.http.post("/oauth/token", json=renewal)).json()
    answer = await say(line, body, headers=bob.bearer)
    assert answer.json()["error_message_key"] != "error.accessToken.freshness"


def switched(settings: str) -> str:
    return f"""
project: {{project_id: project-test-switched}}
settings: {settings}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
users:
  - email: bob@demo.localhost
    password: correct horse battery staple
    mfa: [{{type: sms, phone_number: "+33612345678"}}, {{type: email}}]
"""


@pytest.mark.parametrize(("line", "body"), MFA.values(), ids=MFA.keys())
async def test_switched_off_it_is_not_available(
    say: Say, make_world: MakeWorld, line: str, body: dict[str, Any] | None
) -> None:
    off = await make_world(switched("{features: {mfa: false}}"), "without-mfa")
    bob = Person(off, "bob@demo.localhost")
    await bob.log_in()
    said(await say(line, body, headers=bob.bearer, by=off), 403, SWITCHED_OFF)


@tells(PHONE, EMAIL, LIST)
async def test_a_factor_is_switched_off_by_itself(say: Say, make_world: MakeWorld) -> None:
    off = await make_world(switched("{mfa: {factors: {sms: false}}}"), "without-sms")
    bob = Person(off, "bob@demo.localhost")
    await bob.log_in()
    phone = {"phone_number": NUMBER}
    said(await say(PHONE, phone, headers=bob.bearer, by=off), 403, SWITCHED_OFF)
    assert (await say(EMAIL, {}, headers=bob.bearer, by=off)).json()["status"] == "enabled"
    listed = (await say(LIST, headers=bob.bearer, by=off)).json()["credentials"]
    assert [item["type"] for item in listed] == ["sms", "email"]


@tells(DEVICES, FORGET)
async def test_a_trusted_browser_is_listed_and_forgotten(
    say: Say, bob: Person, world: World
) -> None:
    await bob.log_in()
    said(await say(DEVICES, headers=bob.bearer), 200, {"trusted_devices": []})
    begun = await bob.post("/mfa/stepup", AUTHORIZATION)
    challenge = await bob.challenge(begun.json()["token"])
    answer = await bob.post(
        "/passwordless/verify",
        {
            "challenge_id": challenge,
            "verification_code": await world.code(),
            "trust_device": True,
        },
        headers={
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
        },
    )
    assert TRUSTED in answer.headers.get_list("set-cookie")
    bob.tokens = (await bob.exchange(answer.json()["code"])).json()
    listed = await say(DEVICES, headers=bob.bearer)
    device = {
        "id": UUID,
        "user_id": UUID,
        "created_at": "2027-01-15T08:00:00Z",
        "metadata": {
            "ip": "127.0.0.1",
            "operating_system": "Linux",
            "user_agent": "Firefox",
            "device_class": "Desktop",
        },
    }
    said(listed, 200, {"trusted_devices": [device]})
    id = listed.json()["trusted_devices"][0]["id"]
    said(await say(FORGET, path={"id": id}, headers=bob.bearer), 204)
    said(await say(DEVICES, headers=bob.bearer), 200, {"trusted_devices": []})


@tells(DEVICES, FORGET)
async def test_a_device_is_its_owner_s_own(say: Say, bob: Person, world: World) -> None:
    await bob.log_in()
    unknown = error(
        "resource_not_found", "error.trustedDevice.notFound", "There is no such trusted device."
    )
    for id in ("x", "01a2b3c4-0000-7000-8000-000000000000", "%20"):
        answer = await say(FORGET, path={"id": id}, headers=bob.bearer)
        said(answer, 404, unknown)
    nowhere = error("resource_not_found", "error.resource.notFound", "There is nothing here.")
    for id in ("%00", "a%00b"):
        said(await say(FORGET, path={"id": id}, headers=bob.bearer), 404, nowhere)
    said(await say(FORGET, path={"id": "x"}), 401, NO_TOKEN, www_authenticate="Bearer")
    said(await say(DEVICES), 401, NO_TOKEN, www_authenticate="Bearer")
    world.clock.advance(301)
    answer = await say(FORGET, path={"id": "x"}, headers=bob.bearer)
    said(answer, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)
