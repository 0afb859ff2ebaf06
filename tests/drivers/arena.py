"""Where many do the same thing at once: in this process, or before a real server with two workers."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

import httpx2
from msgspec import Struct

from ostiary.dev import DEMO_PROJECT
from ostiary.drivers.database import Database
from tests.running import Server
from tests.world import (
    AUTHORIZATION,
    CALLBACK,
    CLIENT,
    COOKIE,
    PROJECT,
    PROJECT_SECRET,
    SHOP,
    VERIFIER,
    World,
)

# the demo project, for people who ask for more codes, and guess more often, than people do
RACES = (
    DEMO_PROJECT.read_text(encoding="utf-8").replace("${OSTIARY_DEMO_SHOP}", SHOP)
    + """
settings:
  sends: {per_recipient_per_hour: 10000, per_recipient_per_day: 10000}
  lockout: {consecutive_failures: 100}
"""
)


class Shot(Struct, frozen=True):
    """A request to be made by many at once."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    bearer: str | None = None
    session: str | None = None
    back_end: bool = False  # with the project's secret

    @property
    def headers(self) -> dict[str, str]:
        headers = {"origin": SHOP}
        if self.session is not None:
            headers["cookie"] = f"{COOKIE}={self.session}"
        if self.bearer is not None:
            headers["authorization"] = f"Bearer {self.bearer}"
        if self.back_end:
            secret = b64encode(f"{PROJECT}:{PROJECT_SECRET}".encode()).decode()
            headers["authorization"] = f"Basic {secret}"
        return headers


class Answer(Struct, frozen=True):
    status: int
    location: str
    text: str

    @property
    def body(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.text)
        return decoded


def verify(challenge: str, code: str) -> Shot:
    body = {"challenge_id": challenge, "verification_code": code}
    return Shot("POST", "/identity/v1/passwordless/verify", body)


def authorize(tkn: str | None = None, session: str | None = None) -> Shot:
    asked = AUTHORIZATION if tkn is None else {**AUTHORIZATION, "tkn": tkn}
    return Shot("GET", f"/oauth/authorize?{urlencode(asked)}", session=session)


def exchange(code: str) -> Shot:
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return Shot("POST", "/oauth/token", {**body, "client_id": CLIENT, "code_verifier": VERIFIER})


def refresh(token: str) -> Shot:
    body = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT}
    return Shot("POST", "/oauth/token", body)


class Arena(Protocol):
    """Where it happens, and the database beneath."""

    rounds: int
    long: int  # rounds of the one race that is told how many to run
    database: Database

    def browser(self) -> httpx2.AsyncClient: ...

    def now(self) -> int: ...

    async def code(self, to: str | None = None) -> str: ...

    async def link(self, to: str) -> str: ...

    async def shoot(self, shots: Sequence[Shot]) -> list[asyncio.Task[Answer]]:
        """All of them under way; each answer when it comes."""
        ...


async def volley(arena: Arena, shots: Sequence[Shot]) -> list[Answer]:
    """The answers to all; none may be an error of the server's own."""
    answers = await asyncio.gather(*await arena.shoot(shots))
    broken = [answer for answer in answers if answer.status >= 500]
    assert broken == []
    return answers


class InProcess:
    """Every request a task of this loop. On SQLite one is done when the next begins; on PostgreSQL they mingle."""

    rounds = 2
    long = 5

    def __init__(self, world: World) -> None:
        self._world = world
        self.database = world.database

    def browser(self) -> httpx2.AsyncClient:
        return self._world.browser()

    def now(self) -> int:
        return self._world.clock.now

    async def code(self, to: str | None = None) -> str:
        return await self._world.code(to)

    async def link(self, to: str) -> str:
        return str((await self._world.message(to)).link)

    async def shoot(self, shots: Sequence[Shot]) -> list[asyncio.Task[Answer]]:
        return [asyncio.create_task(self._fire(shot)) for shot in shots]

    async def _fire(self, shot: Shot) -> Answer:
        answer = await self._world.http.request(
            shot.method, shot.path, json=shot.body, headers=shot.headers
        )
        return Answer(answer.status_code, answer.headers.get("location", ""), answer.text)


class Workers(NamedTuple):
    server: Server
    url: str  # of their database


def workers_at(url: str, folder: Path) -> Workers:
    config = folder / "races.yaml"
    config.write_text(RACES, encoding="utf-8")
    return Workers(Server(folder / "data", config=config, database=url, workers=2), url)


class BeforeWorkers:
    """A server with two workers; every request on a connection of its own, all written before any is read."""

    rounds = 5
    long = 50

    def __init__(self, server: Server, database: Database) -> None:
        self._server = server
        self._browsers: list[httpx2.AsyncClient] = []
        self.database = database

    def browser(self) -> httpx2.AsyncClient:
        browser = httpx2.AsyncClient(
            base_url=self._server.http_url, headers={"origin": SHOP}, trust_env=False
        )
        self._browsers.append(browser)
        return browser

    def now(self) -> int:
        return int(time.time())

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.aclose()
        await self.database.close()

    async def code(self, to: str | None = None) -> str:
        return await asyncio.to_thread(self._server.code, **({} if to is None else {"to": to}))

    async def link(self, to: str) -> str:
        return str((await asyncio.to_thread(self._server.message, to=to))["link"])

    async def shoot(self, shots: Sequence[Shot]) -> list[asyncio.Task[Answer]]:
        port = self._server.http_port
        lines = [await asyncio.open_connection("127.0.0.1", port, limit=1 << 20) for _ in shots]
        for (_, writer), shot in zip(lines, shots, strict=True):
            writer.write(_written(shot, port))
        return [asyncio.create_task(_read(*line)) for line in lines]


def _written(shot: Shot, port: int) -> bytes:
    body = b"" if shot.body is None else json.dumps(shot.body).encode()
    headers = {**shot.headers, "host": f"127.0.0.1:{port}", "connection": "close"}
    if shot.body is not None:
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    lines = [f"{shot.method} {shot.path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
    """Status 0 where the server was gone before it had answered."""
    try:
        answered = await reader.read()
    except ConnectionResetError:
        answered = b""
    finally:
        writer.close()
    head, complete, body = answered.partition(b"\r\n\r\n")
    if not complete:
        return Answer(0, "", "")
    status, *headers = head.decode().split("\r\n")
    named = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    return Answer(int(status.split()[1]), named.get("location", ""), body.decode())
