"""What a person changes of themselves, and getting back in."""

from typing import Any

import pytest

from tests.wire.test_transcript_login import UNKNOWN_CLIENT
from tests.wire.test_transcript_mfa import (
    INVALID_TOKEN,
    NOT_FRESH,
    STEP_UP_FIRST,
    WRONG_CODE,
    wrong,
)
from tests.wire.test_transcript_session import ANN, NO_TOKEN
from tests.wire.transcript import UUID, Say, detail, error, said, tells
from tests.world import CLIENT, PASSWORD, Person, World

UPDATE_PROFILE = "POST /identity/v1/update-profile"
UPDATE_EMAIL = "POST /identity/v1/update-email"
UPDATE_PHONE = "POST /identity/v1/update-phone-number"
UPDATE_PASSWORD = "POST /identity/v1/update-password"
SEND_EMAIL = "POST /identity/v1/send-email-verification"
SEND_PHONE = "POST /identity/v1/send-phone-number-verification"
VERIFY_EMAIL = "POST /identity/v1/verify-email"
VERIFY_PHONE = "POST /identity/v1/verify-phone-number"
FORGOT = "POST /identity/v1/forgot-password"
RECOVER = "POST /identity/v1/account-recovery"
UNLINK = "POST /identity/v1/unlink"
CUSTOM_TOKEN = "GET /identity/v1/custom-token/login"
SIGN_UP_DATA = "GET /identity/v1/signup/data"
CONSENTS = "GET /identity/v1/config/consents"
RESOURCE = "GET /identity/v1/resources/{name}"

NUMBER = "+33611223344"
NEW = "a longer one than the old one was"
NO_PROVIDER = error(
    "missing_config",
    "error.provider.notConfigured",
    "This provider is not configured.",
)


@tells(UPDATE_PROFILE)
async def test_what_is_given_changes_and_the_rest_stays(say: Say, ann: Person) -> None:
    await ann.log_in()
    given = {
        "family_name": "Durand",
        "custom_fields": {"shoeSize": 38},
        "email": "other@demo.localhost",
        "email_verified": False,
        "sub": "somebody else",
    }
    changed = {
        "sub": UUID,
        "id": UUID,
        "name": "Ann Durand",
        "given_name": "Ann",
        "family_name": "Durand",
        "locale": "en",
        "updated_at": "2027-01-15T08:00:00Z",
        "email": "ann@demo.localhost",
        "email_verified": True,
        "custom_fields": {"shoeSize": 38},
    }
    said(await say(UPDATE_PROFILE, given, headers=ann.bearer), 200, changed)
    said(await say(UPDATE_PROFILE, {}, headers=ann.bearer), 200, changed)


@tells(UPDATE_EMAIL, VERIFY_EMAIL)
async def test_a_verified_address_stays_until_the_new_one_is_confirmed(
    say: Say, ann: Person, world: World
) -> None:
    await ann.log_in()
    new = {"email": "ann@elsewhere.localhost"}
    said(await say(UPDATE_EMAIL, new, headers=ann.bearer), 200, ANN)
    body = {
        "access_token": ann.tokens["access_token"],
        **new,
        "verification_code": await world.code(new["email"]),
    }
    guess = {**body, "verification_code": wrong(body["verification_code"])}
    said(await say(VERIFY_EMAIL, guess), 401, WRONG_CODE)
    said(await say(VERIFY_EMAIL, {**body, "email": "ann@demo.localhost"}), 401, WRONG_CODE)
    said(await say(VERIFY_EMAIL, body), 204)
    said(await say(VERIFY_EMAIL, body), 401, WRONG_CODE)
    said(await say(UPDATE_PROFILE, {}, headers=ann.bearer), 200, ANN | new)


@tells(UPDATE_PHONE, SEND_PHONE, VERIFY_PHONE)
async def test_a_first_number_is_there_at_once_and_verified_by_its_code(
    say: Say, ann: Person, world: World
) -> None:
    await ann.log_in()
    here = {"phone_number": NUMBER, "phone_number_verified": False}
    spaced = {"phone_number": "+33 6 11 22 33 44"}
    said(await say(UPDATE_PHONE, spaced, headers=ann.bearer), 200, {**ANN, **here})
    old = await world.code(NUMBER)
    said(await say(SEND_PHONE, headers=ann.bearer), 204)
    code = await world.code(NUMBER)
    body = {"phone_number": NUMBER, "verification_code": old}
    said(await say(VERIFY_PHONE, body, headers=ann.bearer), 401, WRONG_CODE)
    body = {"phone_number": NUMBER, "verification_code": code}
    said(await say(VERIFY_PHONE, body, headers=ann.bearer), 204)
    verified = {**ANN, **here, "phone_number_verified": True}
    said(await say(UPDATE_PROFILE, {}, headers=ann.bearer), 200, verified)
    said(await say(SEND_PHONE, headers=ann.bearer), 204)  # verified already: nothing is sent
    assert await world.code(NUMBER) == code


@tells(SEND_EMAIL)
async def test_a_verified_address_is_sent_nothing(say: Say, ann: Person) -> None:
    await ann.log_in()
    answer = await say(SEND_EMAIL, {}, headers=ann.bearer)
    said(answer, 200, {"verification_email_sent": False})


@tells(SEND_EMAIL, VERIFY_EMAIL)
async def test_an_unverified_address_is_sent_a_code(say: Say, world: World) -> None:
    data = {"email": "dora@demo.localhost", "password": PASSWORD}
    await say("POST /identity/v1/signup", {"client_id": CLIENT, "data": data})
    dora = Person(world, "dora@demo.localhost")
    await dora.log_in()
    sent = await say(SEND_EMAIL, {"redirect_url": None}, headers=dora.bearer)
    said(sent, 200, {"verification_email_sent": True})
    body = {
        "access_token": dora.tokens["access_token"],
        "email": dora.email,
        "verification_code": await world.code(dora.email),
    }
    said(await say(VERIFY_EMAIL, body), 204)
    said(await say(SEND_EMAIL, {}, headers=dora.bearer), 200, {"verification_email_sent": False})


@tells(SEND_PHONE, SEND_EMAIL)
async def test_what_is_not_there_cannot_be_verified(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(
        await say(SEND_PHONE, headers=ann.bearer),
        400,
        error(
            "invalid_request",
            "error.phoneNumber.missing",
            "Give a phone number: the profile has no verified one.",
        ),
    )
    elsewhere = {"redirect_url": "https://evil.example/"}
    said(
        await say(SEND_EMAIL, elsewhere, headers=ann.bearer),
        403,
        error(
            "access_denied",
            "error.client.redirectUrlNotAllowed",
            "The redirect url is not allowed.",
            details=detail("redirect_uri", "The redirect url is not allowed."),
        ),
    )


@tells(UPDATE_EMAIL, UPDATE_PHONE)
async def test_an_address_belongs_to_one_person(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(
        await say(UPDATE_EMAIL, {"email": "BOB@demo.localhost"}, headers=ann.bearer),
        400,
        error(
            "email_already_exists",
            "error.email.alreadyInUse",
            "Email already in use",
            details=detail("email", "Email already in use"),
        ),
    )
    data = {"phone_number": NUMBER, "password": PASSWORD}
    await say("POST /identity/v1/signup", {"client_id": CLIENT, "data": data})
    said(
        await say(UPDATE_PHONE, {"phone_number": NUMBER}, headers=ann.bearer),
        400,
        error(
            "phone_number_already_exists",
            "error.phoneNumber.alreadyInUse",
            "Phone number already in use",
            details=detail("phone_number", "Phone number already in use"),
        ),
    )


@tells(UPDATE_EMAIL)
async def test_an_address_that_is_a_second_factor_changes_after_a_step_up(
    say: Say, cleo: Person
) -> None:
    await cleo.log_in()
    new = {"email": "cleo@elsewhere.localhost"}
    said(await say(UPDATE_EMAIL, new, headers=cleo.bearer), 401, STEP_UP_FIRST)
    await cleo.step_up()
    assert (await say(UPDATE_EMAIL, new, headers=cleo.bearer)).status_code == 200


@tells(UPDATE_PASSWORD)
async def test_a_fresh_token_sets_a_new_password(say: Say, ann: Person, world: World) -> None:
    await ann.log_in()
    other = Person(world, ann.email)
    await other.log_in()
    body = {"client_id": CLIENT, "password": NEW}
    said(await say(UPDATE_PASSWORD, body, headers=ann.bearer), 204)
    me = "/identity/v1/userinfo"
    assert (await ann.http.get(me, headers=ann.bearer)).status_code == 200
    assert (await other.http.get(me, headers=other.bearer)).status_code == 401
    ann.password = NEW
    await ann.log_in()


@tells(UPDATE_PASSWORD)
async def test_an_old_token_needs_the_old_password(say: Say, ann: Person, world: World) -> None:
    await ann.log_in()
    world.clock.advance(301)
    body = {"client_id": CLIENT, "password": NEW}
    answer = await say(UPDATE_PASSWORD, body, headers=ann.bearer)
    said(answer, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)
    guessed = {**body, "old_password": "wrong"}
    said(
        await say(UPDATE_PASSWORD, guessed, headers=ann.bearer),
        401,
        error("invalid_grant", "error.invalidEmailOrPassword", "Invalid email or password"),
    )
    known = {**body, "old_password": PASSWORD}
    said(await say(UPDATE_PASSWORD, known, headers=ann.bearer), 204)


@tells(UPDATE_PASSWORD)
@pytest.mark.parametrize(
    ("password", "answer"),
    [
        (
            PASSWORD,
            error(
                "invalid_request",
                "error.updateSamePassword",
                "The new password is the present one. Choose another.",
                details=detail("password", "The new password is the present one. Choose another."),
            ),
        ),
        (
            "short",
            error(
                "password_too_weak",
                "error.password.policy",
                "This password is too short.",
                details=detail("password", "at least 8 characters"),
            ),
        ),
    ],
)
async def test_not_every_password_will_do(
    say: Say, ann: Person, password: str, answer: dict[str, Any]
) -> None:
    await ann.log_in()
    body = {"client_id": CLIENT, "password": password}
    said(await say(UPDATE_PASSWORD, body, headers=ann.bearer), 400, answer)
    await ann.log_in()


@tells(FORGOT, UPDATE_PASSWORD)
@pytest.mark.parametrize("by", ["email", "phone_number"])
async def test_a_forgotten_password_is_set_anew_by_the_code(
    say: Say, world: World, by: str
) -> None:
    data = {"email": "dora@demo.localhost", "phone_number": NUMBER, "password": PASSWORD}
    await say("POST /identity/v1/signup", {"client_id": CLIENT, "data": data})
    address = {by: data[by]}
    said(await say(FORGOT, {"client_id": CLIENT, **address}), 204)
    code = await world.code(data[by])
    body = {"client_id": CLIENT, **address, "verification_code": code, "password": NEW}
    guess = {**body, "verification_code": wrong(code)}
    said(await say(UPDATE_PASSWORD, guess), 401, WRONG_CODE)
    assert (await say(UPDATE_PASSWORD, {**body, "password": "short"})).status_code == 400
    said(await say(UPDATE_PASSWORD, body), 204)
    said(await say(UPDATE_PASSWORD, body), 401, WRONG_CODE)
    await Person(world, "dora@demo.localhost", NEW).log_in()


@pytest.mark.parametrize("line", [FORGOT, RECOVER])
@pytest.mark.parametrize(
    "who",
    [
        {"email": "ann@demo.localhost"},
        {"email": "nobody@demo.localhost"},
        {"phone_number": "+33600000000"},
    ],
)
async def test_known_and_unknown_are_answered_alike(
    say: Say, line: str, who: dict[str, str]
) -> None:
    """AB-1, as far as the words go; ten an hour for either (settings.sends)."""
    body = {"client_id": CLIENT, **who}
    for _ in range(10):
        said(await say(line, body), 204)
    answer = await say(line, body)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


@tells(FORGOT, RECOVER)
async def test_getting_back_in_is_asked_for_in_order(say: Say) -> None:
    for line in (FORGOT, RECOVER):
        said(
            await say(line, {"client_id": CLIENT}),
            400,
            error(
                "invalid_request",
                "error.identifier.missing",
                "An email or a phone number is required.",
            ),
        )
        ann = {"email": "ann@demo.localhost"}
        said(await say(line, {"client_id": "nobody", **ann}), 400, UNKNOWN_CLIENT)
        said(
            await say(line, {"client_id": CLIENT, "redirect_url": "https://evil.example", **ann}),
            403,
            error(
                "access_denied",
                "error.client.redirectUrlNotAllowed",
                "The redirect url is not allowed.",
                details=detail("redirect_uri", "The redirect url is not allowed."),
            ),
        )


GUARDED: dict[str, dict[str, Any] | None] = {
    UPDATE_PROFILE: {},
    UPDATE_EMAIL: {"email": "x@demo.localhost"},
    UPDATE_PHONE: {"phone_number": NUMBER},
    UPDATE_PASSWORD: {"password": NEW},
    SEND_EMAIL: {},
    SEND_PHONE: None,
    VERIFY_EMAIL: {"email": "x@demo.localhost", "verification_code": "123456"},
    VERIFY_PHONE: {"phone_number": NUMBER, "verification_code": "123456"},
}


@pytest.mark.parametrize(("line", "body"), GUARDED.items())
async def test_a_profile_is_changed_by_its_owner_alone(
    say: Say, ann: Person, line: str, body: dict[str, Any] | None
) -> None:
    """The session's cookie is no substitute for a token."""
    await ann.log_in()
    said(await say(line, body, by=ann), 401, NO_TOKEN, www_authenticate="Bearer")


@tells(UNLINK, CUSTOM_TOKEN, SIGN_UP_DATA)
async def test_there_are_no_other_providers(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(await say(UNLINK, {"identity_id": "1"}, headers=ann.bearer), 400, NO_PROVIDER)
    said(await say(CUSTOM_TOKEN, query={"token": "x"}), 400, NO_PROVIDER, shared=None)
    asked = {"client_id": "demo-shop", "token": "x"}
    said(await say(SIGN_UP_DATA, query=asked), 400, NO_PROVIDER)
    unknown = error(
        "invalid_client",
        "error.client.notFound",
        "Unknown client",
        details=detail("client_id", "Unknown client"),
    )
    said(await say(SIGN_UP_DATA, query={**asked, "client_id": "nobody"}), 400, unknown)


@tells(CONSENTS, RESOURCE)
async def test_the_widgets_use_their_own_words(say: Say) -> None:
    """The UI SDK asks for ours; `{}` is fine for it."""
    said(await say(CONSENTS, query={"lang": "fr"}), 200, {})
    said(await say(RESOURCE, path={"name": "fr.json"}), 200, {})
