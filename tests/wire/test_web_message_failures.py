"""A page that waits for a web message hears of whatever goes wrong: the SDK waits for ever (contract §0, trap 6)."""

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
import structlog
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.terms.failures import Unavailable
from ostiary.wire.reachfive import routes
from tests.conftest import MakeWorld
from tests.wire.test_transcript_authorize import asked
from tests.wire.test_transcript_session import HTML
from tests.wire.transcript import ISSUER, posted
from tests.world import SHOP, World

WAITING = {"response_mode": "web_message", "prompt": "none", "state": "s-1"}
UNREADABLE = [
    ("persistent=maybe", "error.parameter.invalid"),
    ("max_age=soon", "error.parameter.invalid"),
    (f"nonce={'n' * 3000}", "error.parameter.invalid"),
    ("nonce=1&nonce=2", "error.parameter.repeated"),
    ("state=s-2", "error.parameter.repeated"),
    ("nonce=%00", "error.parameter.invalid"),
    ("nonce=%ff", "error.body.malformed"),
]


async def frame(world: World, more: str = "", **query: str | None) -> httpx2.Response:
    """As a browser asks for what stands in a frame."""
    url = f"/oauth/authorize?{urlencode(asked(**{**WAITING, **query}))}&{more}"
    return await world.http.get(url, headers={"accept": HTML})


def heard(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """What the shop's page, and no other, is told: always whose answer it is, and to what."""
    listeners, told = posted(answer, status=status)
    assert listeners == [SHOP]
    assert (told["iss"], told["state"]) == (ISSUER, "s-1")
    return told


@pytest.mark.parametrize(("more", "key"), UNREADABLE)
async def test_what_cannot_be_read_is_heard(world: World, more: str, key: str) -> None:
    assert heard(await frame(world, more), 400)["error_message_key"] == key


async def test_a_redirect_uri_that_is_not_listed_is_heard(world: World) -> None:
    """By the client's own pages; the address that was named hears nothing."""
    told = heard(await frame(world, redirect_uri="https://evil.example/"), 403)
    assert told["error_message_key"] == "error.client.redirectUrlNotAllowed"


@pytest.mark.parametrize("client", ["nobody", "", None])
async def test_a_stranger_s_page_is_told_nothing(world: World, client: str | None) -> None:
    """Whoever it may be: no origin is allowed, and so a page that no page can frame."""
    for more in ("", "persistent=maybe"):
        answer = await frame(world, more, client_id=client)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")
        assert "postMessage" not in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_who_asks_for_no_page_is_answered_in_json(world: World) -> None:
    query = asked(**WAITING) | {"persistent": "maybe"}
    answer = await world.http.get("/oauth/authorize", params=query)
    assert answer.status_code == 400
    assert answer.json()["error_message_key"] == "error.parameter.invalid"


async def test_who_waits_for_no_message_sees_a_page(world: World) -> None:
    answer = await frame(world, "persistent=maybe", response_mode=None, prompt=None)
    assert answer.status_code == 400
    assert "postMessage" not in answer.text
    assert "<h1>" in answer.text


async def broken(*arguments: Any) -> Response:
    raise ZeroDivisionError("a secret of ours")


async def test_a_bug_is_heard(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    authorize = "/oauth/authorize"
    endpoints = tuple(
        replace(e, handler=broken) if e.path == authorize else e for e in routes.ENDPOINTS
    )
    monkeypatch.setattr(routes, "ENDPOINTS", endpoints)
    world = await make_world()
    with structlog.testing.capture_logs() as logged:
        answer = await frame(world)
    assert heard(answer, 500)["error"] == "server_error"
    assert "secret" not in answer.text
    assert [entry["event"] for entry in logged] == ["bug"]


async def test_a_database_that_went_away_is_heard_by_who_was_known(world: World) -> None:
    """Nobody can be looked up; the pages that were allowed a moment ago are."""
    await world.http.get("/identity/v1/config", params={"client_id": "demo-shop"})
    async with world.open_work() as work:
        await work.sql.run("DROP TABLE server_state")
    with structlog.testing.capture_logs():
        assert heard(await frame(world), 500)["error"] == "server_error"
        unknown = await frame(world, client_id="nobody")
    assert (unknown.status_code, "postMessage" in unknown.text) == (500, False)


async def test_an_outage_is_heard_without_asking_again(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that hangs is waited for once."""

    async def away(*arguments: Any) -> Response:
        raise Unavailable("database_unreachable")

    endpoints = tuple(
        replace(e, handler=away) if e.path == "/oauth/authorize" else e for e in routes.ENDPOINTS
    )
    monkeypatch.setattr(routes, "ENDPOINTS", endpoints)
    world = await make_world()
    await world.http.get("/identity/v1/config", params={"client_id": "demo-shop"})
    before = world.database.tally.transactions
    assert heard(await frame(world), 503)["error"] == "temporarily_unavailable"
    assert world.database.tally.transactions == before + 1  # the request's own


async def test_a_database_that_was_never_there_is_a_page(world: World) -> None:
    async with world.open_work() as work:
        await work.sql.run("DROP TABLE server_state")
    with structlog.testing.capture_logs():
        answer = await frame(world)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "postMessage" not in answer.text
