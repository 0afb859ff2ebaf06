"""Passkeys: made, listed, removed, logged in with, signed up with, replaced."""

from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.wire.test_transcript_mfa import INVALID_TOKEN, NOT_FRESH, WRONG_CODE, wrong
from tests.wire.test_transcript_session import NO_TOKEN
from tests.wire.transcript import TOKEN, UUID, Say, Shape, detail, error, said, tells
from tests.world import CLIENT, SHOP, Person, World

OPTIONS = "POST /identity/v1/webauthn/registration-options"
REGISTER = "POST /identity/v1/webauthn/registration"
LIST = "GET /identity/v1/webauthn/registration"
REMOVE = "DELETE /identity/v1/webauthn/registration/{id}"
LOGIN_OPTIONS = "POST /identity/v1/webauthn/authentication-options"
LOGIN = "POST /identity/v1/webauthn/authentication"
SIGN_UP_OPTIONS = "POST /identity/v1/webauthn/signup-options"
SIGN_UP = "POST /identity/v1/webauthn/signup"
RESET_OPTIONS = "POST /identity/v1/webauthn/reset-options"
RESET = "POST /identity/v1/webauthn/reset"
RELATED = "GET /.well-known/webauthn"

BYTES = Shape(r"[\w-]+")
ASKING = {"origin": SHOP, "friendly_name": "My phone"}
ALGORITHMS = [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)]
NOT_ACCEPTED = error(
    "invalid_grant",
    "error.webauthn.invalidPasskey",
    "This passkey was not accepted. Try again, or use another way.",
)


def creation(name: str, shown: str, excluded: list[dict[str, Any]] | None = None) -> Any:
    """What a browser is asked to make."""
    return {
        "friendly_name": "My phone",
        "options": {
            "public_key": {
                "rp": {"id": "demo.localhost", "name": "Demo"},
                "user": {"id": BYTES, "name": name, "display_name": shown},
                "challenge": BYTES,
                "pub_key_cred_params": ALGORITHMS,
                "timeout": 120_000,
                "exclude_credentials": excluded or [],
                "authenticator_selection": {
                    "resident_key": "preferred",
                    "require_resident_key": False,
                    "user_verification": "preferred",
                },
                "attestation": "none",
            }
        },
    }


ANN = creation("ann@demo.localhost", "Ann Martin")


def request(allowed: list[Any]) -> dict[str, Any]:
    """What a browser is asked to sign."""
    return {
        "public_key": {
            "challenge": BYTES,
            "rp_id": "demo.localhost",
            "allow_credentials": allowed,
            "user_verification": "preferred",
            "timeout": 120_000,
        }
    }


async def registered(say: Say, person: Person) -> Authenticator:
    """An authenticator with a passkey of this person."""
    await person.log_in()
    authenticator = Authenticator()
    options = (await say(OPTIONS, ASKING, headers=person.bearer)).json()["options"]
    said(await say(REGISTER, authenticator.make(options), headers=person.bearer), 204)
    return authenticator


@tells(OPTIONS, REGISTER, LIST, REMOVE)
async def test_a_passkey_is_made_listed_and_removed(say: Say, ann: Person) -> None:
    await ann.log_in()
    said(await say(LIST, headers=ann.bearer), 200, [])
    asked = await say(OPTIONS, ASKING, headers=ann.bearer)
    said(asked, 200, ANN)
    made = Authenticator().make(asked.json()["options"])
    said(await say(REGISTER, made, headers=ann.bearer), 204)
    said(await say(REGISTER, made, headers=ann.bearer), 401, NOT_ACCEPTED)
    listed = await say(LIST, headers=ann.bearer)
    passkey = {
        "friendly_name": "My phone",
        "id": UUID,
        "created_at": "2027-01-15T08:00:00Z",
        "aaguid": "00010203-0405-0607-0809-0a0b0c0d0e0f",
    }
    order = ("id", "friendly_name", "created_at", "aaguid")
    said(listed, 200, [{name: passkey[name] for name in order}])
    known = [{"type": "public-key", "id": made["id"], "transports": ["hybrid", "internal"]}]
    again = await say(OPTIONS, ASKING, headers=ann.bearer)
    said(again, 200, creation("ann@demo.localhost", "Ann Martin", known))
    id = listed.json()[0]["id"]
    said(await say(REMOVE, path={"id": id}, headers=ann.bearer), 204)
    unknown = error(
        "resource_not_found", "error.webauthn.passkeyNotFound", "There is no such passkey."
    )
    for gone in (id, "x"):
        said(await say(REMOVE, path={"id": gone}, headers=ann.bearer), 404, unknown)
    said(await say(LIST, headers=ann.bearer), 200, [])


@tells(LOGIN_OPTIONS, LOGIN)
@pytest.mark.parametrize("named", [True, False])
async def test_a_passkey_logs_in(say: Say, ann: Person, named: bool) -> None:
    authenticator = await registered(say, ann)
    address = {"email": ann.email} if named else {}
    asked = await say(LOGIN_OPTIONS, {"client_id": CLIENT, "origin": SHOP, **address})
    allowed = [{"type": "public-key", "id": BYTES}] if named else []
    said(asked, 200, request(allowed))
    answer = authenticator.get(asked.json())
    said(await say(LOGIN, answer), 200, {"tkn": TOKEN})
    said(await say(LOGIN, answer), 401, NOT_ACCEPTED)


@tells(LOGIN_OPTIONS)
async def test_an_unknown_address_is_answered_like_a_known_one(say: Say, ann: Person) -> None:
    await registered(say, ann)
    asked = {"client_id": CLIENT, "origin": SHOP, "email": "nobody@demo.localhost"}
    allowed = []
    for _ in range(2):  # and with the same answer each time
        answer = await say(LOGIN_OPTIONS, asked)
        said(answer, 200, request([{"type": "public-key", "id": BYTES}]))
        allowed.append(answer.json()["public_key"]["allow_credentials"])
    assert allowed[0] == allowed[1]


@tells(SIGN_UP_OPTIONS, SIGN_UP)
async def test_somebody_signs_up_with_a_passkey(say: Say) -> None:
    profile = {"email": "dora@demo.localhost", "given_name": "Dora"}
    body = {"client_id": CLIENT, **ASKING, "profile": profile, "scope": "openid"}
    asked = await say(SIGN_UP_OPTIONS, body)
    said(asked, 200, creation("dora@demo.localhost", "Dora"))
    options = asked.json()["options"]
    made = {
        "webauthn_id": options["public_key"]["user"]["id"],
        "public_key_credential": Authenticator().make(options),
    }
    said(await say(SIGN_UP, made), 200, {"tkn": TOKEN})
    said(await say(SIGN_UP, made), 401, NOT_ACCEPTED)
    again = await say(SIGN_UP_OPTIONS, body)
    said(
        again,
        400,
        error(
            "email_already_exists",
            "error.email.alreadyInUse",
            "Email already in use",
            details=detail("email", "Email already in use"),
        ),
    )


@tells(RESET_OPTIONS, RESET)
async def test_a_recovery_code_replaces_every_passkey(say: Say, ann: Person, world: World) -> None:
    old = await registered(say, ann)
    who = {"client_id": CLIENT, "email": ann.email}
    await say("POST /identity/v1/account-recovery", who)
    code = await world.code(ann.email)
    guess = {**who, **ASKING, "verification_code": wrong(code)}
    said(await say(RESET_OPTIONS, guess), 401, WRONG_CODE)
    asked = await say(RESET_OPTIONS, {**guess, "verification_code": code})
    said(asked, 200, ANN)
    new = Authenticator("another phone")
    made = new.make(asked.json()["options"])
    body = {**who, "verification_code": code, "public_key_credential": made}
    said(await say(RESET, body), 204)
    said(await say(RESET, body), 401, Shape(r'\{"error":"invalid_grant",.*'))
    for authenticator, status in ((old, 401), (new, 200)):
        login = await say(LOGIN_OPTIONS, {"client_id": CLIENT, "origin": SHOP})
        assert (await say(LOGIN, authenticator.get(login.json()))).status_code == status


@tells(OPTIONS, REGISTER, LIST, REMOVE)
async def test_passkeys_are_their_owner_s_own(say: Say, ann: Person, world: World) -> None:
    await ann.log_in()
    options = (await say(OPTIONS, ASKING, headers=ann.bearer)).json()["options"]
    made = Authenticator().make(options)
    for line, body, path in (
        (OPTIONS, ASKING, {}),
        (REGISTER, made, {}),
        (LIST, None, {}),
        (REMOVE, None, {"id": "x"}),
    ):
        said(await say(line, body, path=path, by=ann), 401, NO_TOKEN, www_authenticate="Bearer")
    world.clock.advance(301)
    for line, body, path in ((OPTIONS, ASKING, {}), (REMOVE, None, {"id": "x"})):
        answer = await say(line, body, path=path, headers=ann.bearer)
        said(answer, 401, NOT_FRESH, www_authenticate=INVALID_TOKEN)
    said(await say(LIST, headers=ann.bearer), 200, [])


@tells(OPTIONS, LOGIN_OPTIONS)
async def test_a_foreign_page_makes_none(say: Say, ann: Person) -> None:
    await ann.log_in()
    foreign = {**ASKING, "origin": "https://evil.example"}
    refused = await say(OPTIONS, foreign, headers=ann.bearer)
    assert refused.status_code == 403
    assert refused.json()["error"] == "origin_not_allowed"
    asked = {"client_id": CLIENT, "origin": "https://evil.example"}
    assert (await say(LOGIN_OPTIONS, asked)).json()["error"] == "origin_not_allowed"


@tells(RELATED)
async def test_the_pages_that_may_use_them_are_told(say: Say) -> None:
    said(await say(RELATED), 200, {"origins": [SHOP]})
