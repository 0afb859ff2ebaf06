"""The whole server in this process: real routes, real database, fake time and dice, no sockets."""

import os
import shutil
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import httpx2
from msgspec.structs import replace

from ostiary import app
from ostiary.core import messages
from ostiary.core.messages.model import Outgoing
from ostiary.dev import ADMIN_TOKEN, DEMO_PROJECT
from ostiary.terms.secret import MasterKeys, Secret
from ostiary.wire.configuration.model import Configuration
from ostiary.wire.configuration.read import parse
from tests.fakes import Clock, Dice, RememberingCarrier

ISSUER = "https://id.demo.localhost:8443"
SHOP = "https://shop.demo.localhost:8443"
CALLBACK = f"{SHOP}/callback"
CLIENT = "demo-shop"
PROJECT = "project-test-11111111-1111-4111-8111-111111111111"
PROJECT_SECRET = "secret-test-anything"
PASSWORD = "correct horse battery staple"
COOKIE = "__Host-Session"
MASTER = MasterKeys(sha256(b"the tests' master key").digest())
VERIFIER = "a-code-verifier-that-is-long-enough-for-rfc-7636"


def challenge_of(verifier: str) -> str:
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


AUTHORIZATION = {
    "client_id": CLIENT,
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid profile email phone offline_access mfa",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


def demo_configuration(text: str | None = None) -> Configuration:
    """The demo project, or another, with the shop at its usual address."""
    return parse(
        text or DEMO_PROJECT.read_text(encoding="utf-8"), {**os.environ, "OSTIARY_DEMO_SHOP": SHOP}
    )


class World:
    """One server and what surrounds it."""

    def __init__(self, running: app.Running, clock: Clock, carrier: RememberingCarrier) -> None:
        self.running = running
        self.clock = clock
        self.carrier = carrier
        self.open_work = running.open_work
        self.database = running.database
        self.http = self.browser()
        self.management = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(running.management), base_url="http://127.0.0.1:9000"
        )

    def admin(self, token: str | None = ADMIN_TOKEN) -> httpx2.AsyncClient:
        """A client of the admin API, with this token."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.running.identity),
            base_url=f"{ISSUER}/admin/v1",
            headers={"authorization": f"Bearer {token}"} if token is not None else {},
        )

    def back_end(self, project: str = PROJECT, secret: str = PROJECT_SECRET) -> httpx2.AsyncClient:
        """A back end with one of the project's secrets."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.running.identity),
            base_url=f"{ISSUER}/v1",
            auth=(project, secret),
        )

    def browser(self) -> httpx2.AsyncClient:
        """Another client of the identity server, with a cookie jar of its own."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.running.identity),
            base_url=ISSUER,
            headers={"origin": SHOP},
        )

    async def deliver(self) -> None:
        """Hand everything that is due to the carrier."""
        while claimed := await messages.claim(self.open_work):
            taken = [
                ready
                for ready in claimed
                if await messages.hand_over(self.open_work, self.carrier, ready)
            ]
            await messages.settle(self.open_work, taken)

    async def message(self, to: str | None = None) -> Outgoing:
        """The newest message, to this address if one is given."""
        await self.deliver()
        found = [m for m in self.carrier.messages if to in (None, m.rendered.to)]
        assert found, f"nothing was sent to {to or 'anyone'}"
        return found[-1]

    async def code(self, to: str | None = None) -> str:
        code = (await self.message(to)).code
        assert code is not None
        return code


class Place(Protocol):
    """Where a person can be: in this process, or in front of a server of its own."""

    def browser(self) -> httpx2.AsyncClient: ...

    async def code(self, to: str | None = None) -> str: ...


class Person:
    """Somebody with a browser, who logs in to the demo shop and does what its SDK would."""

    def __init__(self, world: Place, email: str, password: str = PASSWORD) -> None:
        self.world = world
        self.email = email
        self.password = password
        self.http = world.browser()
        self.tokens: dict[str, Any] = {}

    async def post(self, path: str, body: Any, **more: Any) -> httpx2.Response:
        return await self.http.post(f"/identity/v1{path}", json=body, **more)

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens['access_token']}"}

    async def tkn(self) -> str:
        answer = await self.post(
            "/password/login",
            {"client_id": CLIENT, "email": self.email, "password": self.password},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["tkn"])

    async def authorize(self, **more: Any) -> httpx2.Response:
        return await self.http.get("/oauth/authorize", params={**AUTHORIZATION, **more})

    async def exchange(self, code: str, **more: Any) -> httpx2.Response:
        return await self.http.post(
            "/oauth/token",
            json={
                "client_id": CLIENT,
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": VERIFIER,
                "redirect_uri": CALLBACK,
                **more,
            },
        )

    async def log_in(self) -> dict[str, Any]:
        """Password, authorization by `tkn`, exchange: the tokens, and the SSO cookie in the jar."""
        answer = await self.authorize(tkn=await self.tkn())
        assert answer.status_code == 303, answer.text
        code = httpx2.URL(answer.headers["location"]).params["code"]
        exchanged = await self.exchange(code)
        assert exchanged.status_code == 200, exchanged.text
        self.tokens = exchanged.json()
        return self.tokens

    async def step_up_token(self, **more: Any) -> str:
        """A step-up begun with the SSO cookie, or with what `more` brings."""
        answer = await self.post("/mfa/stepup", {**AUTHORIZATION, **more})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def challenge(self, step_up: str, auth_type: str = "sms") -> str:
        answer = await self.post(
            "/passwordless/start", {"auth_type": auth_type, "step_up": step_up}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["challenge_id"])

    async def verify(self, challenge_id: str, code: str) -> httpx2.Response:
        return await self.post(
            "/passwordless/verify", {"challenge_id": challenge_id, "verification_code": code}
        )

    async def step_up(self, auth_type: str = "sms") -> dict[str, Any]:
        """The whole of it: the tokens it ends in."""
        challenge = await self.challenge(await self.step_up_token(), auth_type)
        verified = await self.verify(challenge, await self.world.code())
        assert verified.status_code == 200, verified.text
        exchanged = await self.exchange(verified.json()["code"])
        assert exchanged.status_code == 200, exchanged.text
        self.tokens = exchanged.json()
        return self.tokens


@asynccontextmanager
async def world_at(
    deployment: app.Deployment, carrier: RememberingCarrier | None = None
) -> AsyncIterator[World]:
    """A world on a database that is already prepared."""
    clock = Clock()
    async with app.run(replace(deployment, clock=clock, entropy=Dice()), carriers={}) as running:
        yield World(running, clock, carrier or RememberingCarrier())


def deployment_at(database_url: str, configuration: Configuration | None = None) -> app.Deployment:
    return app.Deployment(
        database_url=database_url,
        public_url=ISSUER,
        master=MASTER,
        admin_token=Secret(ADMIN_TOKEN),
        configuration=configuration or demo_configuration(),
    )


class Templates:
    """A prepared SQLite database for each configuration, copied for every test that wants one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    async def copy(self, to: Path, configuration: Configuration, name: str) -> str:
        if name not in self._made:
            path = self._folder / f"{name}.sqlite3"
            prepared = replace(
                deployment_at(f"sqlite:///{path}", configuration),
                clock=Clock(),
                entropy=Dice("seed"),
            )
            await app.prepare(prepared)
            self._made[name] = path
        shutil.copy(self._made[name], to)
        return f"sqlite:///{to}"
