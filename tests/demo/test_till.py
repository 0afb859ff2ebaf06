"""The shop's till believes a token only when it has checked it in both ways."""

import time
from typing import Any

import pytest
from joserfc import jwk, jwt

from ostiary.demo.till import Till
from ostiary.demo.web import Unanswered, Web

ISSUER = "https://id.demo.localhost:8443"
API = "http://127.0.0.1:8080"
KEY = jwk.ECKey.generate_key("P-256", {"kid": "published"})
STRANGER = jwk.ECKey.generate_key("P-256", {"kid": "stranger"})
SECRET = jwk.OctKey.import_key("a shared secret, as long as it has to be")


class IdentityServer(Web):
    """What the till may ask: the published keys, and what a token is worth now."""

    def __init__(self) -> None:
        super().__init__()
        self.amr = ["mfa", "sms", "pwd"]
        self.active = True
        self.up = True
        self.keys = [KEY]
        self.asked: list[str] = []

    async def ask_for_object(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        self.asked.append(url.removeprefix(API))
        if not self.up:
            raise Unanswered(url)
        if url.endswith("/jwks.json"):
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        assert more["auth"] == ("backend", "backend-secret")
        return {"active": True, "amr": self.amr} if self.active else {"active": False}


@pytest.fixture
def server() -> IdentityServer:
    return IdentityServer()


@pytest.fixture
def till(server: IdentityServer) -> Till:
    return Till(
        issuer=ISSUER,
        api=API,
        client_id="demo-shop",
        backend=("backend", "backend-secret"),
        web=server,
    )


def token(
    key: jwk.ECKey | jwk.OctKey = KEY, alg: str = "ES256", typ: str = "at+jwt", **claims: Any
) -> str:
    usual = {
        "iss": ISSUER,
        "aud": ["demo-shop"],
        "exp": int(time.time()) + 60,
        "amr": ["mfa", "sms", "pwd"],
    }
    header = {"alg": alg, "typ": typ, "kid": key.kid or "shared"}
    return jwt.encode(header, usual | claims, key, algorithms=[alg])


async def test_a_token_with_mfa_in_both_sources_buys(till: Till) -> None:
    verdict = await till.ring_up(token())
    assert verdict.status == 200
    assert verdict.body()["purchased"] is True
    assert all(check.held for check in verdict.checks)
    assert verdict.signed["amr"] == ["mfa", "sms", "pwd"]


@pytest.mark.parametrize(
    ("presented", "refused_for"),
    [
        (token(STRANGER), "Signature"),
        (token(SECRET, alg="HS256"), "Signature"),
        (token()[:-4] + "AAAA", "Signature"),
        ("not a token", "Signature"),
        (token(typ="JWT"), "Type"),
        (token(iss="https://id.example.com"), "Issuer"),
        (token(aud=["another-shop"]), "Audience"),
        (token(aud="another-shop"), "Audience"),
        (token(exp=int(time.time()) - 1), "Expiry"),
        (token(exp=None), "Expiry"),
    ],
)
async def test_what_is_wrong_with_a_token_is_said(
    till: Till, server: IdentityServer, presented: str, refused_for: str
) -> None:
    verdict = await till.ring_up(presented)
    assert verdict.status == 401
    assert verdict.reason.startswith(f"{refused_for}: ")
    assert verdict.what_to_do == "Sign in again."
    assert "/oauth/introspect" not in server.asked


async def test_a_purchase_without_a_token_is_refused(till: Till) -> None:
    assert (await till.ring_up("")).status == 401


@pytest.mark.parametrize(
    ("signed", "introspected", "status"),
    [
        (["mfa", "email", "pwd"], ["mfa", "email", "pwd"], 200),
        (["pwd"], ["pwd"], 403),
        (["mfa", "sms"], ["pwd"], 403),
        (["pwd"], ["mfa", "sms"], 403),
        ("mfa", ["mfa"], 403),
        (None, ["mfa"], 403),
    ],
)
async def test_mfa_must_be_in_the_token_and_in_the_introspection(
    till: Till, server: IdentityServer, signed: object, introspected: list[str], status: int
) -> None:
    server.amr = introspected
    verdict = await till.ring_up(token(amr=signed))
    assert verdict.status == status
    assert bool(verdict.what_to_do) == (status == 403)


async def test_a_token_the_server_no_longer_honours_buys_nothing(
    till: Till, server: IdentityServer
) -> None:
    server.active = False
    assert (await till.ring_up(token())).status == 401


async def test_keys_are_asked_for_once(till: Till, server: IdentityServer) -> None:
    for _ in range(3):
        await till.ring_up(token())
    assert server.asked.count("/.well-known/jwks.json") == 1


async def test_strangers_tokens_do_not_make_us_ask_each_time(
    till: Till, server: IdentityServer
) -> None:
    for _ in range(3):
        await till.ring_up(token(STRANGER))
    assert server.asked.count("/.well-known/jwks.json") == 1


async def test_a_new_key_is_fetched_when_a_token_names_it(
    till: Till, server: IdentityServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await till.ring_up(token())
    server.keys.append(STRANGER)  # rotated: no stranger any more
    monkeypatch.setattr("ostiary.demo.till.ASK_AGAIN_AFTER", 0.0)
    assert (await till.ring_up(token(STRANGER))).status == 200


async def test_a_silent_identity_server_is_not_a_yes(till: Till, server: IdentityServer) -> None:
    server.up = False
    with pytest.raises(Unanswered):
        await till.ring_up(token())
