"""Tokens: given, refreshed, revoked, introspected (contract §0, §1.4, §5; RFC 6749, 7009, 7662)."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.fakes import NOON
from tests.wire.test_transcript_authorize import claims_of
from tests.wire.transcript import (
    FOREIGN,
    ISSUER,
    JWT,
    REFRESH_TOKEN,
    UUID,
    Say,
    detail,
    error,
    said,
    tells,
)
from tests.world import (
    AUTHORIZATION,
    CALLBACK,
    CLIENT,
    COOKIE,
    PASSWORD,
    VERIFIER,
    Person,
    World,
)

TOKEN = "POST /oauth/token"
REVOKE = "POST /oauth/revoke"
INTROSPECT = "POST /oauth/introspect"
USERINFO = "GET /identity/v1/userinfo"

SCOPE = AUTHORIZATION["scope"]
TOKENS = {
    "access_token": JWT,
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": SCOPE,
    "id_token": JWT,
    "refresh_token": REFRESH_TOKEN,
}
CODE_INVALID = error(
    "invalid_grant",
    "error.code.invalid",
    "The authorization code is not valid, or no longer.",
)
VERIFIER_WRONG = error(
    "invalid_grant",
    "error.pkce.verifier",
    "The code_verifier does not belong to the code.",
)
REVOKED = error(
    "invalid_grant",
    "error.refreshToken.revoked",
    "The refresh token was revoked. Log in again.",
)
EXPIRED = error(
    "invalid_grant",
    "error.refreshToken.expired",
    "The refresh token has expired. Log in again.",
)
REFRESH_INVALID = error(
    "invalid_grant",
    "error.refreshToken.invalid",
    "The refresh token is not valid. Log in again.",
)
NOT_THE_CLIENT = error(
    "invalid_client", "error.client.authenticationFailed", "Client authentication failed."
)
BASIC = 'Basic realm="ostiary"'


def missing(field: str, key: str, text: str) -> dict[str, Any]:
    return error("invalid_request", key, text, details=detail(field, text, "missing"))


async def code_for(person: Person, **more: str) -> str:
    answer = await person.authorize(tkn=await person.tkn(), **more)
    return httpx2.URL(answer.headers["location"]).params["code"]


def exchange(code: str, /, **more: Any) -> dict[str, Any]:
    """What the SDK sends: JSON, `null` where it has nothing."""
    body = {
        "client_id": CLIENT,
        "grant_type": "authorization_code",
        "code_verifier": VERIFIER,
        "code": code,
        "redirect_uri": CALLBACK,
        **more,
    }
    return {name: value for name, value in body.items() if value is not ...}


def renewal(token: str, **more: Any) -> dict[str, Any]:
    return {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": token, **more}


@tells(TOKEN)
async def test_a_code_for_tokens_in_json(say: Say, ann: Person) -> None:
    code = await code_for(ann)
    said(await say(TOKEN, exchange(code, persistent=True), by=ann), 200, TOKENS)


@tells(TOKEN)
async def test_a_code_for_tokens_in_a_form(say: Say, ann: Person) -> None:
    code = await code_for(ann)
    said(await say(TOKEN, form=exchange(code)), 200, TOKENS)


@tells(TOKEN)
@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ("openid", {"access_token", "token_type", "expires_in", "scope", "id_token"}),
        ("email mfa", {"access_token", "token_type", "expires_in", "scope"}),
        (
            "offline_access",
            {"access_token", "token_type", "expires_in", "scope", "refresh_token"},
        ),
    ],
)
async def test_a_token_for_each_scope_that_asks_for_one(
    say: Say, ann: Person, scope: str, members: set[str]
) -> None:
    answer = await say(TOKEN, exchange(await code_for(ann, scope=scope)))
    said(answer, 200, {k: v for k, v in {**TOKENS, "scope": scope}.items() if k in members})


@tells(TOKEN)
async def test_what_the_tokens_say(say: Say, ann: Person) -> None:
    """RFC 9068 §2.2, OpenID Connect Core 1.0 §2, contract §5."""
    code = await code_for(ann, nonce="n-0S6_WzA2Mj")
    tokens = (await say(TOKEN, exchange(code))).json()
    assert claims_of(tokens["access_token"]) == {
        "iss": ISSUER,
        "sub": UUID,
        "aud": [CLIENT, ISSUER],
        "client_id": CLIENT,
        "iat": NOON,
        "exp": NOON + 3600,
        "jti": UUID,
        "scope": SCOPE,
        "sid": UUID,
        "gid": UUID,
        "acr": "urn:ostiary:acr:1fa",
        "amr": ["pwd"],
        "auth_time": NOON,
        "factors": [{"kind": "password", "channel": None, "last_proved_at": NOON}],
    }
    id_claims = claims_of(tokens["id_token"])
    assert isinstance(id_claims.pop("at_hash"), str)
    assert id_claims == {
        "iss": ISSUER,
        "sub": UUID,
        "aud": [CLIENT],
        "azp": CLIENT,
        "iat": NOON,
        "exp": NOON + 3600,
        "nonce": "n-0S6_WzA2Mj",
        "sid": UUID,
        "acr": "urn:ostiary:acr:1fa",
        "amr": ["pwd"],
        "auth_time": NOON,
        "name": "Ann Martin",
        "given_name": "Ann",
        "family_name": "Martin",
        "locale": "en",
        "updated_at": "2027-01-15T08:00:00Z",
        "email": "ann@demo.localhost",
        "email_verified": True,
    }


REFUSED: dict[str, tuple[dict[str, Any], int, dict[str, Any]]] = {
    "a wrong verifier": ({"code_verifier": "w" * 43}, 400, VERIFIER_WRONG),
    "no verifier": ({"code_verifier": ...}, 400, VERIFIER_WRONG),
    "a null verifier": ({"code_verifier": None}, 400, VERIFIER_WRONG),
    "an empty verifier": ({"code_verifier": ""}, 400, VERIFIER_WRONG),
    "another redirect URI": (
        {"redirect_uri": f"{CALLBACK}/"},
        400,
        error(
            "invalid_request",
            "error.redirectUri.mismatch",
            "The redirect_uri is not the one the code was issued for.",
            details=detail(
                "redirect_uri", "The redirect_uri is not the one the code was issued for."
            ),
        ),
    ),
    "no redirect URI": (
        {"redirect_uri": ...},
        400,
        error(
            "invalid_request",
            "error.redirectUri.mismatch",
            "The redirect_uri is not the one the code was issued for.",
            details=detail(
                "redirect_uri", "The redirect_uri is not the one the code was issued for."
            ),
        ),
    ),
    "no code": ({"code": ...}, 400, missing("code", "error.code.missing", "Code missing")),
    "what is no code": ({"code": "x"}, 400, CODE_INVALID),
    "a code nobody was given": ({"code": "A" * 64}, 400, CODE_INVALID),
    "no grant type": (
        {"grant_type": ...},
        400,
        missing("grant_type", "error.grantType.missing", "grant_type missing"),
    ),
    "an unknown grant type": (
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        400,
        error(
            "unsupported_grant_type",
            "error.grantType.unsupported",
            "This grant_type is not supported.",
            details=detail("grant_type", "This grant_type is not supported."),
        ),
    ),
}


@tells(TOKEN)
@pytest.mark.parametrize(("change", "status", "answer"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_mistaken_exchange_spends_nothing(
    say: Say, ann: Person, change: dict[str, Any], status: int, answer: dict[str, Any]
) -> None:
    code = await code_for(ann)
    said(await say(TOKEN, exchange(code, **change)), status, answer)
    said(await say(TOKEN, exchange(code)), 200, TOKENS)


@tells(TOKEN)
@pytest.mark.parametrize("client", ["nobody", "", None])
async def test_an_unknown_client_is_given_nothing(
    say: Say, ann: Person, client: str | None
) -> None:
    code = await code_for(ann)
    answer = await say(TOKEN, exchange(code, client_id=client))
    said(answer, 401, NOT_THE_CLIENT, www_authenticate=BASIC)
    said(await say(TOKEN, exchange(code)), 200, TOKENS)


@tells(TOKEN)
async def test_a_public_client_has_no_secret(say: Say, ann: Person) -> None:
    answer = await say(TOKEN, exchange(await code_for(ann), client_secret="guessed"))
    said(answer, 401, NOT_THE_CLIENT, www_authenticate=BASIC)


@tells(TOKEN, USERINFO)
async def test_a_code_seen_again_takes_back_what_it_gave(say: Say, ann: Person) -> None:
    """OA-3."""
    code = await code_for(ann)
    tokens = (await say(TOKEN, exchange(code))).json()
    said(await say(TOKEN, exchange(code)), 400, CODE_INVALID)
    said(await say(TOKEN, renewal(tokens["refresh_token"])), 400, REVOKED)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await say(USERINFO, headers=headers)).status_code == 401


@tells(TOKEN)
@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False)])
async def test_a_code_is_good_for_a_minute(
    say: Say, ann: Person, world: World, age: int, good: bool
) -> None:
    code = await code_for(ann)
    world.clock.advance(age)
    answer = await say(TOKEN, exchange(code))
    said(answer, 200, TOKENS) if good else said(answer, 400, CODE_INVALID)


CONFIDENTIAL = """
project: {project_id: project-test-confidential}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
  - client_id: office
    public: false
    client_secret: "s3cret: é%&"
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://office.demo.localhost"]
    id_token_signed_response_alg: RS256
  - {client_id: other, redirect_uris: ["https://shop.demo.localhost:8443/callback"]}
  - {client_id: codes-only, grants: [authorization_code],
     redirect_uris: ["https://shop.demo.localhost:8443/callback"]}
users: [{email: ann@demo.localhost, password: correct horse battery staple}]
"""
SECRET = "s3cret: é%&"


def basic(client: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1: both form-encoded, then as RFC 7617 has it."""
    both = f"{quote(client, safe='')}:{quote(secret, safe='')}"
    return {"authorization": f"Basic {b64encode(both.encode()).decode()}"}


class Employee(Person):
    """Ann at the office, whose client keeps a secret and sends no challenge."""

    async def code(self, **more: str) -> str:
        login = {"client_id": "office", "email": self.email, "password": PASSWORD}
        tkn = (await self.post("/password/login", login)).json()["tkn"]
        asked = {"client_id": "office", "response_type": "code", "redirect_uri": CALLBACK}
        answer = await self.http.get("/oauth/authorize", params={**asked, "tkn": tkn, **more})
        return httpx2.URL(answer.headers["location"]).params["code"]


@pytest.fixture
async def office(make_world: MakeWorld) -> Employee:
    return Employee(await make_world(CONFIDENTIAL, "confidential"), "ann@demo.localhost")


@tells(TOKEN)
@pytest.mark.parametrize("way", ["basic", "json", "form"])
async def test_a_confidential_client_proves_itself(say: Say, office: Employee, way: str) -> None:
    body = exchange(await office.code(), client_id="office", code_verifier=...)
    if way == "basic":
        headers = basic("office", SECRET)
        answer = await say(TOKEN, {**body, "client_id": None}, headers=headers, by=office)
    elif way == "json":
        answer = await say(TOKEN, {**body, "client_secret": SECRET}, by=office)
    else:
        answer = await say(TOKEN, form={**body, "client_secret": SECRET}, by=office)
    said(answer, 200, TOKENS | {"scope": "openid profile email phone offline_access mfa"})


@tells(TOKEN)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("office", "wrong"),
        basic("office", ""),
        basic("demo-shop", SECRET),
        basic("nobody", SECRET),
        {"authorization": "Basic"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic /w=="},
        {"authorization": f"Basic {b64encode(b'office').decode()}"},
    ],
)
async def test_a_confidential_client_must_prove_itself(
    say: Say, office: Employee, headers: dict[str, str]
) -> None:
    """And the code is still good for the one it was meant for."""
    body = exchange(await office.code(), client_id="office", code_verifier=...)
    refused = await say(TOKEN, body, headers=headers, by=office)
    said(refused, 401, NOT_THE_CLIENT, www_authenticate=BASIC)
    answer = await say(TOKEN, {**body, "client_secret": SECRET}, by=office)
    assert answer.status_code == 200


@tells(TOKEN)
async def test_a_client_proves_itself_in_one_way(say: Say, office: Employee) -> None:
    """RFC 6749 §2.3."""
    body = exchange(await office.code(), client_secret=SECRET, code_verifier=...)
    answer = await say(TOKEN, body, headers=basic("office", SECRET), by=office)
    said(
        answer,
        400,
        error(
            "invalid_request",
            "error.parameter.repeated",
            "A parameter is given more than once: client_secret",
            told="A parameter is given more than once",
            details=detail("client_secret", "A parameter is given more than once"),
        ),
    )


@tells(TOKEN)
async def test_a_code_is_its_client_s_own(say: Say, office: Employee) -> None:
    """OA-3; and nobody but its client spends it."""
    code = await office.code(
        code_challenge=AUTHORIZATION["code_challenge"], code_challenge_method="S256"
    )
    for client in ("demo-shop", "other"):
        answer = await say(TOKEN, exchange(code, client_id=client), by=office)
        said(answer, 400, CODE_INVALID)
    body = exchange(code, client_id="office", client_secret=SECRET)
    assert (await say(TOKEN, body, by=office)).status_code == 200


@tells(TOKEN)
async def test_a_verifier_is_demanded_if_and_only_if_a_challenge_was_sent(
    say: Say, office: Employee
) -> None:
    """OA-4."""
    who = {"client_id": "office", "client_secret": SECRET}
    unasked = exchange(await office.code(), **who)
    said(await say(TOKEN, unasked, by=office), 400, VERIFIER_WRONG)
    bound = await office.code(
        code_challenge=AUTHORIZATION["code_challenge"], code_challenge_method="S256"
    )
    without = exchange(bound, code_verifier=..., **who)
    said(await say(TOKEN, without, by=office), 400, VERIFIER_WRONG)
    assert (await say(TOKEN, exchange(bound, **who), by=office)).status_code == 200


@tells(TOKEN)
async def test_a_grant_type_must_be_the_client_s(say: Say, office: Employee) -> None:
    answer = await say(TOKEN, renewal("x", client_id="codes-only"), by=office)
    said(
        answer,
        400,
        error(
            "unauthorized_client",
            "error.grantType.notAllowed",
            "This client may not use this grant_type.",
            details=detail("grant_type", "This client may not use this grant_type."),
        ),
    )


@tells(TOKEN)
@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "implicit", "Password"])
async def test_no_password_is_taken_here(say: Say, grant_type: str) -> None:
    """OA-5: the client has not switched it on."""
    body = {
        "client_id": CLIENT,
        "grant_type": grant_type,
        "username": "ann@demo.localhost",
        "password": PASSWORD,
        "scope": "openid",
    }
    answer = await say(TOKEN, body)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"unsupported_grant_type", "unauthorized_client"}
    assert "access_token" not in answer.json()


@tells(TOKEN)
async def test_a_refresh_token_is_rotated(say: Say, ann: Person, world: World) -> None:
    first = (await ann.log_in())["refresh_token"]
    world.clock.advance(1000)
    answer = await say(TOKEN, renewal(first))
    said(answer, 200, TOKENS)
    claims = claims_of(answer.json()["access_token"])
    assert (claims["iat"], claims["auth_time"]) == (NOON + 1000, NOON)  # STP-7
    said(await say(TOKEN, form=renewal(answer.json()["refresh_token"])), 200, TOKENS)


@tells(TOKEN)
async def test_a_refresh_token_used_twice_ends_its_family(say: Say, ann: Person) -> None:
    """OA-8: the thief's tokens and the owner's alike."""
    first = (await ann.log_in())["refresh_token"]
    second = (await say(TOKEN, renewal(first))).json()
    said(await say(TOKEN, renewal(first)), 400, REVOKED)
    said(await say(TOKEN, renewal(second["refresh_token"])), 400, REVOKED)
    headers = {"authorization": f"Bearer {second['access_token']}"}
    assert (await say(USERINFO, headers=headers)).status_code == 401


@tells(TOKEN)
async def test_a_refresh_asks_for_less_but_never_for_more(say: Say, ann: Person) -> None:
    """OA-8; what was refused spends nothing."""
    answer = await say(TOKEN, exchange(await code_for(ann, scope="openid email offline_access")))
    first = answer.json()["refresh_token"]
    said(
        await say(TOKEN, renewal(first, scope="openid mfa")),
        400,
        error(
            "invalid_scope",
            "error.scope.widened",
            "A refresh cannot ask for more than was granted.",
        ),
    )
    less = await say(TOKEN, renewal(first, scope="email"))
    said(less, 200, {k: v for k, v in TOKENS.items() if k != "id_token"} | {"scope": "email"})
    whole = await say(TOKEN, renewal(less.json()["refresh_token"]))
    said(whole, 200, TOKENS | {"scope": "openid email offline_access"})


@tells(TOKEN)
async def test_a_refresh_token_is_its_client_s_own(say: Say, office: Employee) -> None:
    first = (await office.log_in())["refresh_token"]
    answer = await say(TOKEN, renewal(first, client_id="other"), by=office)
    said(answer, 400, REFRESH_INVALID)
    said(await say(TOKEN, renewal(first), by=office), 200, TOKENS)


@tells(TOKEN)
@pytest.mark.parametrize(("age", "good"), [(2_591_999, True), (2_592_000, False)])
async def test_a_family_has_an_end(
    say: Say, ann: Person, world: World, age: int, good: bool
) -> None:
    """Thirty days from the code, however often it was refreshed."""
    first = (await ann.log_in())["refresh_token"]
    world.clock.advance(age - 10)
    second = (await say(TOKEN, renewal(first))).json()["refresh_token"]
    world.clock.advance(10)
    answer = await say(TOKEN, renewal(second))
    said(answer, 200, TOKENS) if good else said(answer, 400, EXPIRED)


@tells(TOKEN)
@pytest.mark.parametrize("kind", ["word", "access_token", "id_token", "cookie", "nobody's"])
async def test_what_is_no_refresh_token(say: Say, ann: Person, kind: str) -> None:
    await ann.log_in()
    token = {
        **ann.tokens,
        "word": "x",
        "cookie": ann.http.cookies[COOKIE],
        "nobody's": "A" * 86,
    }[kind]
    said(await say(TOKEN, renewal(token)), 400, REFRESH_INVALID)
    said(
        await say(TOKEN, {"client_id": CLIENT, "grant_type": "refresh_token"}),
        400,
        missing("refresh_token", "error.refreshToken.missing", "Refresh token missing"),
    )


async def alive(person: Person, tokens: dict[str, Any]) -> bool:
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await person.http.get("/identity/v1/userinfo", headers=headers)
    return answer.status_code == 200


@tells(REVOKE)
@pytest.mark.parametrize("way", ["json", "form"])
async def test_a_refresh_token_revoked_ends_all_the_client_was_given(
    say: Say, ann: Person, way: str
) -> None:
    one, two = await ann.log_in(), await ann.log_in()
    body = {"client_id": CLIENT, "token": one["refresh_token"]}
    answer = await say(REVOKE, body) if way == "json" else await say(REVOKE, form=body)
    said(answer, 204)
    assert not await alive(ann, one)
    assert not await alive(ann, two)
    said(await say(TOKEN, renewal(two["refresh_token"])), 400, REVOKED)


@tells(REVOKE)
async def test_an_access_token_revoked_ends_its_grant_alone(say: Say, ann: Person) -> None:
    one, two = await ann.log_in(), await ann.log_in()
    body = {"client_id": CLIENT, "token": one["access_token"], "token_type_hint": "access_token"}
    said(await say(REVOKE, body), 204)
    assert not await alive(ann, one)
    said(await say(TOKEN, renewal(one["refresh_token"])), 400, REVOKED)
    assert await alive(ann, two)


@tells(REVOKE)
async def test_revoking_what_is_nothing_is_no_error(say: Say, ann: Person) -> None:
    """RFC 7009 §2.2."""
    await ann.log_in()
    for token in ("x", "A" * 86, ann.tokens["id_token"], ""):
        said(await say(REVOKE, {"client_id": CLIENT, "token": token}), 204)
    assert await alive(ann, ann.tokens)


@tells(REVOKE)
async def test_another_client_s_token_stays(say: Say, office: Employee) -> None:
    await office.log_in()
    for kind in ("access_token", "refresh_token"):
        body = {"client_id": "other", "token": office.tokens[kind]}
        said(await say(REVOKE, body, by=office), 204)
    assert await alive(office, office.tokens)


@tells(REVOKE)
async def test_revoking_needs_a_client_and_a_token(say: Say, office: Employee) -> None:
    for body in (
        {"token": "x"},
        {"token": "x", "client_id": "nobody"},
        {"token": "x", "client_id": "office"},
    ):
        answer = await say(REVOKE, body, by=office)
        said(answer, 401, NOT_THE_CLIENT, www_authenticate=BASIC)
    said(
        await say(REVOKE, {"client_id": CLIENT}, by=office),
        400,
        error(
            "invalid_request",
            "error.parameter.missing",
            "A parameter is missing: token",
            told="A parameter is missing",
            details=detail("token", "A parameter is missing", "missing"),
        ),
    )
    said(await say(REVOKE, {"token": "x"}, headers=basic("office", SECRET), by=office), 204)


BACKEND = {"client_id": "backend", "client_secret": "backend-secret"}
INACTIVE = {"active": False}
ACTIVE = {
    "active": True,
    "iss": ISSUER,
    "sub": UUID,
    "aud": [CLIENT, ISSUER],
    "client_id": CLIENT,
    "iat": NOON,
    "exp": NOON + 3600,
    "jti": UUID,
    "scope": SCOPE,
    "sid": UUID,
    "gid": UUID,
    "acr": "urn:ostiary:acr:1fa",
    "amr": ["pwd"],
    "auth_time": NOON,
    "factors": [{"kind": "password", "channel": None, "last_proved_at": NOON}],
    "token_type": "Bearer",
}


@tells(INTROSPECT)
@pytest.mark.parametrize("way", ["basic", "json", "form"])
async def test_a_back_end_learns_what_a_token_says(say: Say, ann: Person, way: str) -> None:
    body = {"token": (await ann.log_in())["access_token"]}
    if way == "basic":
        answer = await say(INTROSPECT, form=body, headers=basic("backend", "backend-secret"))
    elif way == "json":
        answer = await say(INTROSPECT, {**body, **BACKEND, "token_type_hint": "refresh_token"})
    else:
        answer = await say(INTROSPECT, form={**body, **BACKEND})
    said(answer, 200, ACTIVE)


@tells(INTROSPECT)
async def test_a_stepped_up_token_says_so_with_its_factors(
    say: Say, bob: Person, world: World
) -> None:
    await bob.log_in()
    world.clock.advance(100)
    token = (await bob.step_up())["access_token"]
    answer = await say(INTROSPECT, {"token": token, **BACKEND})
    said(
        answer,
        200,
        ACTIVE
        | {
            "iat": NOON + 100,
            "exp": NOON + 3700,
            "acr": "urn:ostiary:acr:mfa",
            "amr": ["mfa", "sms", "pwd"],
            "auth_time": NOON + 100,
            "factors": [
                {"kind": "password", "channel": None, "last_proved_at": NOON},
                {"kind": "sms", "channel": "sms", "last_proved_at": NOON + 100},
            ],
        },
    )


@tells(INTROSPECT)
async def test_what_no_longer_holds_is_inactive_and_nothing_more(
    say: Say, ann: Person, world: World
) -> None:
    """RFC 7662 §2.2; a refresh token is told to its own client alone."""
    await ann.log_in()
    for token in ("", "x", "A" * 86, ann.tokens["id_token"], ann.tokens["refresh_token"]):
        said(await say(INTROSPECT, {"token": token, **BACKEND}), 200, INACTIVE)
    revoked = (await ann.log_in())["access_token"]
    await say(REVOKE, {"client_id": CLIENT, "token": revoked})
    said(await say(INTROSPECT, {"token": revoked, **BACKEND}), 200, INACTIVE)
    old = (await ann.log_in())["access_token"]
    world.clock.advance(3600)
    said(await say(INTROSPECT, {"token": old, **BACKEND}), 200, INACTIVE)


@tells(INTROSPECT)
async def test_a_refresh_token_is_told_to_its_own_client(say: Say, office: Employee) -> None:
    body = exchange(
        await office.code(), client_id="office", client_secret=SECRET, code_verifier=...
    )
    tokens = (await say(TOKEN, body, by=office)).json()
    who = {"client_id": "office", "client_secret": SECRET}
    answer = await say(INTROSPECT, {"token": tokens["refresh_token"], **who}, by=office)
    said(
        answer,
        200,
        {
            "active": True,
            "iss": ISSUER,
            "sub": UUID,
            "client_id": "office",
            "scope": "openid profile email phone offline_access mfa",
            "exp": NOON + 2_592_000,
            "sid": UUID,
            "acr": "urn:ostiary:acr:1fa",
            "amr": ["pwd"],
            "auth_time": NOON,
            "factors": [{"kind": "password", "channel": None, "last_proved_at": NOON}],
            "token_type": "refresh_token",
        },
    )


@tells(INTROSPECT)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({}, {}),
        ({"client_id": "backend"}, {}),
        ({"client_id": "backend", "client_secret": "wrong"}, {}),
        ({"client_id": "nobody", "client_secret": "backend-secret"}, {}),
        ({"client_id": CLIENT}, {}),
        ({}, basic("backend", "wrong")),
        ({}, basic(CLIENT, "")),
        ({"client_id": CLIENT}, basic("backend", "backend-secret")),
    ],
)
async def test_only_a_confidential_client_may_ask(
    say: Say, ann: Person, body: dict[str, str], headers: dict[str, str]
) -> None:
    token = (await ann.log_in())["access_token"]
    answer = await say(INTROSPECT, {"token": token, **body}, headers=headers)
    said(answer, 401, NOT_THE_CLIENT, www_authenticate=BASIC)


@tells(TOKEN, REVOKE, INTROSPECT)
async def test_a_foreign_page_may_not_read_tokens(say: Say, ann: Person) -> None:
    """OA-17."""
    code = await code_for(ann)
    said(await say(TOKEN, exchange(code), origin=FOREIGN), 200, TOKENS, shared=False)
    answer = await say(REVOKE, {"token": "x"}, origin=FOREIGN)
    said(answer, 401, NOT_THE_CLIENT, shared=False, www_authenticate=BASIC)
    answer = await say(INTROSPECT, {"token": "x", **BACKEND}, origin=FOREIGN)
    said(answer, 200, INACTIVE, shared=False)
