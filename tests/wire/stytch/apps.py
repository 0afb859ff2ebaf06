"""People with authenticator apps; the apps' codes by another implementation than the server's."""

from base64 import b32decode
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

ANN = {"email": "ann@demo.localhost", "password": PASSWORD}
STEP = 30


def said(answer: Any) -> tuple[int, str]:
    return answer["status_code"], answer.get("error_type", "")


def code_of(secret: str, at: int) -> str:
    """What an app says then; by another implementation than the server's."""
    return TOTP(b32decode(secret), 6, SHA1(), STEP, enforce_key_length=False).generate(at).decode()


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


class App:
    """Somebody with an authenticator app, active unless it is said otherwise."""

    def __init__(self, ask: Ask, world: World, who: dict[str, str]) -> None:
        self.ask = ask
        self.world = world
        self.who = who

    @classmethod
    async def offered(cls, ask: Ask, world: World, who: dict[str, str] = ANN, **more: Any) -> "App":
        app = cls(ask, world, who)
        app.user = (await app.logged_in(None))["user_id"]
        app.made = await ask("POST /totps", {"user_id": app.user, **more})
        assert app.made["status_code"] == 200, app.made
        return app

    @classmethod
    async def active(cls, ask: Ask, world: World, who: dict[str, str] = ANN) -> "App":
        app = await cls.offered(ask, world, who)
        activated = await app.prove()
        assert activated["status_code"] == 200, activated
        app.world.clock.advance(STEP)
        return app

    user: str
    made: Any

    def code(self, behind: int = 0) -> str:
        return code_of(self.made["secret"], self.world.clock.now - behind * STEP)

    async def logged_in(self, minutes: int | None = 60) -> Any:
        return await self.ask(
            "POST /passwords/authenticate", {**self.who, "session_duration_minutes": minutes}
        )

    async def prove(self, code: str | None = None, **more: Any) -> Any:
        body = {"user_id": self.user, "totp_code": code or self.code(), **more}
        return await self.ask("POST /totps/authenticate", body)

    async def recover(self, code: str, **more: Any) -> Any:
        body = {"user_id": self.user, "recovery_code": code, **more}
        return await self.ask("POST /totps/recover", body)

    async def codes_left(self) -> list[str]:
        listed = await self.ask("POST /totps/recovery_codes", {"user_id": self.user})
        [totp] = listed["totps"]
        assert totp["totp_id"] == self.made["totp_id"]
        codes: list[str] = totp["recovery_codes"]
        return codes
