"""Every route with every kind of token: what is allowed is the table here, and a new route fails until it is in it.

SES-3, OA-9, TOTP-7, WA-6 and, for operators' routes, ADM-2.
"""

from typing import Any

import httpx2
import pytest

from ostiary.wire.admin import routes as admin
from ostiary.wire.console import doors
from ostiary.wire.console import routes as console
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.security.lab import (
    BACKEND,
    NEW_PHONE,
    PATIENT,
    all_rows,
    configure,
    parameters,
)
from tests.world import AUTHORIZATION, CALLBACK, CLIENT, COOKIE, PASSWORD, SHOP, Person, World

V1 = "/identity/v1"
CLEO, BOB = "cleo@demo.localhost", "bob@demo.localhost"
PHONE = "+33698765432"  # Cleo's

# what may be shown as a bearer token
ONE, RAISED, OTHER = "one factor", "stepped up", "another's"
NARROW = "without the scope mfa"
STALE = "of six minutes ago"
DEAD = "revoked"
IMPOSTORS = (
    "nothing",
    "a tkn",
    "a tkn before mfa",
    "a step-up token",
    "a challenge id",
    "an authorization code",
    "a refresh token",
    "an ID token",
    "a session cookie",
    "a trusted device",
    "a client secret",
    "a client's own token",
    DEAD,
)
HOLDERS = (ONE, RAISED, OTHER, NARROW, STALE)
EVERYBODY = (*IMPOSTORS, *HOLDERS)

ANYONE = frozenset(HOLDERS)  # with an access token of their own
FACTORS = frozenset({ONE, RAISED, OTHER, STALE})  # one with the scope `mfa`
CODES = frozenset({RAISED})  # and who proved a second factor just now: these have one
FRESH = frozenset({ONE, RAISED, OTHER, NARROW})
NOBODY: frozenset[str] = frozenset()
PUBLIC = None  # no token is asked for, and none changes the answer

# --- the table


TABLE: dict[str, frozenset[str] | None] = {
    f"GET {V1}/config": PUBLIC,
    f"GET {V1}/config/consents": PUBLIC,
    f"GET {V1}/resources/{{name}}": PUBLIC,
    f"GET {V1}/openapi.json": PUBLIC,
    f"GET {V1}/sso/data": PUBLIC,
    f"GET {V1}/logout": PUBLIC,
    f"GET {V1}/signup/data": PUBLIC,
    f"GET {V1}/custom-token/login": PUBLIC,
    "GET /oauth/authorize": PUBLIC,
    "GET /.well-known/openid-configuration": PUBLIC,
    "GET /.well-known/oauth-authorization-server": PUBLIC,
    "GET /.well-known/webauthn": PUBLIC,
    "GET /.well-known/jwks.json": PUBLIC,
    f"POST {V1}/signup": PUBLIC,
    f"POST {V1}/password/login": PUBLIC,
    f"POST {V1}/password/strength": PUBLIC,
    f"POST {V1}/forgot-password": PUBLIC,
    f"POST {V1}/account-recovery": PUBLIC,
    f"POST {V1}/passwordless/start": PUBLIC,
    f"POST {V1}/passwordless/verify": PUBLIC,
    f"GET {V1}/passwordless/verify": PUBLIC,
    f"POST {V1}/verify-auth-code": PUBLIC,
    f"POST {V1}/webauthn/authentication-options": PUBLIC,
    f"POST {V1}/webauthn/authentication": PUBLIC,
    f"POST {V1}/webauthn/signup-options": PUBLIC,
    f"POST {V1}/webauthn/signup": PUBLIC,
    f"POST {V1}/webauthn/reset-options": PUBLIC,
    f"POST {V1}/webauthn/reset": PUBLIC,
    "POST /oauth/token": PUBLIC,
    # a client's own authentication, and no user's token instead of it
    "POST /oauth/revoke": NOBODY,
    "POST /oauth/introspect": NOBODY,
    # one's own profile
    f"GET {V1}/userinfo": ANYONE,
    f"POST {V1}/update-profile": ANYONE,
    f"POST {V1}/update-phone-number": ANYONE,
    f"POST {V1}/update-email": frozenset({RAISED, OTHER}),  # hers is a second factor, his is not
    f"POST {V1}/send-email-verification": ANYONE,
    f"POST {V1}/send-phone-number-verification": ANYONE,
    f"POST {V1}/verify-email": ANYONE,
    f"POST {V1}/verify-phone-number": ANYONE,
    f"POST {V1}/update-password": FRESH,
    f"POST {V1}/unlink": NOBODY,
    # second factors
    f"GET {V1}/mfa/credentials": FACTORS,
    f"POST {V1}/mfa/credentials/phone-numbers": CODES,
    f"POST {V1}/mfa/credentials/phone-numbers/verify": CODES,
    f"POST {V1}/mfa/credentials/emails": frozenset({ONE, RAISED}),  # hers is registered already
    f"POST {V1}/mfa/credentials/emails/verify": CODES,
    f"DELETE {V1}/mfa/credentials/phone-numbers": CODES,
    f"DELETE {V1}/mfa/credentials/emails": CODES,
    f"POST {V1}/mfa/stepup": frozenset({ONE, RAISED, OTHER}),
    f"GET {V1}/mfa/trusteddevices": FACTORS,
    f"DELETE {V1}/mfa/trusteddevices/{{id}}": frozenset({ONE, RAISED, OTHER}),
    # passkeys
    f"GET {V1}/webauthn/registration": ANYONE,
    f"POST {V1}/webauthn/registration-options": CODES,
    f"POST {V1}/webauthn/registration": CODES,
    f"DELETE {V1}/webauthn/registration/{{id}}": FRESH,
}

ASSERTION = {"client_data_json": "x", "authenticator_data": "x", "signature": "x"}
ATTESTATION = {
    "id": "x",
    "raw_id": "x",
    "type": "public-key",
    "response": {"client_data_json": "x", "attestation_object": "x"},
}
WHO = {"client_id": CLIENT, "email": "stranger@demo.localhost"}
CODE = {"verification_code": "123456"}
BODIES: dict[str, dict[str, Any]] = {
    f"POST {V1}/signup": {"client_id": CLIENT, "data": {"email": CLEO, "password": PASSWORD}},
    f"POST {V1}/password/login": {**WHO, "password": "x"},
    f"POST {V1}/password/strength": {"password": "x"},
    f"POST {V1}/forgot-password": WHO,
    f"POST {V1}/account-recovery": WHO,
    f"POST {V1}/passwordless/start": {"auth_type": "sms", "step_up": "x"},
    f"POST {V1}/passwordless/verify": {"challenge_id": "x", **CODE},
    f"POST {V1}/verify-auth-code": {"challenge_id": "x", **CODE},
    f"POST {V1}/webauthn/authentication-options": {**WHO, "origin": SHOP},
    f"POST {V1}/webauthn/authentication": {**ATTESTATION, "response": ASSERTION},
    f"POST {V1}/webauthn/signup-options": {
        "client_id": CLIENT,
        "origin": SHOP,
        "friendly_name": "x",
        "profile": {"email": CLEO},
    },
    f"POST {V1}/webauthn/signup": {"webauthn_id": "x", "public_key_credential": ATTESTATION},
    f"POST {V1}/webauthn/reset-options": {**WHO, **CODE, "origin": SHOP, "friendly_name": "x"},
    f"POST {V1}/webauthn/reset": {**WHO, **CODE, "public_key_credential": ATTESTATION},
    "POST /oauth/token": {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": "x"},
    "POST /oauth/revoke": {"token": "x"},
    "POST /oauth/introspect": {"token": "x"},
    f"POST {V1}/update-profile": {"nickname": "x"},
    f"POST {V1}/update-phone-number": {"phone_number": NEW_PHONE},
    f"POST {V1}/update-email": {"email": "new@demo.localhost"},
    f"POST {V1}/send-email-verification": {},
    f"POST {V1}/verify-email": {"email": "new@demo.localhost", **CODE},
    f"POST {V1}/verify-phone-number": {"phone_number": NEW_PHONE, **CODE},
    f"POST {V1}/update-password": {"client_id": CLIENT, "password": "a brand-new horse, a staple"},
    f"POST {V1}/mfa/credentials/phone-numbers": {"phone_number": NEW_PHONE},
    f"POST {V1}/mfa/credentials/phone-numbers/verify": CODE,
    f"POST {V1}/mfa/credentials/emails": {},
    f"POST {V1}/mfa/credentials/emails/verify": CODE,
    f"DELETE {V1}/mfa/credentials/phone-numbers": {"phone_number": PHONE},
    f"POST {V1}/mfa/stepup": AUTHORIZATION,
    f"POST {V1}/webauthn/registration-options": {"origin": SHOP, "friendly_name": "x"},
    f"POST {V1}/webauthn/registration": ATTESTATION,
}
QUERIES: dict[str, dict[str, str]] = {
    f"GET {V1}/config": {"client_id": CLIENT},
    f"GET {V1}/sso/data": {"client_id": CLIENT},
    "GET /oauth/authorize": {**AUTHORIZATION, "prompt": "none"},
    f"GET {V1}/passwordless/verify": {
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "challenge_id": "x",
        **CODE,
    },
}

NOT_ADMITTED = {
    "error.accessToken.missing",
    "error.accessToken.invalid",
    "error.accessToken.freshness",
    "error.scope.insufficient",
    "error.authn.mfa.stepup.required",
    "error.login.required",
    "error.client.authenticationFailed",
    "error.feature.notAvailable",
    "error.provider.notConfigured",
}


def test_the_table_is_the_route_table() -> None:
    """ADM-2: deny by default: nothing is served here that nobody has thought about."""
    assert {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS} == TABLE.keys()
    said = {f"{e.method} {e.path}" for e in ENDPOINTS if e.secured == "bearer"}
    meant = {route for route, holders in TABLE.items() if holders is not PUBLIC}
    elsewhere = {
        f"POST {V1}/update-password",  # by a token or by a code
        f"POST {V1}/mfa/stepup",  # by a token, a tkn or the cookie
        "POST /oauth/revoke",
        "POST /oauth/introspect",
    }
    assert meant - elsewhere == said
    assert said <= meant


class Cast:
    """Everybody's tokens, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens: dict[str, str] = {"nothing": ""}
        self.device = ""

    async def gather(self) -> None:
        world, tokens = self.world, self.tokens
        await configure(world, **PATIENT)
        stale = Person(world, CLEO)
        tokens[STALE] = (await stale.log_in())["access_token"]
        world.clock.advance(360)

        revoked = Person(world, CLEO)
        tokens[DEAD] = (await revoked.log_in())["access_token"]
        await revoked.http.post("/oauth/revoke", json={"client_id": CLIENT, "token": tokens[DEAD]})

        cleo = Person(world, CLEO)
        mine = await cleo.log_in()
        tokens[ONE] = mine["access_token"]
        tokens["a refresh token"] = mine["refresh_token"]
        tokens["an ID token"] = mine["id_token"]
        tokens["an authorization code"] = parameters(await cleo.authorize())["code"]
        tokens["a step-up token"] = await cleo.step_up_token()
        tokens["a challenge id"] = await cleo.challenge(tokens["a step-up token"])
        tokens["a session cookie"] = str(cleo.http.cookies.get(COOKIE))
        tokens["a tkn"] = await cleo.tkn()
        tokens["a client secret"] = "backend-secret"
        own = await world.http.post(
            "/oauth/token", json={"grant_type": "client_credentials"}, auth=BACKEND
        )
        tokens["a client's own token"] = own.json()["access_token"]

        raised = Person(world, CLEO)
        await raised.log_in()
        trusted = await raised.post(
            "/passwordless/verify",
            {
                "challenge_id": await raised.challenge(await raised.step_up_token()),
                "verification_code": await world.code(PHONE),
                "trust_device": True,
            },
        )
        tokens["a trusted device"] = str(trusted.cookies.get("__Host-trusted-device-id"))
        tokens[RAISED] = (await raised.exchange(trusted.json()["code"])).json()["access_token"]

        narrow = Person(world, CLEO)
        answer = await narrow.authorize(tkn=await narrow.tkn(), scope="openid profile email")
        exchanged = await narrow.exchange(parameters(answer)["code"])
        tokens[NARROW] = exchanged.json()["access_token"]
        tokens[OTHER] = (await Person(world, BOB).log_in())["access_token"]
        await configure(world, mfa={"require_at_login": "always"})
        tokens["a tkn before mfa"] = await cleo.tkn()
        await configure(world, mfa={"require_at_login": "never"})
        (device,) = await all_rows(world, "SELECT id FROM devices")
        self.device = device["id"]
        world.carrier.messages.clear()

    async def try_(self, route: str, holder: str) -> httpx2.Response:
        method, _, path = route.partition(" ")
        token = self.tokens[holder]
        async with self.world.browser() as browser:
            return await browser.request(
                method,
                path.replace("{name}", "en.json").replace("{id}", self.device),
                params=QUERIES.get(route),
                json=BODIES.get(route),
                headers={"authorization": f"Bearer {token}"} if token else {},
            )

    async def belongings(self) -> dict[str, Any]:
        """What is Cleo's, and must not change by anybody else's doing."""
        owned = {
            "contacts": "user_id, channel, address, verified_at",
            "credentials": "user_id, kind, address",
            "sessions": "id, ended_at, proofs",
            "grants": "id, redeemed_at, revoked_at, proofs",
            "devices": "id, digest",
            "users": "id, profile",
        }
        return {
            table: await all_rows(self.world, f"SELECT {columns} FROM {table} ORDER BY 1, 2")
            for table, columns in owned.items()
        }


def admitted(answer: httpx2.Response) -> bool:
    if answer.status_code < 400:
        return True
    return answer.json()["error_message_key"] not in NOT_ADMITTED


@pytest.mark.parametrize("route", [route for route, who in TABLE.items() if who is not PUBLIC])
async def test_a_route_admits_whom_the_table_names(world: World, route: str) -> None:
    """SES-3, OA-9, WA-6, TOTP-7: every kind of token as bearer; who is not admitted changes nothing."""
    allowed = TABLE[route]
    assert allowed is not None
    cast = Cast(world)
    await cast.gather()
    before = await cast.belongings()
    for holder in EVERYBODY:
        if holder not in allowed:
            answer = await cast.try_(route, holder)
            assert not admitted(answer), (holder, answer.text)
            assert answer.status_code in (400, 401, 403)
            assert "set-cookie" not in answer.headers
    assert await cast.belongings() == before
    await world.deliver()
    assert world.carrier.messages == []
    # each of the others may; what one of them does may end what another holds, so all are counted at once
    outcomes = {}
    for holder in sorted(allowed, key=lambda holder: (holder == RAISED, holder)):
        outcomes[holder] = admitted(await cast.try_(route, holder))
        if route == f"POST {V1}/update-password":
            break  # it ends every other session
    assert all(outcomes.values()), outcomes
    assert outcomes or not allowed


@pytest.mark.parametrize("route", [route for route, who in TABLE.items() if who is PUBLIC])
async def test_a_public_route_answers_everybody_alike(world: World, route: str) -> None:
    """OA-9: where no token is asked for none is looked at, so that none can open more than it should."""
    cast = Cast(world)
    await cast.gather()
    seen = {}
    for holder in EVERYBODY:
        answer = await cast.try_(route, holder)
        seen[holder] = (answer.status_code, answer.headers.get("location", "").partition("?")[0])
    assert len(set(seen.values())) == 1, seen
    assert "code=" not in answer.headers.get("location", "")
    assert "set-cookie" not in answer.headers or route == f"GET {V1}/logout"


HIS = {  # what another's token may do to himself, and where that is
    f"POST {V1}/update-profile": "users",
    f"POST {V1}/update-email": "contacts",
    f"POST {V1}/update-phone-number": "contacts",
    f"POST {V1}/update-password": "grants",
}


@pytest.mark.parametrize("route", [route for route, who in TABLE.items() if OTHER in (who or ())])
async def test_another_acts_on_himself_alone(world: World, route: str) -> None:
    """ADM-2's object column: Bob's good token, with Cleo's phone, device and addresses in the request."""
    cast = Cast(world)
    await cast.gather()
    (cleo,) = await all_rows(
        world, "SELECT user_id AS id FROM contacts WHERE address = :email", email=CLEO
    )
    before = await cast.belongings()
    named = {
        "user_id": cleo["id"],
        "sub": cleo["id"],
        "id": cleo["id"],
        "profile_id": cleo["id"],
        "email": CLEO,
        "phone_number": PHONE,
    }
    method, _, path = route.partition(" ")
    for extra in ({}, named):
        answer = await world.http.request(
            method,
            path.replace("{id}", cast.device),
            params=QUERIES.get(route, {}) | ({} if not extra else {"user_id": cleo["id"]}),
            json={**BODIES.get(route, {}), **extra} if route in BODIES else None,
            headers={"authorization": f"Bearer {cast.tokens[OTHER]}"},
        )
        assert cleo["id"] not in answer.text
        assert PHONE not in answer.text or path.endswith("/update-phone-number")  # as he asked
    after = await cast.belongings()
    for table, rows in before.items():
        mine = [row for row in rows if cleo["id"] in row.values()]
        assert mine == [row for row in after[table] if cleo["id"] in row.values()], table
    if method == "DELETE":
        assert answer.status_code == 404
        assert after == before


def operators_routes() -> list[tuple[str, str]]:
    console_routes = [endpoint for endpoint in console.ENDPOINTS if endpoint.secured]
    return [(e.method, e.path) for e in (*admin.ENDPOINTS, *console_routes)]


async def test_no_users_token_opens_an_operators_door(world: World) -> None:
    """ADM-2: every route of the admin API and of the console, with everything a user may hold, as bearer and
    as either side's cookie."""
    cast = Cast(world)
    await cast.gather()
    before = await cast.belongings()
    routes = operators_routes()
    assert len(routes) > 40
    for method, path in routes:
        concrete = path.replace("{purpose}/{channel}", "mfa_step_up/sms")
        for name in ("id", "cid", "sid", "did", "version", "session", "device", "credential"):
            concrete = concrete.replace(f"{{{name}}}", cast.device)
        concrete = concrete.replace("{client_id:path}", CLIENT).replace("{id:path}", CLIENT)
        for holder in ("nothing", RAISED, "a session cookie", "a client's own token"):
            token = cast.tokens[holder] or "x"
            answer = await world.http.request(
                method,
                concrete,
                headers={
                    "authorization": f"Bearer {token}",
                    "cookie": "; ".join(
                        f"{name}={token}" for name in (COOKIE, doors.COOKIE, doors.BROWSER)
                    ),
                },
            )
            refused = answer.status_code in (401, 403) or (
                answer.status_code == 303 and "sign-in" in answer.headers["location"]
            )
            assert refused, (method, concrete, holder, answer.status_code)
            assert "content-disposition" not in answer.headers
    assert await cast.belongings() == before
