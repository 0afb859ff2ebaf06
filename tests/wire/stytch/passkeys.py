"""A browser with an authenticator, in the words of this dialect: options and answers are texts of JSON."""

import json
from dataclasses import dataclass, field

from tests.authenticator import Authenticator, Change, Json, as_asked
from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD

DOMAIN = "demo.localhost"
_NAMES = {
    "raw_id": "rawId",
    "client_data_json": "clientDataJSON",
    "attestation_object": "attestationObject",
    "authenticator_data": "authenticatorData",
    "user_handle": "userHandle",
}


def spelled(answer: Json) -> str:
    """An answer as `@github/webauthn-json` serialises it."""

    def renamed(members: Json) -> Json:
        return {
            _NAMES.get(name, name): renamed(value) if isinstance(value, dict) else value
            for name, value in members.items()
        }

    return json.dumps({**renamed(answer), "authenticatorAttachment": "platform"})


@dataclass
class Browser:
    """What it was asked, and what it answers."""

    phone: Authenticator = field(default_factory=Authenticator)

    def make(self, options: str, change: Change = as_asked) -> str:
        return spelled(self.phone.make({"public_key": json.loads(options)}, change))

    def get(self, options: str, change: Change = as_asked, *, which: int = -1) -> str:
        return spelled(self.phone.get({"public_key": json.loads(options)}, change, which=which))


async def creation(ask: Ask, user: str, domain: str = DOMAIN, **more: object) -> str:
    begun = await ask("POST /webauthn/register/start", {"user_id": user, "domain": domain, **more})
    assert begun["status_code"] == 200, begun
    assert begun["user_id"].startswith("user-test-")
    return str(begun["public_key_credential_creation_options"])


async def request(ask: Ask, user: str | None = None, domain: str = DOMAIN) -> str:
    begun = await ask("POST /webauthn/authenticate/start", {"user_id": user, "domain": domain})
    assert begun["status_code"] == 200, begun
    assert begun["user_id"] == (user or "")
    return str(begun["public_key_credential_request_options"])


async def register(ask: Ask, user: str, made: str, **more: object) -> Json:
    body = {"user_id": user, "public_key_credential": made, **more}
    answer: Json = await ask("POST /webauthn/register", body)
    return answer


async def authenticate(ask: Ask, given: str, **more: object) -> Json:
    answer: Json = await ask(
        "POST /webauthn/authenticate", {"public_key_credential": given, **more}
    )
    return answer


async def user_of(ask: Ask, email: str) -> str:
    proved = await ask("POST /passwords/authenticate", {"email": email, "password": PASSWORD})
    return str(proved["user_id"])


async def browser_of(ask: Ask, user: str, name: str = "a phone") -> Browser:
    """With a passkey of this user."""
    browser = Browser(Authenticator(f"{name} of {user}"))
    kept = await register(ask, user, browser.make(await creation(ask, user)))
    assert kept["status_code"] == 200, kept
    return browser
