"""What a page asks first, signing up, and logging in with a password."""

from typing import Any

import pytest

from tests.conftest import MakeWorld
from tests.wire.transcript import TOKEN, UUID, Say, detail, error, said, tells
from tests.world import CLIENT, PASSWORD, Person, World

CONFIG = "GET /identity/v1/config"
SIGN_UP = "POST /identity/v1/signup"
LOGIN = "POST /identity/v1/password/login"
STRENGTH = "POST /identity/v1/password/strength"

WRONG = error("invalid_grant", "error.invalidEmailOrPassword", "Invalid email or password")
LOCKED = error(
    "access_denied",
    "error.accountBlockedAfterMultipleLoginAttempts",
    "This account is locked for a while after too many wrong answers. "
    "Try again later, or reset the password.",
)
UNKNOWN_CLIENT = error(
    "invalid_client",
    "error.client.notFound",
    "Unknown client",
    details=detail("client_id", "Unknown client"),
)
DEMO_CONFIG = {
    "client_id": "demo-shop",
    "domain": "id.demo.localhost:8443",
    "sso": True,
    "is_public": True,
    "pkce_enforced": True,
    "is_implicit_flow_forbidden": True,
    "scope": "openid profile email phone offline_access mfa",
    "language": "en",
    "country_code": "",
    "sms": True,
    "mfa_sms_enabled": True,
    "mfa_email_enabled": True,
    "rba_enabled": True,
    "web_authn": True,
    "password_policy": {
        "min_length": 8,
        "min_strength": 2,
        "allow_update_with_access_token_only": False,
    },
    "login_type_allowed": {"email": True, "phone_number": True, "custom_identifier": False},
    "resource_base_url": "https://id.demo.localhost:8443/identity/v1/resources",
    "social_providers": [],
    "consents": [],
    "custom_fields": [],
}


@tells(CONFIG)
async def test_a_page_asks_what_its_client_may_do(say: Say) -> None:
    said(await say(CONFIG, query={"client_id": CLIENT}), 200, DEMO_CONFIG)
    spoken = {"client_id": CLIENT, "lang": "fr", "google_variant": "one_tap"}
    said(await say(CONFIG, query=spoken), 200, DEMO_CONFIG | {"language": "fr"})


@tells(CONFIG)
async def test_a_confidential_client_needs_no_pkce(say: Say) -> None:
    asked = await say(CONFIG, query={"client_id": "backend"})
    said(
        asked,
        200,
        DEMO_CONFIG | {"client_id": "backend", "is_public": False, "pkce_enforced": False},
    )


@tells(CONFIG)
async def test_config_follows_the_settings(say: Say, make_world: MakeWorld) -> None:
    other = await make_world(
        """
        project: {project_id: project-test-other, language: fr}
        settings:
          mfa: {factors: {email: false}}
          password: {min_length: 12, min_strength: 3}
        clients: [{client_id: demo-shop, origins: ["https://shop.demo.localhost:8443"]}]
        """,
        "factors",
    )
    policy = {**DEMO_CONFIG["password_policy"], "min_length": 12, "min_strength": 3}  # type: ignore[dict-item]
    asked = await say(CONFIG, query={"client_id": CLIENT}, by=other)
    said(
        asked,
        200,
        DEMO_CONFIG | {"language": "fr", "mfa_email_enabled": False, "password_policy": policy},
    )


@tells(CONFIG)
async def test_config_of_nobody(say: Say) -> None:
    said(await say(CONFIG, query={"client_id": "nobody"}), 400, UNKNOWN_CLIENT)
    said(
        await say(CONFIG),
        400,
        error(
            "invalid_request",
            "error.client.missing",
            "Client id missing",
            details=detail("client_id", "Client id missing", "missing"),
        ),
    )


def new_person(**more: Any) -> dict[str, Any]:
    return {
        "client_id": CLIENT,
        "scope": "openid",
        "data": {"email": "dora@demo.localhost", "password": PASSWORD, **more},
    }


@tells(SIGN_UP, LOGIN)
async def test_somebody_signs_up_and_logs_in(say: Say, world: World) -> None:
    said(await say(SIGN_UP, new_person(given_name="Dora")), 200, {"id": UUID, "tkn": TOKEN})
    dora = Person(world, "dora@demo.localhost")
    assert (await dora.log_in())["token_type"] == "Bearer"
    asked = {"client_id": CLIENT, "email": " DORA@demo.localhost ", "password": PASSWORD}
    said(await say(LOGIN, asked), 200, {"tkn": TOKEN})


@tells(SIGN_UP, LOGIN)
async def test_a_phone_number_will_do(say: Say) -> None:
    person = {
        "client_id": CLIENT,
        "data": {"phone_number": "+33 6 11 22 33 44", "password": PASSWORD},
    }
    said(await say(SIGN_UP, person), 200, {"id": UUID, "tkn": TOKEN})
    asked = {"client_id": CLIENT, "phone_number": "0033611223344", "password": PASSWORD}
    said(await say(LOGIN, asked), 200, {"tkn": TOKEN})
    said(
        await say(SIGN_UP, person),
        400,
        error(
            "phone_number_already_exists",
            "error.phoneNumber.alreadyInUse",
            "Phone number already in use",
            details=detail("phone_number", "Phone number already in use"),
        ),
    )


REFUSED_SIGN_UPS = {
    "the e-mail is taken": (
        {"email": "ANN@demo.localhost"},
        error(
            "email_already_exists",
            "error.email.alreadyInUse",
            "Email already in use",
            details=detail("email", "Email already in use"),
        ),
    ),
    "the password is short": (
        {"password": "k7#Qx!z"},
        error(
            "password_too_weak",
            "error.password.policy",
            "This password is too short.",
            details=detail("password", "at least 8 characters"),
        ),
    ),
    "the password is easy": (
        {"password": "password1"},
        error(
            "password_too_weak",
            "error.password.policy",
            "This password is too easy to guess. Use a longer or a less common one.",
            details=detail(
                "password",
                "This password is too easy to guess. Use a longer or a less common one.",
            ),
        ),
    ),
    "the password is the e-mail": (
        {"password": "dora@demo.localhost"},
        error(
            "password_too_weak",
            "error.password.policy",
            "This password is too easy to guess. Use a longer or a less common one.",
            details=detail(
                "password",
                "This password is too easy to guess. Use a longer or a less common one.",
            ),
        ),
    ),
    "the password is endless": (
        {"password": "x" * 1025},
        error(
            "invalid_request",
            "error.password.tooLong",
            "A password has at most 1024 bytes.",
            details=detail("password", "A password has at most 1024 bytes."),
        ),
    ),
    "the e-mail is none": (
        {"email": "dora at home"},
        error(
            "invalid_request",
            "error.email.invalid",
            "Valid email required",
            details=detail("email", "Valid email required"),
        ),
    ),
    "the phone number is none": (
        {"phone_number": "0612345678"},
        error(
            "invalid_request",
            "error.phoneNumber.invalid",
            "A valid phone number in international format (+33612345678) is required.",
            details=detail(
                "phone_number",
                "A valid phone number in international format (+33612345678) is required.",
            ),
        ),
    ),
    "the phone number costs": (
        {"phone_number": "+33899123456"},
        error(
            "invalid_request",
            "error.phoneNumber.notAllowed",
            "Messages are not sent to premium-rate numbers.",
            details=detail("phone_number", "Messages are not sent to premium-rate numbers."),
        ),
    ),
    "there is no name to call": (
        {"email": None},
        error(
            "invalid_request",
            "error.identifier.missing",
            "An email or a phone number is required.",
        ),
    ),
}


@tells(SIGN_UP)
@pytest.mark.parametrize(("data", "answer"), REFUSED_SIGN_UPS.values(), ids=REFUSED_SIGN_UPS.keys())
async def test_a_sign_up_is_refused(say: Say, data: dict[str, Any], answer: object) -> None:
    said(await say(SIGN_UP, new_person(**data)), 400, answer)
    said(await say(SIGN_UP, new_person()), 200, {"id": UUID, "tkn": TOKEN})


@tells(SIGN_UP, LOGIN)
async def test_an_unknown_client_admits_nobody(say: Say) -> None:
    said(await say(SIGN_UP, new_person() | {"client_id": "nobody"}), 400, UNKNOWN_CLIENT)
    asked = {"client_id": "nobody", "email": "ann@demo.localhost", "password": PASSWORD}
    said(await say(LOGIN, asked), 400, UNKNOWN_CLIENT)


@tells(SIGN_UP)
async def test_what_somebody_says_of_themselves_verifies_nothing(say: Say, world: World) -> None:
    """Unknown members, `email_verified` above all, are ignored."""
    said(
        await say(SIGN_UP, new_person(email_verified=True, mfa=[{"type": "email"}], id="1")),
        200,
        {"id": UUID, "tkn": TOKEN},
    )
    dora = Person(world, "dora@demo.localhost")
    await dora.log_in()
    told = await dora.http.get("/identity/v1/userinfo", headers=dora.bearer)
    assert told.json()["email_verified"] is False


REFUSED_LOGINS = {
    "a wrong password": {"email": "ann@demo.localhost", "password": "wrong"},
    "an unknown e-mail": {"email": "nobody@demo.localhost", "password": PASSWORD},
    "what is no e-mail": {"email": "no address", "password": PASSWORD},
    "an unknown number": {"phone_number": "+33600000000", "password": PASSWORD},
    "what is no number": {"phone_number": "12", "password": PASSWORD},
    "a name of another kind": {"custom_identifier": "ann", "password": PASSWORD},
    "an empty password": {"email": "ann@demo.localhost", "password": ""},
    "a second factor's number": {"phone_number": "+33612345678", "password": PASSWORD},
}


@tells(LOGIN)
@pytest.mark.parametrize("who", REFUSED_LOGINS.values(), ids=REFUSED_LOGINS.keys())
async def test_known_and_unknown_are_refused_alike(say: Say, who: dict[str, str]) -> None:
    """AB-1, as far as the words go."""
    said(await say(LOGIN, {"client_id": CLIENT, **who}), 401, WRONG)


@tells(LOGIN)
async def test_a_refusal_is_told_in_the_reader_s_language(say: Say) -> None:
    asked = {"client_id": CLIENT, "email": "ann@demo.localhost", "password": "wrong"}
    said(
        await say(LOGIN, asked, headers={"accept-language": "fr-FR,fr;q=0.9"}),
        401,
        error(
            "invalid_grant",
            "error.invalidEmailOrPassword",
            "Invalid email or password",
            told="E-mail ou mot de passe invalide",
        ),
    )


@tells(LOGIN)
async def test_somebody_must_be_named(say: Say) -> None:
    said(
        await say(LOGIN, {"client_id": CLIENT, "password": PASSWORD}),
        400,
        error(
            "invalid_request",
            "error.identifier.missing",
            "An email or a phone number is required.",
        ),
    )


@tells(LOGIN)
async def test_ten_wrong_passwords_lock_for_an_hour(say: Say, world: World) -> None:
    asked = {"client_id": CLIENT, "email": "ann@demo.localhost", "password": "wrong"}
    for _ in range(10):
        said(await say(LOGIN, asked), 401, WRONG)
    right = {**asked, "password": PASSWORD}
    said(await say(LOGIN, right), 403, LOCKED, retry_after="3600")
    world.clock.advance(3599)
    said(await say(LOGIN, right), 403, LOCKED, retry_after="1")
    world.clock.advance(1)
    said(await say(LOGIN, right), 200, {"tkn": TOKEN})


ALWAYS = """
project: {project_id: project-test-always}
settings: {mfa: {require_at_login: always}}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
users:
  - {email: ann@demo.localhost, password: correct horse battery staple}
  - email: bob@demo.localhost
    password: correct horse battery staple
    mfa: [{type: sms, phone_number: "+33612345678"}]
  - phone_number: "+33612345679"
    password: correct horse battery staple
    mfa: [{type: sms, phone_number: "+33612345679"}]
"""


@tells(LOGIN)
async def test_always_binds_those_who_have_a_second_factor(say: Say, make_world: MakeWorld) -> None:
    always = await make_world(ALWAYS, "always")
    bob = {"client_id": CLIENT, "email": "bob@demo.localhost", "password": PASSWORD}
    ann = {**bob, "email": "ann@demo.localhost"}
    said(await say(LOGIN, bob, by=always), 200, {"tkn": TOKEN, "mfa_required": True})
    said(await say(LOGIN, ann, by=always), 200, {"tkn": TOKEN})


@tells(STRENGTH)
@pytest.mark.parametrize(
    ("password", "score"), [("", 0), ("password", 0), ("zxcvbnm,.", 1), (PASSWORD, 4)]
)
async def test_a_password_is_weighed(say: Say, password: str, score: int) -> None:
    said(await say(STRENGTH, {"client_id": CLIENT, "password": password}), 200, {"score": score})
    said(await say(STRENGTH, {"password": password}), 200, {"score": score})
    said(await say(STRENGTH, {"client_id": "nobody", "password": password}), 400, UNKNOWN_CLIENT)
