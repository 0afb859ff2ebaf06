"""The operations under measurement, as a shop's visitors cause them; and the same of the limit probe."""

import asyncio
import sqlite3
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from .http import Answer, Connection, get, post

PEOPLE = 8  # each with a connection, a browser session and a phone of their own
PASSWORD = "correct horse battery staple"
CALLBACK = "https://shop.demo.localhost/callback"
VERIFIER = "a-code-verifier-that-is-long-enough-for-rfc-7636"
V1 = "/identity/v1"
BASIC = "authorization: Basic YmFja2VuZDpiYWNrZW5kLXNlY3JldA==\r\n"  # backend:backend-secret
AUTHORIZATION = {
    "client_id": "demo-shop",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid profile email phone offline_access mfa",
    "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
    "code_challenge_method": "S256",
}

# No limit may be reached, and nothing may expire while it waits for its turn.
PROJECT = """
project:
  project_id: project-test-11111111-1111-4111-8111-111111111111
  secrets: [secret-test-benchmark]
  name: Benchmark
settings:
  sends: {per_recipient_per_hour: 1000000, per_recipient_per_day: 1000000}
  tokens: {authorization_code: 600}
clients:
  - client_id: demo-shop
    redirect_uris: ["https://shop.demo.localhost/callback"]
    origins: ["https://shop.demo.localhost"]
  - client_id: backend
    public: false
    client_secret: backend-secret
users:
"""
PERSON = """
  - email: person{number}@demo.localhost
    email_verified: true
    password: {password}
    given_name: Ann
    family_name: Martin
    locale: en
    mfa: [{{type: sms, phone_number: "{phone}"}}]
"""


class Spent(Exception):
    """There is nothing left to do this operation with."""


class Visitor:
    """A person with a browser, a connection and a phone."""

    _messages: sqlite3.Connection | None = None

    def __init__(self, number: int, data: Path) -> None:
        self.email = f"person{number}@demo.localhost"
        self.phone = f"+3361234{number:04}"
        self.cookie = ""
        self._read = 0
        self._inbox = data / "inbox.sqlite3"

    def as_yaml(self, number: int) -> str:
        return PERSON.format(number=number, password=PASSWORD, phone=self.phone)

    async def connect(self, port: int) -> None:
        self._port = port
        self._connection = await Connection.open(port)

    def leave(self) -> None:
        self._connection.close()

    async def ask(self, request: bytes, status: int = 200) -> Answer:
        try:
            answer = await self._connection.send(request)
        except ConnectionResetError:  # kept alive for too long: the machine was busy elsewhere
            await self.connect(self._port)
            answer = await self._connection.send(request)
        if answer.status != status:
            raise SystemExit(f"{request!r}\nwas answered {answer.head!r} {answer.body!r}")
        return answer

    def keep_cookie(self, answer: Answer) -> None:
        self.cookie = f"cookie: {answer.header(b'set-cookie').partition(';')[0]}\r\n"

    async def code(self) -> str:
        """The code that is on its way. The inbox is read where it lies: the server does not notice."""
        if self._messages is None:
            self._messages = sqlite3.connect(self._inbox)
        newest = "SELECT position, code FROM messages WHERE recipient = ? ORDER BY position DESC"
        while True:
            row = self._messages.execute(newest, (self.phone,)).fetchone()
            if row is not None and row[0] > self._read:
                self._read, code = row
                return str(code)
            await asyncio.sleep(0.0005)


Step: TypeAlias = Callable[[Visitor], Awaitable[Any]]


class Operations:
    """What one operation yields, the next one uses."""

    def __init__(self) -> None:
        self.codes: deque[str] = deque()
        self.refresh_tokens: deque[str] = deque()
        self.access_tokens: deque[str] = deque()

    def all(self) -> Sequence[tuple[str, Step, tuple[str, ...]]]:
        """Name, one operation of the server, and the paths of the limit probe that make one."""
        return (
            ("authorize with an SSO session", self.authorize, ("/authorize",)),
            ("authorization code → tokens", self.exchange, ("/code",)),
            ("refresh with rotation", self.refresh, ("/refresh",)),
            ("introspection", self.introspect, ("/introspect",)),
            ("… of a token not seen lately", self.introspect_new, ("/introspect",)),
            ("userinfo", self.userinfo, ("/userinfo",)),
            ("… of a token not seen lately", self.userinfo_new, ("/userinfo",)),
            ("step-up: begin, send, verify", self.step_up, ("/step-up", "/start", "/verify")),
            ("… begin and send, with its message", self.send, ("/step-up", "/start")),
            ("… begin alone", self.begin_step_up, ("/step-up",)),
            ("JWKS", self.jwks, ("/jwks",)),
            ("discovery", self.discovery, ("/jwks",)),
        )

    async def log_in(self, visitor: Visitor) -> str:
        body = {"client_id": "demo-shop", "email": visitor.email, "password": PASSWORD}
        answer = await visitor.ask(post(f"{V1}/password/login", body))
        return str(answer.json()["tkn"])

    async def begin_session(self, visitor: Visitor) -> None:
        tkn = await self.log_in(visitor)
        query = {**AUTHORIZATION, "persistent": "true", "tkn": tkn}
        visitor.keep_cookie(await visitor.ask(get("/oauth/authorize", **query), 303))

    async def authorize(self, visitor: Visitor) -> None:
        asked = get("/oauth/authorize", visitor.cookie, **AUTHORIZATION)
        location = (await visitor.ask(asked, 303)).header(b"location")
        self.codes.append(parse_qs(urlsplit(location).query)["code"][0])

    async def exchange(self, visitor: Visitor) -> None:
        if not self.codes:
            raise Spent
        body = {
            "client_id": "demo-shop",
            "grant_type": "authorization_code",
            "code": self.codes.popleft(),
            "code_verifier": VERIFIER,
            "redirect_uri": CALLBACK,
        }
        self._keep((await visitor.ask(post("/oauth/token", body))).json())

    async def refresh(self, visitor: Visitor) -> None:
        body = {
            "client_id": "demo-shop",
            "grant_type": "refresh_token",
            "refresh_token": self.refresh_tokens.popleft(),
        }
        self._keep((await visitor.ask(post("/oauth/token", body))).json())

    def _keep(self, tokens: dict[str, str]) -> None:
        self.refresh_tokens.append(tokens["refresh_token"])
        self.access_tokens.append(tokens["access_token"])

    def _not_seen_lately(self) -> str:
        self.access_tokens.rotate(-1)
        return self.access_tokens[-1]

    async def introspect(self, visitor: Visitor) -> None:
        await self._introspect(visitor, self.access_tokens[0])

    async def introspect_new(self, visitor: Visitor) -> None:
        await self._introspect(visitor, self._not_seen_lately())

    async def _introspect(self, visitor: Visitor, token: str) -> None:
        answer = await visitor.ask(post("/oauth/introspect", {"token": token}, BASIC))
        if not answer.body.startswith(b'{"active":true'):
            raise SystemExit(f"introspected: {answer.body!r}")

    async def userinfo(self, visitor: Visitor) -> None:
        await self._userinfo(visitor, self.access_tokens[0])

    async def userinfo_new(self, visitor: Visitor) -> None:
        await self._userinfo(visitor, self._not_seen_lately())

    async def _userinfo(self, visitor: Visitor, token: str) -> None:
        await visitor.ask(get(f"{V1}/userinfo", f"authorization: Bearer {token}\r\n"))

    async def begin_step_up(self, visitor: Visitor) -> str:
        begun = await visitor.ask(post(f"{V1}/mfa/stepup", AUTHORIZATION, visitor.cookie))
        return str(begun.json()["token"])

    async def send(self, visitor: Visitor) -> str:
        body = {"auth_type": "sms", "step_up": await self.begin_step_up(visitor)}
        started = await visitor.ask(post(f"{V1}/passwordless/start", body, visitor.cookie))
        return str(started.json()["challenge_id"])

    async def step_up(self, visitor: Visitor) -> None:
        challenge = await self.send(visitor)
        body = {"challenge_id": challenge, "verification_code": await visitor.code()}
        verified = await visitor.ask(post(f"{V1}/passwordless/verify", body, visitor.cookie))
        visitor.keep_cookie(verified)

    async def jwks(self, visitor: Visitor) -> None:
        await visitor.ask(get("/.well-known/jwks.json"))

    async def discovery(self, visitor: Visitor) -> None:
        await visitor.ask(get("/.well-known/openid-configuration"))


def limit_of(paths: tuple[str, ...]) -> Step:
    """The same operation of the probe: as many requests, of about the same size."""
    requests = [get(path) if path == "/jwks" else post(path, AUTHORIZATION) for path in paths]

    async def step(visitor: Visitor) -> None:
        for request in requests:
            await visitor.ask(request)

    return step
