"""A page of the demo shop that speaks as the vendor's SDK for browsers does."""

from base64 import b64encode
from typing import Any

from tests.world import PASSWORD, SHOP, World

PUBLIC_TOKEN = "public-token-test-11111111-1111-4111-8111-111111111111"
ANN, BOB, CLEO = (f"{name}@demo.localhost" for name in ("ann", "bob", "cleo"))
BOBS_PHONE = "+33612345678"
HOUR = {"session_duration_minutes": 60}


class Page:
    """`token`: of the visitor's session, which every answer that has one renews."""

    def __init__(self, world: World, *, public_token: str = PUBLIC_TOKEN) -> None:
        self.world = world
        self.public_token = public_token
        self.token = ""
        self.http = world.browser()

    @property
    def authorization(self) -> str:
        pair = f"{self.public_token}:{self.token or self.public_token}"
        return f"Basic {b64encode(pair.encode()).decode()}"

    async def ask(self, line: str, body: Any = None, **headers: str) -> dict[str, Any]:
        method, path = line.split(" ")
        answer = await self.http.request(
            method,
            f"/sdk/v1{path}",
            json=body,
            headers={"authorization": self.authorization, "origin": SHOP, **headers},
        )
        told = answer.json()
        if answer.status_code < 300:
            told = told["data"]
            self.token = told.get("session_token") or self.token
        assert told["status_code"] == answer.status_code
        assert told["request_id"].startswith("request-id-")
        found: dict[str, Any] = told
        return found

    async def log_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        body = {"email": email, "password": password, **HOUR}
        told = await self.ask("POST /passwords/authenticate", body)
        assert told["status_code"] == 200, told
        return told

    async def prove_phone(self, phone: str) -> dict[str, Any]:
        """A code to a phone of the visitor's own."""
        sent = await self.ask("POST /otps/sms/send/secondary", {"phone_number": phone})
        assert sent["status_code"] == 200, sent
        return await self.enter(sent["method_id"], await self.world.code(phone))

    async def prove_email(self, email: str) -> dict[str, Any]:
        sent = await self.ask("POST /otps/email/send/secondary", {"email": email})
        assert sent["status_code"] == 200, sent
        return await self.enter(sent["method_id"], await self.world.code(email))

    async def enter(self, method: str, code: str) -> dict[str, Any]:
        body = {"method_id": method, "token": code, **HOUR}
        return await self.ask("POST /otps/authenticate", body)


def told(answer: dict[str, Any]) -> tuple[int, str | None]:
    return answer["status_code"], answer.get("error_type")


def types(answer: dict[str, Any]) -> list[str]:
    return [one["type"] for one in answer["session"]["authentication_factors"]]
