"""What every route has in common: preflights, and errors a page can read."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import structlog
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.wire.decoding import LARGEST_BODY
from ostiary.wire.http import Endpoint
from ostiary.wire.reachfive import routes
from tests.conftest import MakeWorld
from tests.wire.requests import example, path_of
from tests.wire.transcript import FOREIGN, SHARED, Say, error, said
from tests.world import SHOP, World

ENDPOINTS = [pytest.param(e, id=f"{e.method} {e.path}") for e in routes.ENDPOINTS]
SHARED_ENDPOINTS = [p for p in ENDPOINTS if p.values[0].cors]  # type: ignore[union-attr]
CLOSED_ENDPOINTS = [p for p in ENDPOINTS if not p.values[0].cors]  # type: ignore[union-attr]
BODIES = [p for p in SHARED_ENDPOINTS if p.values[0].body is not None]  # type: ignore[union-attr]

HEADERS = "authorization, content-type, custom-locale, x-r5-correlation-id, accept-language"
NOWHERE = error("resource_not_found", "error.resource.notFound", "There is nothing here.")
NOT_SO = error("invalid_request", "error.method.notAllowed", "This method is not possible here.")
TOO_LARGE = error("invalid_request", "error.body.tooLarge", "The body is too large.")
OTHER_MEDIA = error(
    "invalid_request",
    "error.mediaType.unsupported",
    "Send the body as application/json.",
)
BUG = error("server_error", "error.serverError", "Something went wrong on our side.")

READERS = [(SHOP, True), (FOREIGN, False), ("null", False), (None, False), (f"{SHOP}.evil", False)]


async def preflight(
    world: World, path: str, origin: str, method: str, headers: str
) -> httpx2.Response:
    return await world.http.options(
        path,
        headers={
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": headers,
        },
    )


@pytest.mark.parametrize("endpoint", SHARED_ENDPOINTS)
async def test_a_page_may_ask_first(world: World, endpoint: Endpoint) -> None:
    path = path_of(endpoint)
    answer = await preflight(world, path, SHOP, endpoint.method, HEADERS)
    assert (answer.status_code, answer.content) == (204, b"")
    methods = answer.headers.pop("access-control-allow-methods").split(", ")
    assert endpoint.method in methods
    closed = {e.method for e in routes.ENDPOINTS if e.path == endpoint.path and not e.cors}
    assert set(methods) == {"DELETE", "GET", "POST"} - closed
    assert dict(answer.headers) == {
        "vary": "Origin",
        **SHARED,
        "access-control-allow-headers": HEADERS,
        "access-control-max-age": "600",
    }
    for origin in (FOREIGN, "null", SHOP.replace("https", "http")):
        answer = await preflight(world, path, origin, endpoint.method, HEADERS)
        assert answer.status_code == 204
        assert dict(answer.headers) == {"vary": "Origin"}


@pytest.mark.parametrize("endpoint", CLOSED_ENDPOINTS)
async def test_what_is_for_navigation_is_for_no_page(world: World, endpoint: Endpoint) -> None:
    """OA-17."""
    answer = await preflight(world, path_of(endpoint), SHOP, endpoint.method, "")
    allowed = answer.headers.get("access-control-allow-methods", "").split(", ")
    assert endpoint.method not in allowed
    answer = await world.http.request(endpoint.method, path_of(endpoint))
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("origin", "shared"), READERS)
async def test_a_page_reads_that_there_is_nothing(
    say: Say, origin: str | None, shared: bool
) -> None:
    for path in ("/", "/identity/v1/nothing", "/identity/v1/config/", "/IDENTITY/v1/config", "/.."):
        said(await say(f"GET {path}", origin=origin), 404, NOWHERE, shared=shared)
        said(await say(f"POST {path}", {"a": 1}, origin=origin), 404, NOWHERE, shared=shared)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_page_reads_that_the_method_is_another(say: Say, endpoint: Endpoint) -> None:
    known = sorted(e.method for e in routes.ENDPOINTS if e.path == endpoint.path)
    for method in ("PUT", "PATCH", "HEAD", "DELETE", "GET", "POST"):
        if method in known:
            continue
        for origin, shared in READERS:
            answer = await say(f"{method} {path_of(endpoint)}", origin=origin)
            if method == "HEAD":
                assert answer.status_code == 405
                continue
            said(answer, 405, NOT_SO, shared=shared, allow=", ".join(known))


@pytest.mark.parametrize("endpoint", BODIES)
@pytest.mark.parametrize(("origin", "shared"), READERS[:2])
async def test_a_page_reads_that_its_body_is_too_large(
    say: Say, endpoint: Endpoint, origin: str, shared: bool
) -> None:
    line = f"{endpoint.method} {path_of(endpoint)}"
    large = {"x": "x" * LARGEST_BODY}
    said(await say(line, large, origin=origin), 413, TOO_LARGE, shared=shared)


async def test_a_body_without_a_length_is_measured(world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"x":"'
        while True:
            yield b"x" * 10_000

    answer = await world.http.post(
        "/identity/v1/password/login",
        content=endless(),
        headers={"content-type": "application/json"},
    )
    said(answer, 413, TOO_LARGE)


MEDIA = ["text/plain", "text/json", "application/xml", "multipart/form-data; boundary=x", "x", ""]


@pytest.mark.parametrize("endpoint", BODIES)
@pytest.mark.parametrize(("origin", "shared"), READERS[:2])
async def test_a_page_reads_that_its_body_is_of_another_kind(
    say: Say, endpoint: Endpoint, origin: str, shared: bool
) -> None:
    """A form, too, where none is read: no page of another site could send JSON unasked."""
    line = f"{endpoint.method} {path_of(endpoint)}"
    forms = [] if endpoint.form else ["application/x-www-form-urlencoded"]
    for media in (*MEDIA, *forms):
        answer = await say(line, {}, origin=origin, headers={"content-type": media})
        said(answer, 415, OTHER_MEDIA, shared=shared)


async def broken(*arguments: Any) -> Response:
    raise ZeroDivisionError("a secret of ours")


@pytest.fixture
async def broken_world(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> World:
    """Where no handler does what it should."""
    endpoints = tuple(
        replace(e, free=e.free and broken, handler=e.handler and broken) for e in routes.ENDPOINTS
    )
    monkeypatch.setattr(routes, "ENDPOINTS", endpoints)
    return await make_world()


@pytest.mark.parametrize(("origin", "shared"), READERS[:2])
async def test_a_bug_is_told_to_nobody_but_read_by_the_page(
    say: Say, broken_world: World, origin: str, shared: bool
) -> None:
    """A 500 in this dialect's shape; logged whole."""
    for endpoint in routes.ENDPOINTS:
        line = f"{endpoint.method} {path_of(endpoint)}"
        request = example(endpoint)
        with structlog.testing.capture_logs() as logged:
            answer = await say(
                line, request.body, query=request.query, origin=origin, by=broken_world
            )
        said(answer, 500, BUG, shared=shared if endpoint.cors else None)
        assert [(entry["event"], entry["route"]) for entry in logged] == [("bug", endpoint.path)]


async def test_the_database_is_away(say: Say, world: World) -> None:
    """Nobody can say then which pages may read; the answer is this dialect's all the same."""
    async with world.open_work() as work:
        await work.sql.run("DROP TABLE server_state")
    with structlog.testing.capture_logs():
        said(await say("GET /identity/v1/config?client_id=demo-shop"), 500, BUG, shared=False)
        said(await say("GET /identity/v1/nothing"), 404, NOWHERE, shared=False)


TOO_MANY = error(
    "rate_limit_reached", "error.tooManyAttempts", "Too many requests. Wait, then try again."
)
LIMITED = """
project: {project_id: project-test-limited}
settings: {rate_limit: {requests: 2, window: 60}}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost:8443/callback"]
    origins: ["https://shop.demo.localhost:8443"]
"""


@pytest.mark.parametrize("endpoint", [p for p in ENDPOINTS if p.values[0].limited])  # type: ignore[union-attr]
async def test_an_address_asks_so_often_and_no_more(
    say: Say, make_world: MakeWorld, endpoint: Endpoint
) -> None:
    """settings.rate_limit, whatever the answers were: what fails counts, too."""
    world = await make_world(LIMITED, "limited")
    line, shared = f"{endpoint.method} {path_of(endpoint)}", True if endpoint.cors else None
    request = example(endpoint)

    async def ask() -> httpx2.Response:
        return await say(line, request.body, query=request.query, by=world)

    for _ in range(2):
        assert (await ask()).status_code != 429
    world.clock.advance(20)
    said(await ask(), 429, TOO_MANY, shared=shared, retry_after="40")
    other = "POST /identity/v1/password/strength"  # is not counted at all
    assert (await say(other, {"password": "x"}, by=world)).status_code == 200
    world.clock.advance(40)
    assert (await ask()).status_code != 429


async def test_what_guesses_passwords_is_limited() -> None:
    """The endpoints that the vendor limits, at least."""
    limited = {e.path.removeprefix("/identity/v1") for e in routes.ENDPOINTS if e.limited}
    assert limited >= {
        *("/oauth/token", "/oauth/revoke", "/password/login", "/signup", "/forgot-password"),
        *("/update-password", "/update-phone-number", "/update-email"),
        *("/send-phone-number-verification", "/send-email-verification"),
        *("/passwordless/start", "/passwordless/verify", "/verify-auth-code"),
    }
