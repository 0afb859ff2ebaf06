"""The links of messages that log in: in the browser that asked, once, by a button (ML-2 to ML-4)."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import httpx2
import pytest

from tests.security.lab import configure, scalar
from tests.world import AUTHORIZATION, CALLBACK, COOKIE, Person, World

Ask: TypeAlias = Callable[[Person, dict[str, str]], Awaitable[str]]

BROWSER = "__Host-Browser"
SAME_SITE = {"sec-fetch-site": "same-site"}
SESSIONS = "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL"


async def login_link(person: Person, headers: dict[str, str]) -> str:
    body = {**AUTHORIZATION, "auth_type": "magic_link", "email": person.email}
    assert (await person.post("/passwordless/start", body, headers=headers)).status_code == 204
    return await newest_link(person)


async def step_up_link(person: Person, headers: dict[str, str]) -> str:
    await person.log_in()
    start = {"auth_type": "email", "step_up": await person.step_up_token()}
    assert (await person.post("/passwordless/start", start, headers=headers)).status_code == 200
    return await newest_link(person)


async def newest_link(person: Person) -> str:
    assert isinstance(person.world, World)
    link = (await person.world.message(person.email)).link
    assert link is not None
    return link


@pytest.mark.parametrize("ask", [login_link, step_up_link])
async def test_another_browser_is_given_nothing(world: World, cleo: Person, ask: Ask) -> None:
    """ML-3: a scanner that presses buttons, with no cookie or with one of its own; then its owner goes on."""
    link = await ask(cleo, SAME_SITE)
    sessions, before = await scalar(world, SESSIONS), cleo.http.cookies.get(COOKIE)
    for theirs in (None, "A" * 64, "x"):
        scanner = Person(world, cleo.email)
        if theirs is not None:
            scanner.http.cookies.set(BROWSER, theirs)
        for method in ("GET", "POST", "GET", "POST"):
            answer = await scanner.http.request(method, link)
            assert (answer.status_code, "<button>" in answer.text) == (403, False)
            assert "Open this where you began" in answer.text
            assert "set-cookie" not in answer.headers
    other = Person(world, "ann@demo.localhost")
    await login_link(other, SAME_SITE)
    assert (await other.http.post(link)).status_code == 403  # a browser that asked for another one
    assert await scalar(world, SESSIONS) == sessions
    assert "<button>" in (await cleo.http.get(link)).text
    followed = await cleo.http.post(link)
    assert followed.headers["location"].startswith(f"{CALLBACK}?code=")
    assert cleo.http.cookies[COOKIE] != before
    assert (await cleo.http.post(link)).status_code == 410  # ML-4: once


async def test_the_cookie_is_for_this_host_alone_and_is_kept(world: World, ann: Person) -> None:
    """SES-4's attributes; two tabs of a browser ask for two links, and the newer one works (OTP-15)."""
    first = await login_link(ann, SAME_SITE)
    (cookie,) = [c for c in ann.http.cookies.jar if c.name == BROWSER]
    assert (cookie.secure, cookie.path, cookie.domain_specified) == (True, "/", False)
    kept = cookie.value
    world.clock.advance(60)
    second = await login_link(ann, {"sec-fetch-site": "same-origin"})
    assert ann.http.cookies[BROWSER] == kept
    assert (await ann.http.post(first)).status_code == 410
    assert (await ann.http.post(second)).status_code == 303


@pytest.mark.parametrize("site", [None, "cross-site", "none"])
async def test_who_can_keep_no_cookie_is_asked_for_none(
    world: World, ann: Person, site: str | None
) -> None:
    """An app, or a page of another site, whose cookies browsers block: else no link would work at all."""
    link = await login_link(ann, {} if site is None else {"sec-fetch-site": site})
    assert BROWSER not in ann.http.cookies
    assert (await world.browser().post(link)).status_code == 303


async def test_nor_is_anybody_without_sso(world: World, ann: Person) -> None:
    """The SDK lets no cookie through then."""
    await configure(world, features={"sso": False})
    link = await login_link(ann, SAME_SITE)
    assert (await world.browser().post(link)).status_code == 303


@pytest.mark.parametrize("auth_type", ["magic_link", "email"])
async def test_a_stranger_learns_nothing_from_the_cookie(
    world: World, ann: Person, auth_type: str
) -> None:
    """AB-1: it is set for an unknown address as for a known one, and is as long."""

    async def told(email: str) -> tuple[int, list[str], int]:
        body = {**AUTHORIZATION, "auth_type": auth_type, "email": email}
        async with world.browser() as stranger:
            answer = await stranger.post(
                "/identity/v1/passwordless/start", json=body, headers=SAME_SITE
            )
        cookie = answer.headers["set-cookie"]
        return answer.status_code, sorted(answer.headers), len(cookie)

    assert await told(ann.email) == await told("nobody@demo.localhost")


async def test_an_address_is_confirmed_wherever_the_mail_is_read(
    world: World, erin: Person
) -> None:
    """What gives no session is bound to no browser."""
    await erin.log_in()
    sent = await erin.post("/send-email-verification", {}, headers={**erin.bearer, **SAME_SITE})
    assert sent.status_code == 200
    answer: httpx2.Response = await world.browser().post(await newest_link(erin))
    assert answer.status_code in (200, 303)
