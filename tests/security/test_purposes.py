"""Everything that is handed out, tried at every door: each opens its own and no other (OTP-10, ML-5, OA-9, KEY-5)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.security.lab import BACKEND, PATIENT, configure, project
from tests.world import (
    AUTHORIZATION,
    CALLBACK,
    CLIENT,
    COOKIE,
    PASSWORD,
    SHOP,
    VERIFIER,
    Person,
    World,
)

V1 = "/identity/v1"
CLEO = "cleo@demo.localhost"
PHONE = "+33698765432"
DEVICE, BROWSER = "__Host-trusted-device-id", "__Host-Browser"
PROJECT = ("project-test-11111111-1111-4111-8111-111111111111", "secret-test-anything")
ORCHESTRATED = {"client_id": "orchestrated", "redirect_uri": f"{SHOP}/orchestrated"}


class Things:
    """One of each, all good at once, and what is known besides: the code of the challenge that waits."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.by_name: dict[str, str] = {}
        self.code = ""
        self.waiting_step_up = ""  # answers a request that waits

    async def gather(self) -> None:
        world, things = self.world, self.by_name
        cleo = Person(world, CLEO)
        await configure(world, **PATIENT)
        things["a mail's link, to log in"] = await self.link(
            cleo, "/passwordless/start", {**AUTHORIZATION, "auth_type": "magic_link", "email": CLEO}
        )
        await cleo.log_in()
        await cleo.step_up("sms")
        things["an access token"] = cleo.tokens["access_token"]
        things["a refresh token"] = cleo.tokens["refresh_token"]
        things["an ID token"] = cleo.tokens["id_token"]
        things["a session"] = str(cleo.http.cookies[COOKIE])
        things["an authorization code"] = await self.authorization_code(cleo)
        things["a step-up token"] = await cleo.step_up_token()
        things["a mail's link, to step up"] = await self.link(
            cleo,
            "/passwordless/start",
            {"auth_type": "email", "step_up": await cleo.step_up_token()},
        )
        things["a challenge"] = await cleo.challenge(await cleo.step_up_token(), "sms")
        self.code = await world.code(PHONE)
        things["a login"] = await Person(world, CLEO).tkn()
        await configure(world, mfa={"require_at_login": "always"})
        things["a login before its second factor"] = await Person(world, CLEO).tkn()
        trusted = Person(world, CLEO)
        challenge = await trusted.challenge(
            await trusted.step_up_token(tkn=await trusted.tkn()), "sms"
        )
        answer = {"challenge_id": challenge, "verification_code": await world.code(PHONE)}
        await trusted.post("/passwordless/verify", {**answer, "trust_device": True})
        things["a trusted browser"] = str(trusted.http.cookies[DEVICE])
        await configure(world, mfa={"require_at_login": "never"})
        sent = await world.browser().get(
            "/oauth/authorize", params={**AUTHORIZATION, **ORCHESTRATED}
        )
        where = httpx2.URL(sent.headers["location"])
        things["a request that waits"] = where.params["r5_request_token"]
        begun = await cleo.post("/mfa/stepup", {"client_id": CLIENT, "tkn": await cleo.tkn()})
        self.waiting_step_up = begun.json()["token"]
        asked = Person(world, "ann@demo.localhost")
        body = {**AUTHORIZATION, "auth_type": "magic_link", "email": asked.email}
        await asked.post("/passwordless/start", body, headers={"sec-fetch-site": "same-site"})
        things["a browser"] = str(asked.http.cookies[BROWSER])
        own = await world.http.post(
            "/oauth/token", json={"grant_type": "client_credentials"}, auth=BACKEND
        )
        things["a client's own token"] = own.json()["access_token"]
        things["a client's secret"] = BACKEND[1]
        await self.straight_links()
        options = await cleo.post(
            "/webauthn/authentication-options", {"client_id": CLIENT, "origin": SHOP}
        )
        things["a passkey's challenge"] = options.json()["public_key"]["challenge"]

    async def straight_links(self) -> None:
        """Those of the other dialect, which bring their secret to the application."""
        back_end, things = self.world.back_end(), self.by_name
        for name, path in (
            ("a link to the application", "/magic_links/email/send"),
            ("a link that resets", "/passwords/email/reset/start"),
        ):
            sent = await back_end.post(path, json={"email": CLEO})
            link = httpx2.URL(str((await self.world.message(CLEO)).link))
            things[name] = link.params["token"]
        user = {"user_id": sent.json()["user_id"]}
        made = await back_end.post("/magic_links", json=user)
        things["a link of the application's own"] = made.json()["token"]

    async def authorization_code(self, person: Person) -> str:
        at = httpx2.URL((await person.authorize()).headers["location"])
        return str(at.params["code"])

    async def link(self, person: Person, path: str, body: dict[str, Any]) -> str:
        await person.post(path, body)
        link = (await self.world.message(CLEO)).link
        assert link is not None
        return link.rpartition("/")[2]


Door: TypeAlias = Callable[[Things, str], Awaitable[bool]]  # does this open it?


def granted(answer: httpx2.Response) -> bool:
    return answer.status_code < 300 or "code=" in answer.headers.get("location", "")


def posting(path: str, name: str, **more: Any) -> Door:
    """This body, with the thing under this name."""

    async def door(things: Things, thing: str) -> bool:
        body = {**more, name: thing}
        async with things.world.browser() as browser:
            return granted(await browser.post(path, json=body))

    return door


def authorizing(name: str, **more: str) -> Door:
    async def door(things: Things, thing: str) -> bool:
        query = {**AUTHORIZATION, **more, name: thing}
        async with things.world.browser() as browser:
            return granted(await browser.get("/oauth/authorize", params=query))

    return door


def bearing(method: str, path: str, **body: Any) -> Door:
    async def door(things: Things, thing: str) -> bool:
        headers = {"authorization": f"Bearer {thing}"}
        async with things.world.browser() as browser:
            json = body or None
            return granted(await browser.request(method, path, json=json, headers=headers))

    return door


async def waiting_request(things: Things, thing: str) -> bool:
    """At a login page, by the session of the person it is about."""
    query = {"client_id": CLIENT, "response_type": "code", "redirect_uri": CALLBACK}
    async with things.world.browser() as browser:
        browser.cookies.set(COOKIE, things.by_name["a session"])
        answer = await browser.get("/oauth/authorize", params={**query, "r5_request_token": thing})
    return granted(answer)


async def waiting_step_up(things: Things, thing: str) -> bool:
    start = {"auth_type": "sms", "step_up": things.waiting_step_up, "r5_request_token": thing}
    async with things.world.browser() as browser:
        return granted(await browser.post(f"{V1}/passwordless/start", json=start))


async def session_cookie(things: Things, thing: str) -> bool:
    async with things.world.browser() as browser:
        browser.cookies.set(COOKIE, thing)
        told = await browser.get(f"{V1}/sso/data", params={"client_id": CLIENT})
        authorized = await browser.get("/oauth/authorize", params=AUTHORIZATION)
        begun = await browser.post(f"{V1}/mfa/stepup", json=AUTHORIZATION)
    opened = {told.json()["is_authenticated"], granted(authorized), granted(begun)}
    assert len(opened) == 1
    return True in opened


async def device_cookie(things: Things, thing: str) -> bool:
    """Is the second factor spared?"""
    await configure(things.world, mfa={"require_at_login": "always"})
    login = {"client_id": CLIENT, "email": CLEO, "password": PASSWORD}
    async with things.world.browser() as browser:
        browser.cookies.set(DEVICE, thing)
        answer = await browser.post(f"{V1}/password/login", json=login)
    await configure(things.world, mfa={"require_at_login": "never"})
    assert answer.status_code == 200
    return set(answer.json()) == {"tkn"}


async def link_page(things: Things, thing: str) -> bool:
    async with things.world.browser() as browser:
        shown = await browser.get(f"/link/{thing}")
        return granted(shown) and granted(await browser.post(f"/link/{thing}"))


async def challenge_at(things: Things, thing: str, path: str) -> bool:
    body = {"challenge_id": thing, "verification_code": things.code}
    async with things.world.browser() as browser:
        return granted(await browser.post(path, json=body))


async def challenge_checked(things: Things, thing: str) -> bool:
    return await challenge_at(things, thing, f"{V1}/verify-auth-code")


async def challenge_answered(things: Things, thing: str) -> bool:
    return await challenge_at(things, thing, f"{V1}/passwordless/verify")


async def challenge_by_redirect(things: Things, thing: str) -> bool:
    query = {"challenge_id": thing, "verification_code": things.code}
    async with things.world.browser() as browser:
        return granted(await browser.get(f"{V1}/passwordless/verify", params=query))


async def introspected(things: Things, thing: str) -> bool:
    async with things.world.browser() as browser:
        told = await browser.post("/oauth/introspect", json={"token": thing}, auth=BACKEND)
    return bool(told.json()["active"])


async def client_secret(things: Things, thing: str) -> bool:
    async with things.world.browser() as browser:
        who = (BACKEND[0], thing)
        return granted(await browser.post("/oauth/introspect", json={"token": "x"}, auth=who))


def by_project(path: str, name: str, **more: Any) -> Door:
    """The other dialect, asked by a back end."""

    async def door(things: Things, thing: str) -> bool:
        async with things.world.browser() as browser:
            answer = await browser.post(path, json={**more, name: thing}, auth=PROJECT)
        assert answer.status_code != 401 or "project" not in answer.text
        return granted(answer)

    return door


EXCHANGE = {"client_id": CLIENT, "grant_type": "authorization_code", "redirect_uri": CALLBACK}
EXCHANGE["code_verifier"] = VERIFIER
REFRESH = {"client_id": CLIENT, "grant_type": "refresh_token"}
LOGINS = {"a login", "a login before its second factor"}
LINKS = {"a mail's link, to log in", "a mail's link, to step up"}

DOORS: dict[str, tuple[Door, set[str]]] = {
    "authorize, as a tkn": (authorizing("tkn"), {"a login"}),
    "authorize, as a waiting request": (waiting_request, {"a request that waits"}),
    "step up, as a tkn": (posting(f"{V1}/mfa/stepup", "tkn", **AUTHORIZATION), LOGINS),
    "step up, as a bearer": (
        bearing("POST", f"{V1}/mfa/stepup", **AUTHORIZATION),
        {"an access token"},
    ),
    "send a code, as a step-up token": (
        posting(f"{V1}/passwordless/start", "step_up", auth_type="sms"),
        {"a step-up token"},
    ),
    "send a code, as a waiting request": (waiting_step_up, {"a request that waits"}),
    "check a code, as a challenge": (challenge_checked, {"a challenge"}),
    "answer, as a challenge": (challenge_answered, {"a challenge"}),
    "answer by redirect, as a challenge": (challenge_by_redirect, {"a challenge"}),
    "exchange, as a code": (posting("/oauth/token", "code", **EXCHANGE), {"an authorization code"}),
    "refresh": (posting("/oauth/token", "refresh_token", **REFRESH), {"a refresh token"}),
    "a link's page": (link_page, LINKS),
    "userinfo, as a bearer": (bearing("GET", f"{V1}/userinfo"), {"an access token"}),
    "second factors, as a bearer": (bearing("GET", f"{V1}/mfa/credentials"), {"an access token"}),
    "verify an address, in the body": (
        posting(f"{V1}/verify-email", "access_token", email=CLEO, verification_code="123456"),
        set(),
    ),
    "the session's cookie": (session_cookie, {"a session"}),
    "the trusted browser's cookie": (device_cookie, {"a trusted browser"}),
    "introspection": (introspected, {"an access token", "a client's own token"}),
    "a client's secret": (client_secret, {"a client's secret"}),
    "the admin API": (bearing("GET", "/admin/v1/users"), set()),
    "the other dialect, as a session": (
        by_project("/v1/sessions/authenticate", "session_token"),
        {"a session"},  # it is one: applications may keep what another way of logging in began
    ),
    "the other dialect, as a signed session": (
        by_project("/v1/sessions/authenticate", "session_jwt"),
        set(),
    ),
    "the other dialect, as a link": (
        by_project("/v1/magic_links/authenticate", "token"),
        {"a link to the application", "a link of the application's own"},
    ),
    "the other dialect, as a link that resets": (
        by_project("/v1/passwords/email/reset", "token", password="another staple, a battery"),
        {"a link that resets"},
    ),
    "the other dialect, as a method": (
        by_project("/v1/otps/authenticate", "method_id", code="123456"),
        set(),
    ),
}


@pytest.mark.parametrize("name", DOORS)
async def test_a_door_opens_to_its_own_and_to_nothing_else(
    make_world: MakeWorld, name: str
) -> None:
    """All that is not meant for it first: it takes none of them, and spends none of them either."""
    text = project().replace(
        "clients:\n",
        f"clients:\n- client_id: orchestrated\n  redirect_uris: ['{SHOP}/orchestrated']\n"
        f"  login_url: '{SHOP}/login'\n",
        1,
    )
    world = await make_world(text, "purposes")
    things = Things(world)
    await things.gather()
    door, own = DOORS[name]
    assert own <= things.by_name.keys()
    assert len(set(things.by_name.values())) == len(things.by_name) >= 17
    for thing, value in things.by_name.items():
        if thing not in own:
            assert not await door(things, value), thing
    for thing in sorted(own):
        assert await door(things, things.by_name[thing]), thing


async def test_what_is_spent_at_one_door_is_good_at_no_other(world: World, bob: Person) -> None:
    """STP-12: of the two things that a `tkn` opens, one."""
    tkn = await bob.tkn()
    assert await bob.step_up_token(tkn=tkn)
    assert "code=" not in (await bob.authorize(tkn=tkn)).headers["location"]
    tkn = await bob.tkn()
    assert "code=" in (await bob.authorize(tkn=tkn)).headers["location"]
    begun = await bob.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
    assert begun.status_code == 401
