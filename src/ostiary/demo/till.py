"""The shop's till: it believes no token before it has checked it in two ways of its own.

By signature (RFC 9068 §4): the keys the server publishes, an allow-list of algorithms, the type, the
issuer, the audience, the expiry. By introspection (RFC 7662 §2): the server is asked. Both must say
that a second factor was proved (`mfa` in `amr`, RFC 8176 §2).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from ostiary.demo.web import Unanswered

if TYPE_CHECKING:
    from ostiary.demo.web import Web

ALGORITHMS = ["ES256", "RS256"]
KEYS_ARE_GOOD_FOR = 300.0  # seconds; a key set unknown to us is asked for sooner, see `_key_set`
ASK_AGAIN_AFTER = 5.0  # seconds; a stranger's tokens must not make us ask at every request


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the till looked at."""

    what: str
    held: bool
    found: str


@dataclass(slots=True)
class Verdict:
    """What the till says, and everything it looked at to say so."""

    status: int = 200
    reason: str = ""
    what_to_do: str = ""
    checks: list[Check] = field(default_factory=list)
    signed: dict[str, Any] = field(default_factory=dict)
    introspected: dict[str, Any] = field(default_factory=dict)

    def note(self, what: str, held: bool, found: str) -> bool:
        self.checks.append(Check(what, held, found))
        return held

    def refuse(self, status: int, reason: str, what_to_do: str) -> Verdict:
        self.status, self.reason, self.what_to_do = status, reason, what_to_do
        return self

    def body(self) -> dict[str, object]:
        """The JSON a browser gets."""
        seen = {
            "checks": [{"what": c.what, "held": c.held, "found": c.found} for c in self.checks],
            "token": self.signed,
            "introspection": self.introspected,
        }
        if self.status == 200:
            return {"purchased": True, "order": f"LL-{secrets.token_hex(3).upper()}", **seen}
        return {
            "purchased": False,
            "reason": self.reason,
            "what_to_do": self.what_to_do,
            **seen,
        }


class Till:
    """Decides whether an access token may buy."""

    def __init__(
        self,
        *,
        issuer: str,
        api: str,
        client_id: str,
        backend: tuple[str, str],
        web: Web,
    ) -> None:
        self._issuer = issuer
        self._api = api
        self._client_id = client_id
        self._backend = backend
        self._web = web
        self._keys: jwk.KeySet | None = None
        self._asked = float("-inf")

    async def ring_up(self, token: str) -> Verdict:
        """The till's verdict on a purchase paid for with this token."""
        verdict = Verdict()
        if not token:
            return verdict.refuse(
                401, "The purchase came without an access token.", "Sign in, then pay again."
            )
        if not await self._signature_holds(token, verdict):
            return verdict.refuse(
                401, f"{verdict.checks[-1].what}: {verdict.checks[-1].found}.", "Sign in again."
            )
        verdict.introspected = await self._introspect(token)
        active = verdict.introspected.get("active") is True
        if not verdict.note("Still active", active, "yes" if active else "no"):
            return verdict.refuse(
                401,
                "The identity server no longer honours this token: signed out, revoked or expired.",
                "Sign in again.",
            )
        proved = [_proved(verdict, "signed token", verdict.signed.get("amr"))]
        proved.append(_proved(verdict, "introspection", verdict.introspected.get("amr")))
        if not all(proved):
            return verdict.refuse(
                403,
                "Your sign-in was proved by one factor only: the token does not say “mfa”.",
                "Confirm with a second factor, then pay again.",
            )
        return verdict

    async def _signature_holds(self, token: str, verdict: Verdict) -> bool:
        try:
            header = jws.extract_compact(token.encode()).headers()
            keys = await self._key_set(str(header.get("kid")))
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError, UnicodeError) as why:
            return verdict.note("Signature", False, f"{type(why).__name__}: {why}")
        verdict.signed = claims = read.claims
        kid = str(read.header.get("kid", ""))
        verdict.note("Signature", True, f"{read.header['alg']}, key {kid[:8]}…")
        kind = read.header.get("typ")
        audience = claims.get("aud")
        expiry = claims.get("exp")
        # `iat` is not looked at: RFC 7519 §4.1.6 does not ask for it, and in dev mode the server's
        # clock may run ahead of ours. That the token has not expired by *its* clock, it says itself.
        return (
            verdict.note("Type", kind == "at+jwt", str(kind))
            and verdict.note("Issuer", claims.get("iss") == self._issuer, str(claims.get("iss")))
            and verdict.note(
                "Audience",
                self._client_id in (audience if isinstance(audience, list) else [audience]),
                ", ".join(audience) if isinstance(audience, list) else str(audience),
            )
            and verdict.note(
                "Expiry",
                isinstance(expiry, int) and expiry > time.time(),
                f"in {int(expiry - time.time())} s" if isinstance(expiry, int) else "none",
            )
        )

    async def _key_set(self, kid: str) -> jwk.KeySet:
        """The published keys; asked for again when they are old, or when one of them is new to us."""
        age = time.monotonic() - self._asked
        known = self._keys is not None and any(key.kid == kid for key in self._keys)
        if age > KEYS_ARE_GOOD_FOR or (not known and age > ASK_AGAIN_AFTER):
            url = f"{self._api}/.well-known/jwks.json"
            published = await self._web.ask_for_object("GET", url)
            self._keys = jwk.KeySet.import_key_set(published)  # type: ignore[arg-type]
            self._asked = time.monotonic()
        if self._keys is None:
            raise Unanswered(f"{self._api}: no keys so far")
        return self._keys

    async def _introspect(self, token: str) -> dict[str, Any]:
        return await self._web.ask_for_object(
            "POST", f"{self._api}/oauth/introspect", data={"token": token}, auth=self._backend
        )


def _proved(verdict: Verdict, where: str, amr: object) -> bool:
    """Whether `mfa` is among the methods this source speaks of."""
    methods = [str(method) for method in amr] if isinstance(amr, list) else []
    return verdict.note(f"“mfa” in the {where}", "mfa" in methods, ", ".join(methods) or "none")
