"""The management listener: health, version, metrics; in dev mode inbox, clock, reset, carriers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from ostiary import __version__, app
from tests.conftest import MakeWorld
from tests.fakes import NOON, Clock, Dice, RememberingCarrier
from tests.wire.test_transcript_step_up import CODE
from tests.wire.transcript import REMEMBERED, Shape, said
from tests.world import (
    CLIENT,
    COOKIE,
    PASSWORD,
    Person,
    Templates,
    World,
    demo_configuration,
    deployment_at,
)

UUID = Shape(r"[0-9a-f-]{36}")


@pytest.fixture
async def dev_deployment(templates: Templates, tmp_path: Path) -> app.Deployment:
    configuration = demo_configuration()
    url = await templates.copy(tmp_path / "dev.sqlite3", configuration, "demo")
    return replace(
        deployment_at(url, configuration),
        clock=Clock(),
        entropy=Dice(),
        inbox=tmp_path / "inbox.sqlite3",
    )


@pytest.fixture
async def dev(dev_deployment: app.Deployment) -> AsyncIterator[World]:
    """A server in dev mode: its messages end in the inbox."""
    async with app.run(dev_deployment) as running:
        clock = dev_deployment.clock
        assert isinstance(clock, Clock)
        yield World(running, clock, RememberingCarrier())


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """A problem document (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body.keys() <= {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    return body


async def inbox(world: World, **query: str) -> list[dict[str, Any]]:
    answer = await world.management.get("/dev/inbox.json", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"messages"}
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


async def advance(world: World, by: int) -> httpx2.Response:
    return await world.management.post("/dev/clock", json={"advance": by})


# --- always -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/health/live", {"status": "live"}),
        ("/health/ready", {"status": "ready"}),
        ("/health/started", {"status": "ready"}),
        ("/version", {"version": __version__}),
    ],
)
async def test_it_says_how_it_is(world: World, path: str, answer: dict[str, str]) -> None:
    told = await world.management.get(path)
    assert (told.status_code, told.json()) == (200, answer)
    assert told.headers["cache-control"] == "no-store"


async def test_without_a_project_it_is_alive_but_not_ready(world: World) -> None:
    async with world.open_work() as work:
        await work.sql.run("DELETE FROM projects")
        await work.changed()
    assert (await world.management.get("/health/live")).status_code == 200
    for path in ("/health/ready", "/health/started"):
        problem(await world.management.get(path), 503)


async def test_it_counts_what_it_answers(world: World) -> None:
    """By route of the table: what strangers put in a path is no label."""
    await world.http.get("/identity/v1/config", params={"client_id": CLIENT})
    await world.http.get("/identity/v1/nothing/ann@demo.localhost")
    told = await world.management.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    lines = told.text.splitlines()
    counted = 'ostiary_requests_total{dialect="reachfive",route="%s",status="%d"} 1.0'
    assert counted % ("/identity/v1/config", 200) in lines
    assert counted % ("unknown", 404) in lines
    assert "ann@demo" not in told.text
    assert any(line.startswith("ostiary_database_transactions_total ") for line in lines)


DEV_ONLY = [
    ("GET", "/dev/inbox"),
    ("GET", "/dev/inbox.json"),
    ("DELETE", "/dev/inbox.json"),
    ("GET", "/dev/clock"),
    ("POST", "/dev/clock"),
    ("POST", "/dev/reset"),
    ("POST", "/dev/carriers/sms"),
]


@pytest.mark.parametrize(("method", "path"), DEV_ONLY)
async def test_outside_dev_mode_there_is_no_dev(world: World, method: str, path: str) -> None:
    problem(await world.management.request(method, path, json={}), 404)


@pytest.mark.parametrize(("method", "path"), [*DEV_ONLY, ("GET", "/health/live")])
async def test_management_is_not_the_identity_server_s(dev: World, method: str, path: str) -> None:
    assert (await dev.http.request(method, path, json={})).status_code == 404


async def test_what_is_not_there_is_a_problem_document(dev: World) -> None:
    problem(await dev.management.get("/nothing"), 404)
    problem(await dev.management.post("/health/live"), 405)
    problem(await dev.management.get("/dev/inbox.json?limit=1&limit=2"), 400)
    problem(await dev.management.post("/dev/clock", content=b"{}x" * 50_000), 413)
    problem(await dev.management.post("/dev/carriers/sms", data={"mode": "ok"}), 400)


# --- the clock ----------------------------------------------------------------------------------------


async def test_the_clock_moves_forward(dev: World) -> None:
    assert (await dev.management.get("/dev/clock")).json() == {"now": NOON, "offset": 0}
    for by, offset in ((0, 0), (60, 60), (1_000_000_000, 1_000_000_060)):
        told = await advance(dev, by)
        assert (told.status_code, told.json()) == (200, {"now": NOON + offset, "offset": offset})
        assert (await dev.management.get("/dev/clock")).json() == told.json()


BAD_ADVANCES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"60",
    b"{",
    b'{"advance": null}',
    b'{"advance": true}',
    b'{"advance": "60"}',
    b'{"advance": ""}',
    b'{"advance": [60]}',
    b'{"advance": {}}',
    b'{"advance": -1}',
    b'{"advance": -0.5}',
    b'{"advance": 1.5}',
    b'{"advance": 1e3}',
    b'{"advance": NaN}',
    b'{"advance": Infinity}',
    b'{"advance": 1000000001}',
    b'{"advance": 1' + b"0" * 400 + b"}",
    b'{"Advance": 60}',
]


@pytest.mark.parametrize("content", BAD_ADVANCES)
async def test_the_clock_moves_by_whole_seconds_and_no_other_way(
    dev: World, content: bytes
) -> None:
    json = {"content-type": "application/json"}
    problem(await dev.management.post("/dev/clock", content=content, headers=json), 400)
    problem(await dev.management.post("/dev/clock", content=content), 400)
    assert (await dev.management.get("/dev/clock")).json() == {"now": NOON, "offset": 0}


async def test_every_lifetime_follows_the_clock(dev: World) -> None:
    """Tokens, codes, locks, limits, sessions, and what is written into tokens and messages."""
    bob = Person(dev, "bob@demo.localhost")
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = (await inbox(dev, to="+33612345678"))[0]["code"]
    await advance(dev, 300)
    assert (await bob.verify(challenge, code)).status_code == 401
    challenge = await bob.challenge(await bob.step_up_token())
    (newest, _) = await inbox(dev, to="+33612345678")
    assert newest["sent_at"] == "2027-01-15T08:05:00Z"
    verified = await bob.verify(challenge, newest["code"])
    said(verified, 200, CODE, set_cookie=REMEMBERED)
    await advance(dev, 86_400)
    gone = await bob.http.get(f"/identity/v1/sso/data?client_id={CLIENT}")
    assert gone.json() == {"is_authenticated": False}


async def test_the_offset_survives_a_restart(dev_deployment: app.Deployment) -> None:
    for before, after in ((0, 90), (90, 180)):
        async with app.run(dev_deployment) as running:
            world = World(running, Clock(), RememberingCarrier())
            now = (await world.management.get("/dev/clock")).json()
            assert now == {"now": NOON + before, "offset": before}
            assert (await advance(world, 90)).json()["offset"] == after


# --- the inbox ----------------------------------------------------------------------------------------


async def test_a_message_as_it_was_sent(dev: World) -> None:
    bob = Person(dev, "bob@demo.localhost")
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    (message,) = await inbox(dev)
    assert list(message) == [
        *("id", "channel", "to", "from", "subject", "text", "html", "purpose", "locale"),
        *("sent_at", "code", "link"),
    ]
    assert message == {
        "id": UUID,
        "channel": "sms",
        "to": "+33612345678",
        "from": None,
        "subject": None,
        "text": message["text"],
        "html": None,
        "purpose": "mfa_step_up",
        "locale": "en",
        "sent_at": "2027-01-15T08:00:00Z",
        "code": Shape(r"\d{6}"),
        "link": None,
    }
    assert message["code"] in message["text"]


async def test_a_mail_has_its_subject_its_html_and_its_link(dev: World) -> None:
    cleo = Person(dev, "cleo@demo.localhost")
    await cleo.challenge(await cleo.step_up_token(tkn=await cleo.tkn()), "email")
    (mail,) = await inbox(dev)
    assert (mail["channel"], mail["to"]) == ("email", "cleo@demo.localhost")
    assert mail["link"].startswith("https://id.demo.localhost:8443/")
    for name in ("from", "subject", "text", "html"):
        assert isinstance(mail[name], str), name
        assert mail[name]


async def test_the_inbox_is_read_through_filters_newest_first(dev: World) -> None:
    bob, cleo = Person(dev, "bob@demo.localhost"), Person(dev, "cleo@demo.localhost")
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    await advance(dev, 1)
    await cleo.challenge(await cleo.step_up_token(tkn=await cleo.tkn()), "email")
    await advance(dev, 1)
    await dev.http.post(
        "/identity/v1/forgot-password", json={"client_id": CLIENT, "email": bob.email}
    )
    async with asyncio.timeout(
        1
    ):  # no answer waits for this one to go out; a second is the promise
        while len(everything := await inbox(dev)) < 3:  # noqa: ASYNC110  as a client sees it
            await asyncio.sleep(0)

    def purposes(found: list[dict[str, Any]]) -> list[str]:
        return [message["purpose"] for message in found]

    assert purposes(everything) == ["password_reset", "mfa_step_up", "mfa_step_up"]
    assert purposes(await inbox(dev, limit="1")) == ["password_reset"]
    assert purposes(await inbox(dev, purpose="password_reset")) == ["password_reset"]
    assert [m["to"] for m in await inbox(dev, channel="sms")] == ["+33612345678"]
    assert [m["to"] for m in await inbox(dev, to=cleo.email)] == [cleo.email]
    assert await inbox(dev, to=cleo.email, channel="sms") == []
    assert await inbox(dev, to="nobody@demo.localhost") == []
    assert await inbox(dev, to="", channel="", purpose="") == everything


async def test_a_plus_in_an_address_bar_is_a_plus(dev: World) -> None:
    """In a query it stands for a space; no address holds one."""
    bob = Person(dev, "bob@demo.localhost")
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    answer = await dev.management.get("/dev/inbox.json?to=+33612345678")
    assert len(answer.json()["messages"]) == 1


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "1.5"])
async def test_a_limit_is_a_number_from_1_to_1000(dev: World, limit: str) -> None:
    problem(await dev.management.get("/dev/inbox.json", params={"limit": limit}), 400)


async def test_the_inbox_is_emptied(dev: World) -> None:
    bob = Person(dev, "bob@demo.localhost")
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    assert await inbox(dev)
    emptied = await dev.management.delete("/dev/inbox.json")
    assert (emptied.status_code, emptied.content) == (204, b"")
    assert await inbox(dev) == []


async def test_the_inbox_is_a_page_that_runs_nothing_of_others(dev: World) -> None:
    page = await dev.management.get("/dev/inbox")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    for name in ("inbox.js", "inbox.css"):
        assert (await dev.management.get(f"/dev/static/{name}")).status_code == 200
    for name in ("inbox.html", "..%2Fdev.py", "%00", "x"):
        problem(await dev.management.get(f"/dev/static/{name}"), 404)


# --- carriers -----------------------------------------------------------------------------------------


async def test_a_carrier_fails_until_it_is_told_to_work(dev: World) -> None:
    told = await dev.management.post("/dev/carriers/sms", json={"mode": "fail"})
    assert told.status_code == 200
    bob = Person(dev, "bob@demo.localhost")
    step_up = await bob.step_up_token(tkn=await bob.tkn())
    body = {"auth_type": "sms", "step_up": step_up}
    refused = await bob.post("/passwordless/start", body)
    assert refused.status_code == 503
    assert refused.json()["error"] == "temporarily_unavailable"
    assert await inbox(dev) == []
    cleo = Person(dev, "cleo@demo.localhost")  # the other carrier works
    await cleo.challenge(await cleo.step_up_token(tkn=await cleo.tkn()), "email")
    told = await dev.management.post("/dev/carriers/sms", json={"mode": "ok"})
    assert told.status_code == 200
    challenge = await bob.challenge(step_up)
    code = (await inbox(dev, channel="sms"))[0]["code"]
    said(await bob.verify(challenge, code), 200, CODE, set_cookie=REMEMBERED)


async def test_a_carrier_dawdles(dev: World) -> None:
    slow = {"mode": "slow", "seconds": 0.01}
    assert (await dev.management.post("/dev/carriers/sms", json=slow)).status_code == 200
    bob = Person(dev, "bob@demo.localhost")
    await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    assert len(await inbox(dev)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "broken"},
        {"mode": None},
        {"mode": 1},
        {"mode": "slow", "seconds": -1},
        {"mode": "slow", "seconds": "1"},
        {"mode": "slow", "seconds": 601},
        [],
    ],
)
async def test_a_carrier_works_fails_or_dawdles(dev: World, body: Any) -> None:
    problem(await dev.management.post("/dev/carriers/sms", json=body), 400)


@pytest.mark.parametrize("channel", ["pigeon", "SMS", "%00", "sms%2F"])
async def test_there_is_no_such_carrier(dev: World, channel: str) -> None:
    problem(await dev.management.post(f"/dev/carriers/{channel}", json={"mode": "ok"}), 404)


# --- starting over ------------------------------------------------------------------------------------


async def test_everything_starts_over_but_the_keys(dev: World) -> None:
    bob = Person(dev, "bob@demo.localhost")
    await bob.log_in()
    await bob.challenge(await bob.step_up_token())
    data = {"email": "dora@demo.localhost", "password": PASSWORD}
    await dev.http.post("/identity/v1/signup", json={"client_id": CLIENT, "data": data})
    async with dev.open_work() as work:
        await work.sql.run("DELETE FROM clients WHERE id = 'backend'")
        await work.changed()
    await advance(dev, 1000)
    await dev.management.post("/dev/carriers/email", json={"mode": "fail"})
    keys = (await dev.http.get("/.well-known/jwks.json")).content

    reset = await dev.management.post("/dev/reset")
    assert (reset.status_code, reset.content) == (204, b"")

    assert await inbox(dev) == []
    assert (await dev.management.get("/dev/clock")).json() == {"now": NOON, "offset": 0}
    assert (await dev.http.get("/.well-known/jwks.json")).content == keys
    me = await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)
    assert me.status_code == 401
    assert COOKIE in bob.http.cookies
    here = await bob.http.get(f"/identity/v1/sso/data?client_id={CLIENT}")
    assert here.json() == {"is_authenticated": False}
    login = {"client_id": CLIENT, **data}
    assert (await dev.http.post("/identity/v1/password/login", json=login)).status_code == 401
    backend = {"client_id": "backend", "client_secret": "backend-secret", "token": "x"}
    assert (await dev.http.post("/oauth/introspect", json=backend)).json() == {"active": False}
    await bob.log_in()
    cleo = Person(dev, "cleo@demo.localhost")
    await cleo.challenge(await cleo.step_up_token(tkn=await cleo.tkn()), "email")
    assert [message["channel"] for message in await inbox(dev)] == ["email"]


async def test_a_world_without_an_inbox_has_nothing_to_reset(make_world: MakeWorld) -> None:
    world = await make_world()
    problem(await world.management.post("/dev/reset"), 404)
