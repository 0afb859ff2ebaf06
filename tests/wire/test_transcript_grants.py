"""The two grants that a client has only where its configuration says so (contract §1.4, RFC 6749 §4.3 and §4.4)."""

from typing import Any

import pytest

from ostiary.core import administration, clients
from tests.conftest import MakeWorld
from tests.fakes import NOON
from tests.wire.test_transcript_authorize import claims_of
from tests.wire.test_transcript_token import INTROSPECT, REVOKE, TOKEN, TOKENS, USERINFO, basic
from tests.wire.transcript import ISSUER, JWT, UUID, Say, detail, error, said, tells
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, SHOP, World

PROJECT = """
project: {project_id: project-test-grants}
settings: {mfa: {require_at_login: %s}}
clients:
  - client_id: demo-shop
    grants: [password, refresh_token]
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
  - client_id: backend
    public: false
    client_secret: backend-secret
    grants: [client_credentials]
    scopes: [openid, offline_access, "orders:read", "orders:write"]
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
  - client_id: other
    public: false
    client_secret: other-secret
users:
  - email: ann@demo.localhost
    password: correct horse battery staple
  - phone_number: "+33612345679"
    password: correct horse battery staple
  - email: bob@demo.localhost
    password: correct horse battery staple
    mfa: [{type: sms, phone_number: "+33612345678"}]
"""
SECRET = basic("backend", "backend-secret")
OWN = {"grant_type": "client_credentials"}
NOT_ALLOWED = error(
    "unauthorized_client",
    "error.grantType.notAllowed",
    "This client may not use this grant_type.",
    details=detail("grant_type", "This client may not use this grant_type."),
)
WRONG = error("invalid_grant", "error.invalidEmailOrPassword", "Invalid email or password")
INACTIVE = {"active": False}


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return await make_world(PROJECT % "never", "grants")


def by_password(**more: Any) -> dict[str, Any]:
    """What the SDK's `loginWithCredentials` sends."""
    return {
        "client_id": CLIENT,
        "grant_type": "password",
        "username": "ann@demo.localhost",
        "password": PASSWORD,
        "scope": AUTHORIZATION["scope"],
        "origin": "https://shop.demo.localhost:8443",
        **more,
    }


# ---- client_credentials


@tells(TOKEN)
@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, "orders:read orders:write"),
        ("orders:read", "orders:read"),
        ("openid offline_access orders:write", "orders:write"),  # nobody is there to be told of
        ("orders:delete", ""),
    ],
)
async def test_a_back_end_is_given_a_token_of_its_own(
    say: Say, asked: str | None, granted: str
) -> None:
    """RFC 6749 §4.4.3: no refresh token; RFC 9068 §2.2: its subject is the client."""
    body = OWN if asked is None else {**OWN, "scope": asked}
    answer = await say(TOKEN, form=body, headers=SECRET)
    told = {"access_token": JWT, "token_type": "Bearer", "expires_in": 3600, "scope": granted}
    said(answer, 200, told)
    assert claims_of(answer.json()["access_token"]) == {
        "iss": ISSUER,
        "sub": "backend",
        "aud": ["backend", ISSUER],
        "client_id": "backend",
        "iat": NOON,
        "exp": NOON + 3600,
        "jti": UUID,
        "scope": granted,
    }


@tells(TOKEN, INTROSPECT, REVOKE)
async def test_its_token_is_introspected_until_it_ends(
    say: Say, world: World, make_world: MakeWorld
) -> None:
    async def token() -> str:
        return str((await say(TOKEN, OWN, headers=SECRET)).json()["access_token"])

    mine = await token()
    for who in (SECRET, basic("other", "other-secret")):
        answer = await say(INTROSPECT, form={"token": mine}, headers=who)
        said(answer, 200, {"active": True, **claims_of(mine), "token_type": "Bearer"})
    await say(REVOKE, form={"token": mine}, headers=basic("other", "other-secret"))
    assert (await say(INTROSPECT, {"token": mine}, headers=SECRET)).json()["active"]
    await say(REVOKE, form={"token": mine}, headers=SECRET)
    said(await say(INTROSPECT, {"token": mine}, headers=SECRET), 200, INACTIVE)
    mine = await token()
    world.clock.advance(3600)
    said(await say(INTROSPECT, {"token": mine}, headers=SECRET), 200, INACTIVE)
    mine = await token()
    async with world.open_work() as work:
        await administration.remove_client(work, await clients.get(work, "backend"))
    other = basic("other", "other-secret")
    said(await say(INTROSPECT, {"token": mine}, headers=other), 200, INACTIVE)


@tells(TOKEN, USERINFO)
async def test_its_token_is_nobody_s(say: Say, world: World) -> None:
    """Wherever a person is needed it is no token at all; every other route is in the matrix."""
    mine = (await say(TOKEN, OWN, headers=SECRET)).json()["access_token"]
    answer = await say(USERINFO, headers={"authorization": f"Bearer {mine}"})
    assert answer.status_code == 401
    assert answer.json()["error_message_key"] == "error.accessToken.invalid"


@tells(TOKEN)
async def test_a_client_without_the_grant_is_given_none(say: Say) -> None:
    said(await say(TOKEN, OWN, headers=basic("other", "other-secret")), 400, NOT_ALLOWED)
    said(await say(TOKEN, {**OWN, "client_id": CLIENT}), 400, NOT_ALLOWED)
    said(await say(TOKEN, by_password(client_id=None), headers=SECRET), 400, NOT_ALLOWED)
    code = {"grant_type": "authorization_code", "code": "x"}
    said(await say(TOKEN, code, headers=SECRET), 400, NOT_ALLOWED)


@tells("GET /oauth/authorize")
async def test_a_client_without_codes_cannot_ask_for_one(say: Say) -> None:
    """RFC 6749 §4.1.2.1."""
    asked = {**AUTHORIZATION, "client_id": "backend", "state": "s"}
    answer = await say("GET /oauth/authorize", query=asked)
    assert answer.status_code == 303
    assert "error=unauthorized_client" in answer.headers["location"]
    assert "state=s" in answer.headers["location"]


@tells(TOKEN)
async def test_a_public_client_that_lists_it_is_refused_all_the_same(
    say: Say, world: World
) -> None:
    """No configuration gets there; a row written by hand could."""
    async with world.open_work() as work:
        await work.sql.run(
            "UPDATE clients SET body = :body WHERE id = 'demo-shop'",
            body=b'{"id":"demo-shop","grants":["client_credentials"],"origins":["%s"]}'
            % SHOP.encode(),
        )
        await work.changed()
    said(await say(TOKEN, {**OWN, "client_id": CLIENT}), 400, NOT_ALLOWED)


# ---- password


@tells(TOKEN)
async def test_a_password_for_tokens(say: Say) -> None:
    answer = await say(TOKEN, by_password())
    said(answer, 200, TOKENS)
    claims = claims_of(answer.json()["access_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:ostiary:acr:1fa", ["pwd"])
    assert "sid" not in claims  # there is no session, and so nothing to be logged out of
    assert "set-cookie" not in answer.headers
    by_phone = by_password(username="+33612345679", scope="openid")
    answer = await say(TOKEN, form=by_phone)
    assert answer.json().keys() == TOKENS.keys() - {"refresh_token"}


@tells(TOKEN)
async def test_its_tokens_are_renewed_and_revoked_like_any_other(say: Say) -> None:
    first = (await say(TOKEN, by_password())).json()
    renewal = {
        "client_id": CLIENT,
        "grant_type": "refresh_token",
        "refresh_token": first["refresh_token"],
    }
    said(await say(TOKEN, renewal), 200, TOKENS)
    await say("POST /oauth/revoke", {"client_id": CLIENT, "token": first["access_token"]})
    bearer = {"authorization": f"Bearer {first['access_token']}"}
    assert (await say(USERINFO, headers=bearer)).status_code == 401


@tells(TOKEN)
@pytest.mark.parametrize(
    "change",
    [
        {"password": "wrong"},
        {"username": "nobody@demo.localhost"},
        {"username": "nobody"},
        {"username": "@"},
        {"username": "+33600000000"},
    ],
)
async def test_who_it_is_not_is_not_told_apart(say: Say, change: dict[str, str]) -> None:
    """AB-1."""
    said(await say(TOKEN, by_password(**change)), 401, WRONG)


@tells(TOKEN)
@pytest.mark.parametrize("field", ["username", "password"])
async def test_both_are_needed(say: Say, field: str) -> None:
    answer = await say(TOKEN, by_password(**{field: None}))
    assert answer.status_code == 400
    assert answer.json()["error_details"][0]["field"] == field


@tells(TOKEN)
async def test_wrong_ones_lock_the_account(say: Say) -> None:
    """OTP-8, TOTP-9: this way in counts as every other."""
    for _ in range(10):
        await say(TOKEN, by_password(password="wrong"))
    answer = await say(TOKEN, by_password())
    assert answer.status_code == 403
    key = answer.json()["error_message_key"]
    assert key == "error.accountBlockedAfterMultipleLoginAttempts"


@tells(TOKEN)
async def test_where_a_second_factor_must_follow_there_are_no_tokens(
    say: Say, make_world: MakeWorld
) -> None:
    """A trusted browser spares none here; who has no second factor is bound by nothing."""
    always = await make_world(PROJECT % "always", "grants-always")
    answer = await say(TOKEN, by_password(username="bob@demo.localhost"), by=always)
    needed = "A second factor is needed before this login can be used."
    said(answer, 401, error("access_denied", "error.authn.mfa.stepup.required", needed))
    said(await say(TOKEN, by_password(), by=always), 200, TOKENS)
