"""A browser in front of the console, and what its administrator has."""

import re
from base64 import b32decode
from typing import Any

import httpx2
from starlette.datastructures import URL

from ostiary import app
from ostiary.core import journal
from ostiary.core.factors import TOTP
from ostiary.core.journal.model import Event, Filter
from tests.world import ISSUER, World

ADMIN = "admin@demo.localhost"
PASSWORD = "a heron waits on one leg"
STEP = 30


class Console:
    """A browser in front of the console, and the authenticator app beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.http = world.browser()
        self.http.headers["origin"] = ISSUER
        self.secret = b""
        self.page = ""

    async def get(self, path: str) -> httpx2.Response:
        return self._seen(await self.http.get(path))

    async def post(self, path: str, origin: str = ISSUER, **form: str) -> httpx2.Response:
        """A form of the page last seen."""
        sent = {"csrf": self.csrf, **form}
        return self._seen(await self.http.post(path, data=sent, headers={"origin": origin}))

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.page)
        return found[1] if found else ""

    def _seen(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.status_code != 303:
            self.page = answer.text
        return answer

    def code(self) -> str:
        return TOTP.code(self.secret, self.world.clock.now // STEP)

    async def next_code(self) -> str:
        self.world.clock.advance(STEP)
        return self.code()

    async def invite(self, **more: Any) -> str:
        link = await app.console_link(self.world.open_work, usual=ADMIN, **more)
        assert link is not None
        return URL(link).path

    async def set_up(self) -> httpx2.Response:
        link = await self.invite()
        await self.get(link)
        self.read_secret()
        return await self.post(link, password=PASSWORD, again=PASSWORD, code=self.code())

    def read_secret(self) -> None:
        found = re.search(r'id="secret">([A-Z2-7 ]+)<', self.page)
        assert found
        self.secret = b32decode(found[1].replace(" ", ""))

    async def sign_in(self, password: str = PASSWORD, code: str | None = None) -> httpx2.Response:
        await self.get("/console/sign-in")
        code = await self.next_code() if code is None else code
        return await self.post("/console/sign-in", email=ADMIN, password=password, code=code)


async def events(world: World, name: str) -> tuple[Event, ...]:
    async with world.open_work(reading=True) as work:
        return await journal.page(work, Filter(event=name), most=10)
