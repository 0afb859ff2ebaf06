"""The operations under measurement that a back end asks for, which keeps its users' sessions itself."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pyotp

from .http import Connection, post
from .operations import PASSWORD, Step, Visitor

PROJECT = "project-test-11111111-1111-4111-8111-111111111111:secret-test-benchmark"
BASIC = f"authorization: Basic {b64encode(PROJECT.encode()).decode()}\r\n"
LONGEST = 527_040  # minutes: nobody's session may end while the clock is moved
STEP = 30  # seconds that a code of an app is there for


class Kept:
    """What the back end has of one of its users."""

    app: pyotp.TOTP | None = None
    last = 0  # step whose code was used

    def __init__(self, begun: dict[str, Any]) -> None:
        self.user: str = begun["user_id"]
        self.phone: str = begun["user"]["phone_numbers"][0]["phone_id"]
        self.renew(begun)

    def renew(self, answered: dict[str, Any]) -> None:
        self.token: str = answered["session_token"] or self.token
        self.jwt: str = answered["session_jwt"]


class BackEnd:
    def __init__(self, management_port: int) -> None:
        self._management_port = management_port
        self._kept: dict[str, Kept] = {}
        self._now = 0  # the server's clock when it was last moved
        self._moving = asyncio.Lock()

    def all(self) -> Sequence[tuple[str, Step, tuple[str, ...]]]:
        """Name, one operation of the server, and the paths of the limit probe that make one."""
        return (
            ("session check by its token", self.check, ("/check",)),
            ("… by a JWT not seen before", self.check_jwt, ("/check-jwt",)),
            ("MFA: send and authenticate", self.step_up, ("/send", "/answer")),
            ("MFA by an authenticator app", self.prove_app, ("/app",)),
        )

    async def _ask(self, visitor: Visitor, path: str, **body: Any) -> Any:
        return (await visitor.ask(post(f"/v1{path}", body, BASIC))).json()

    async def begin_session(self, visitor: Visitor) -> None:
        who = {"email": visitor.email, "password": PASSWORD, "session_duration_minutes": LONGEST}
        self._kept[visitor.email] = Kept(await self._ask(visitor, "/passwords/authenticate", **who))

    async def check(self, visitor: Visitor) -> None:
        kept = self._kept[visitor.email]
        await self._ask(visitor, "/sessions/authenticate", session_token=kept.token)

    async def check_jwt(self, visitor: Visitor) -> None:
        kept = self._kept[visitor.email]
        kept.renew(await self._ask(visitor, "/sessions/authenticate", session_jwt=kept.jwt))

    async def step_up(self, visitor: Visitor) -> None:
        kept = self._kept[visitor.email]
        phone = {"phone_number": visitor.phone, "session_token": kept.token}
        await self._ask(visitor, "/otps/sms/send", **phone)
        answer = {"method_id": kept.phone, "code": await visitor.code()}
        proved = await self._ask(visitor, "/otps/authenticate", **answer, session_token=kept.token)
        kept.renew(proved)

    async def prove_app(self, visitor: Visitor) -> None:
        """Each code is good once: when somebody has used that of this step, the clock goes on to the next."""
        kept = self._kept[visitor.email]
        if kept.app is None:
            offered = await self._ask(visitor, "/totps", user_id=kept.user)
            kept.app = pyotp.TOTP(offered["secret"])
        async with self._moving:
            if kept.last == self._now // STEP:
                await self._advance()
        kept.last, code = self._now // STEP, kept.app.at(self._now)
        answer = {"user_id": kept.user, "totp_code": code, "session_token": kept.token}
        kept.renew(await self._ask(visitor, "/totps/authenticate", **answer))

    async def _advance(self) -> None:
        connection = await Connection.open(self._management_port)
        to_the_next = {"advance": STEP - self._now % STEP}
        moved = await connection.send(post("/dev/clock", to_the_next))
        connection.close()
        self._now = moved.json()["now"]
