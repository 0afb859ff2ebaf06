"""The eleven steps of a step-up, played against a running server and told as they happen.

Every request is the one `@reachfive/identity-core` makes; a browser is all that is missing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TextIO

import httpx2
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from ostiary.demo.loopback import Loopback
from ostiary.demo.story import Broken, Json, Step, Told

if TYPE_CHECKING:
    from pathlib import Path

DELIVERY = 3.0  # seconds; a message is promised within one of the answer that caused it
AREAS = ("201", "212", "303", "312", "404", "415", "503", "617", "702", "808", "917")
ALGORITHMS = ["ES256", "RS256"]


async def walk(
    *,
    issuer: str,
    shop: str,
    inbox: str,
    authority: Path,
    client_id: str,
    backend: tuple[str, str],
    channel: Literal["sms", "email"] = "sms",
    out: TextIO | None = None,
) -> bool:
    """Plays the eleven steps with a person signed up for it; whether every one of them held.

    `authority` is the certificate authority of both public names, which are reached on loopback.
    """
    told = Told(out or sys.stdout)
    origin = shop.rstrip("/")
    headers = {
        "origin": origin,
        "accept-language": "en",
        "x-r5-correlation-id": str(uuid.uuid4()),
    }
    async with (
        httpx2.AsyncClient(transport=Loopback(authority), base_url=issuer, headers=headers) as web,
        httpx2.AsyncClient(base_url=inbox, trust_env=False) as management,
    ):
        walker = Walker(told, web, Inbox(management), issuer, origin, client_id, backend, channel)
        told.title(
            f"A step-up in eleven steps at {issuer}",
            "Paths without /oauth or /api are below /identity/v1.",
        )
        try:
            await walker.sign_up()
            await walker.sign_in_and_browse()
            await walker.register()
            await walker.step_up()
            await walker.inspect_and_buy()
        except Broken as why:
            told.broken(str(why))
            return False
        except httpx2.HTTPError as why:
            told.broken(f"{type(why).__name__}: {why}. Is the server running at {issuer}?")
            return False
    told.held("All eleven steps held")
    return True


def nobodys_number() -> str:
    """A number no one has: 555-0100 to 555-0199 are kept for fiction in every North American area."""
    return f"+1{secrets.choice(AREAS)}55501{secrets.randbelow(100):02}"


@dataclass
class Walker:
    """One person on the way through the eleven steps, and what they carry."""

    told: Told
    web: httpx2.AsyncClient  # carries the session cookie, as a browser would
    inbox: Inbox
    issuer: str
    origin: str
    client_id: str
    backend: tuple[str, str]
    channel: Literal["sms", "email"]
    email: str = field(default_factory=lambda: f"walker-{secrets.token_hex(4)}@demo.localhost")
    phone: str = field(default_factory=nobodys_number)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    scope: str = ""
    verifier: str = ""
    token: str = ""
    claims: Json = field(default_factory=dict)

    # ---- the steps

    async def sign_up(self) -> None:
        with self.told.step(None, "meet the client") as step:
            asked = {"client_id": self.client_id, "lang": "en"}
            config = await self._get(step, "/identity/v1/config", params=asked)
            self.scope = str(config["scope"])
            step.needs(config["is_public"] and "mfa" in self.scope, "scope mfa", config)
            step.proved("a public client that may ask for the scope mfa")
        with self.told.step(None, "sign up") as step:
            person = {"given_name": "Walker", "email": self.email, "password": self.password}
            body = {"client_id": self.client_id, "scope": self.scope, "data": person}
            await self._post(step, "/identity/v1/signup", body)
            step.proved(self.email)

    async def sign_in_and_browse(self) -> None:
        with self.told.step(1, "log in") as step:
            who = {"email": self.email, "password": self.password}
            body = {"client_id": self.client_id, "scope": self.scope, **who}
            login = await self._post(step, "/identity/v1/password/login", body)
            step.needs("tkn" in login and not login.get("mfa_required"), "a tkn", login)
            await self._exchange(step, await self._authorize(step, login["tkn"]), quietly=True)
            step.needs("mfa" not in self.claims["amr"], "an amr without mfa", self.claims["amr"])
            step.proved(f"one proof: amr is {_words(self.claims['amr'])}")
        with self.told.step(2, "browse") as step:
            profile = await self._get(step, "/identity/v1/userinfo", headers=self._bearer)
            step.needs(profile.get("email") == self.email, self.email, profile)
            step.proved("one proof is enough to look around")
        with self.told.step(3, "list second factors") as step:
            listed = await self._get(step, "/identity/v1/mfa/credentials", headers=self._bearer)
            step.needs(listed["credentials"] == [], "no credential", listed)
            step.proved("none so far")
        with self.told.step(None, "try to buy") as step:
            await self._buy(step, 403)
            step.proved("refused by the shop: no mfa in the token")

    async def register(self) -> None:
        sms = self.channel == "sms"
        kind = "phone-numbers" if sms else "emails"
        path = f"/identity/v1/mfa/credentials/{kind}"
        await self.inbox.forget(self._address)
        with self.told.step(4, "register a phone" if sms else "register an e-mail") as step:
            body: Json = {"phone_number": self.phone} if sms else {}
            body |= {"trust_device": False, "action": "purchase"}
            answer = await self._post(step, path, body, headers=self._bearer)
            wanted = "sms_sent" if sms else "email_sent"
            step.needs(answer.get("status") == wanted, wanted, answer)
            code = await self.inbox.code(self._address, "mfa_activation")
            step.proved(f"code sent to {self._address}")
        with self.told.step(5, "verify it") as step:
            body = {"verification_code": code} | ({} if sms else {"trust_device": False})
            await self._post(step, f"{path}/verify", body, headers=self._bearer, status=(200, 204))
            step.proved("it is theirs, and a second factor now")

    async def step_up(self) -> None:
        with self.told.step(6, "initiate the step-up") as step:
            body = self._request() | {"action": "purchase"}
            offered = await self._post(step, "/identity/v1/mfa/stepup", body)
            step.needs(self.channel in offered["amr"], self.channel, offered["amr"])
            step.proved(f"by the session cookie alone; offered: {_words(offered['amr'])}")
        with self.told.step(7, "ask for a code") as step:
            body = {"auth_type": self.channel, "step_up": offered["token"]}
            begun = await self._post(step, "/identity/v1/passwordless/start", body)
            code = await self.inbox.code(self._address, "mfa_step_up")
            step.proved("a challenge, and a new code in the inbox")
        with self.told.step(8, "answer it") as step:
            body = {"challenge_id": begun["challenge_id"], "verification_code": code}
            answered = await self._post(step, "/identity/v1/passwordless/verify", body)
            step.proved("an authorization code")
        with self.told.step(9, "exchange it, with PKCE") as step:
            await self._exchange(step, answered["code"])
            step.proved("a new access token")

    async def inspect_and_buy(self) -> None:
        with self.told.step(10, "inspect the token") as step:
            self.claims = _verified(
                self.token, await self._get(step, "/.well-known/jwks.json", quietly=True)
            )
            named = self.claims.get("aud")
            step.needs(self.claims.get("iss") == self.issuer, self.issuer, self.claims)
            step.needs(self.client_id in (named or []), f"aud {self.client_id}", named)
            said = await self._introspect(step)
            step.needs(said.get("active") is True, "an active token", said)
            for amr in (self.claims.get("amr", []), said.get("amr", [])):
                step.needs({"mfa", self.channel} <= set(amr), f"mfa and {self.channel}", amr)
            step.proved(f"signed and introspected alike: {_words(said['amr'])}")
        with self.told.step(11, "buy") as step:
            bought = await self._buy(step, 200)
            step.needs(bought.get("purchased") is True, "purchased", bought)
            step.proved(f"allowed by the shop: order {bought['order']}")

    # ---- what the SDK does under its methods

    def _request(self) -> Json:
        """The authorization request of the SDK, with a fresh PKCE pair (RFC 7636 §4)."""
        self.verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self._redirect_uri,
            "scope": self.scope,
            "display": "page",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }

    async def _authorize(self, step: Step, tkn: str) -> str:
        answer = await self.web.get("/oauth/authorize", params=self._request() | {"tkn": tkn})
        where = answer.headers.get("location", "")
        code = httpx2.URL(where).params.get("code", "")
        step.needs(
            answer.status_code in (302, 303) and where.startswith(self._redirect_uri) and code,
            f"a redirect to {self._redirect_uri} with a code",
            f"{answer.status_code} {where or answer.text}",
        )
        return str(code)

    async def _exchange(self, step: Step, code: str, *, quietly: bool = False) -> None:
        body = {
            "client_id": self.client_id,
            "grant_type": "authorization_code",
            "code_verifier": self.verifier,
            "code": code,
            "redirect_uri": self._redirect_uri,
        }
        tokens = await self._post(step, "/oauth/token", body, quietly=quietly)
        self.token = str(tokens["access_token"])
        self.claims = _claims(self.token)

    async def _introspect(self, step: Step) -> Json:
        form = {"token": self.token}
        return await step.call(self.web, "POST", "/oauth/introspect", data=form, auth=self.backend)

    async def _buy(self, step: Step, status: int) -> Json:
        url = f"{self.origin}/api/purchase"
        return await step.call(
            self.web, "POST", url, status=(status,), headers=self._bearer, shown="/api/purchase"
        )

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    @property
    def _redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def _address(self) -> str:
        return self.phone if self.channel == "sms" else self.email

    async def _get(self, step: Step, path: str, **more: Any) -> Json:
        return await step.call(self.web, "GET", path, **more)

    async def _post(self, step: Step, path: str, body: Json, **more: Any) -> Json:
        return await step.call(self.web, "POST", path, json=body, **more)


class Inbox:
    """The messages that were sent, as dev mode shows them."""

    def __init__(self, management: httpx2.AsyncClient) -> None:
        self._management = management
        self._seen: set[str] = set()

    async def forget(self, to: str) -> None:
        """Looks past what this address was sent before."""
        self._seen.update(message["id"] for message in await self._messages(to))

    async def code(self, to: str, purpose: str) -> str:
        """The code of the next message to this address, which may still be on its way."""
        until = time.monotonic() + DELIVERY
        while time.monotonic() < until:
            for message in await self._messages(to):
                if message["id"] not in self._seen and message["purpose"] == purpose:
                    self._seen.add(message["id"])
                    return str(message["code"])
            await asyncio.sleep(0.02)
        raise Broken(f"wanted a message ({purpose}) to {to}, got none within {DELIVERY:.0f} s")

    async def _messages(self, to: str) -> list[Json]:
        answer = await self._management.get("/dev/inbox.json", params={"to": to})
        messages: list[Json] = answer.json()["messages"]
        return messages


def _claims(token: str) -> Json:
    """The claims, unverified: enough to tell what to do next."""
    payload = token.split(".")[1]
    padded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    claims: Json = json.loads(padded)
    return claims


def _verified(token: str, published: Json) -> Json:
    """The claims of an access token whose signature and type hold (RFC 9068 §4)."""
    try:
        keys = jwk.KeySet.import_key_set(published)  # type: ignore[arg-type]
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError) as why:
        raise Broken(f"wanted a good signature, got {type(why).__name__}: {why}") from why
    if read.header.get("typ") != "at+jwt":
        raise Broken(f"wanted type at+jwt, got {read.header.get('typ')}")
    return read.claims


def _words(amr: list[str]) -> str:
    return ", ".join(amr)
