"""Passkeys with the vendor's SDK, unmodified, and a virtual authenticator in Chromium (M12, WA-4, WA-5)."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from tests.running import Server
from tests.sdk.customer import (
    ANN,
    BOB,
    CLIENT,
    PASSWORD,
    STEP_UP_REQUIRED,
    WRONG_CODE,
    Customer,
    Json,
    amr,
    claims,
    said,
)

REFUSED = {"error": "invalid_grant", "errorMessageKey": "error.webauthn.invalidPasskey"}
UNCLAIMED = "NotAllowedError: "  # the browser's word where no authenticator has what is asked for
BOBS_PHONE = "+33612345678"


class Phone:
    """A virtual authenticator of the browser: it is always at hand, and its owner always agrees."""

    def __init__(self, browser: CDPSession, **options: Any) -> None:
        self._browser = browser
        asked = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **options,
        }
        added = browser.send("WebAuthn.addVirtualAuthenticator", {"options": asked})
        self._which = {"authenticatorId": added["authenticatorId"]}

    def passkeys(self) -> list[Json]:
        found: Json = self._browser.send("WebAuthn.getCredentials", self._which)
        return list(found["credentials"])

    def forget(self) -> None:
        self._browser.send("WebAuthn.clearCredentials", self._which)

    def learn(self, passkey: Json) -> None:
        self._browser.send("WebAuthn.addCredential", {**self._which, "credential": passkey})

    def unlocked(self, yes: bool) -> None:
        asked = {**self._which, "isUserVerified": yes}
        self._browser.send("WebAuthn.setUserVerified", asked)

    def lose(self) -> None:
        self._browser.send("WebAuthn.removeVirtualAuthenticator", self._which)


@pytest.fixture
def browser(customer: Customer) -> Iterator[CDPSession]:
    """The browser's own tools, with WebAuthn's switched on."""
    session = customer.page.context.new_cdp_session(customer.page)
    session.send("WebAuthn.enable")
    yield session
    session.send("WebAuthn.disable")
    session.detach()


@pytest.fixture
def phone(browser: CDPSession) -> Phone:
    return Phone(browser)


def add(customer: Customer, name: str = "my phone") -> None:
    assert customer.gets("addNewWebAuthnDevice", customer.access_token, name) is None


def log_in(customer: Customer, **named: Any) -> Json:
    """In-page; by whichever passkey there is, unless somebody is named."""
    who = named or {"conditionalMediation": False}
    customer.tokens = customer.gets("loginWithWebAuthn", {**who, "auth": customer.in_page})
    return customer.tokens


def refused_login(customer: Customer, **named: Any) -> Json:
    who = named or {"conditionalMediation": False}
    return said(customer.refused("loginWithWebAuthn", {**who, "auth": customer.in_page}))


def devices(customer: Customer) -> list[Json]:
    found: list[Json] = customer.gets("listWebAuthnDevices", customer.access_token)
    return found


def recover(customer: Customer, email: str) -> Json:
    """The arguments of a reset: the address and the code that was sent there."""
    who = {"email": email, "clientId": CLIENT}
    assert customer.gets("requestAccountRecovery", {"email": email}) is None
    code = customer.server.code(to=email, purpose="account_recovery")
    return {**who, "verificationCode": code}


def test_the_client_learns_that_there_are_passkeys(customer: Customer) -> None:
    assert customer.gets("remoteSettings")["webAuthn"] is True


def test_a_passkey_is_added_listed_used_and_removed(customer: Customer, phone: Phone) -> None:
    """M12."""
    email = customer.sign_up()
    assert devices(customer) == []
    add(customer)
    (made,) = phone.passkeys()
    assert (made["rpId"], made["isResidentCredential"]) == ("demo.localhost", True)
    (listed,) = devices(customer)
    assert listed.keys() == {"friendlyName", "id", "createdAt", "aaguid"}
    assert listed["friendlyName"] == "my phone"
    customer.events()

    customer.page.context.clear_cookies()
    for named in ({"email": email}, {}):
        tokens = log_in(customer, **named)
        assert [name for name, _ in customer.events()] == ["authenticated"]
        assert amr(customer.server, tokens) == ["hwk"]
        assert tokens["idTokenPayload"]["email"] == email
        assert customer.is_signed_in()
    (listed,) = devices(customer)
    assert "lastUsedAt" in listed

    customer.log_in(email, PASSWORD)
    assert customer.gets("removeWebAuthnDevice", customer.access_token, listed["id"]) is None
    assert devices(customer) == []
    customer.events()
    assert refused_login(customer) == REFUSED
    assert [name for name, _ in customer.events()] == ["login_failed"]


def test_without_a_name_a_passkey_is_called_after_the_platform(
    customer: Customer, phone: Phone
) -> None:
    customer.sign_up()
    assert customer.gets("addNewWebAuthnDevice", customer.access_token) is None
    assert devices(customer)[0]["friendlyName"] == customer.page.evaluate("navigator.platform")


def test_a_phone_that_is_known_is_not_added_again(customer: Customer, phone: Phone) -> None:
    customer.sign_up()
    add(customer)
    again = customer.throws("addNewWebAuthnDevice", customer.access_token, "again")
    assert again.startswith("InvalidStateError: ")
    assert len(devices(customer)) == 1


def test_a_security_key_that_remembers_nobody_logs_in_who_says_who_they_are(
    customer: Customer, browser: CDPSession
) -> None:
    """Its passkey is not discoverable: an address must be given."""
    Phone(browser, transport="usb", hasResidentKey=False)
    email = customer.sign_up()
    add(customer, "a key")
    assert amr(customer.server, log_in(customer, email=email)) == ["hwk"]
    who = {"conditionalMediation": False, "auth": customer.in_page}
    assert customer.throws("loginWithWebAuthn", who).startswith(UNCLAIMED)


def test_nobody_else_can_use_it(customer: Customer, phone: Phone) -> None:
    """AB-2: somebody unknown, and somebody without a passkey, have ids that no phone knows."""
    customer.sign_up()
    add(customer)
    for email in (ANN, "nobody@demo.localhost"):
        who = {"email": email, "auth": customer.in_page}
        assert customer.throws("loginWithWebAuthn", who).startswith(UNCLAIMED)


def test_who_signs_up_with_a_passkey_is_signed_in(customer: Customer, phone: Phone) -> None:
    """M12."""
    email = f"lea-{secrets.token_hex(4)}@demo.localhost"
    asked = {"profile": {"email": email, "givenName": "Lea"}, "friendlyName": "Lea’s phone"}
    customer.tokens = customer.gets("signupWithWebAuthn", asked, customer.in_page)
    assert [name for name, _ in customer.events()] == ["authenticated"]
    assert amr(customer.server, customer.tokens) == ["hwk"]
    profile = customer.gets("getUser", {"accessToken": customer.access_token})
    assert (profile["email"], profile["givenName"]) == (email, "Lea")
    assert devices(customer)[0]["friendlyName"] == "Lea’s phone"
    (made,) = phone.passkeys()
    assert made["userName"] == email
    customer.page.context.clear_cookies()
    assert log_in(customer)["idTokenPayload"]["email"] == email
    taken = customer.refused("signupWithWebAuthn", asked, customer.in_page)
    assert said(taken) == {
        "error": "email_already_exists",
        "errorMessageKey": "error.email.alreadyInUse",
    }


def test_who_has_lost_a_phone_gets_back_in(
    customer: Customer, browser: CDPSession, phone: Phone
) -> None:
    """M12, REC-5, WA-7: by the code of a recovery, which is good once; the lost one opens nothing more."""
    email = customer.sign_up()
    add(customer)
    (lost,) = phone.passkeys()
    phone.lose()
    another = Phone(browser)
    recovery = recover(customer, email)
    code = int(recovery["verificationCode"])
    wrong = {**recovery, "verificationCode": f"{(code + 1) % 1_000_000:06}"}
    assert said(customer.refused("resetPasskeys", wrong)) == WRONG_CODE
    assert another.passkeys() == []

    assert customer.gets("resetPasskeys", {**recovery, "friendlyName": "the new one"}) is None
    assert not customer.is_signed_in()
    assert amr(customer.server, log_in(customer)) == ["hwk"]
    assert [device["friendlyName"] for device in devices(customer)] == ["the new one"]
    assert said(customer.refused("resetPasskeys", recovery)) == WRONG_CODE

    another.lose()
    Phone(browser).learn(lost)
    assert refused_login(customer) == REFUSED


def test_a_second_factor_is_proved_before_a_passkey_is_added(
    customer: Customer, phone: Phone, restored: None
) -> None:
    """WA-6: and afterwards the passkey is the first of two."""
    customer.log_in(BOB)
    refused = customer.refused("addNewWebAuthnDevice", customer.access_token, "my phone")
    assert said(refused) == STEP_UP_REQUIRED
    customer.step_up("sms", BOBS_PHONE)
    add(customer)
    customer.page.context.clear_cookies()
    assert amr(customer.server, log_in(customer)) == ["hwk"]
    assert amr(customer.server, customer.step_up("sms", BOBS_PHONE)) == ["mfa", "sms", "hwk"]


def test_always_holds_for_passkeys(
    customer: Customer, phone: Phone, settings: Callable[..., None]
) -> None:
    """WA-4: the SDK does not ask whether a second factor must follow; the login ends with that word.
    With `passkey_is_mfa` a phone that verified its owner is both."""
    customer.log_in(BOB)
    customer.step_up("sms", BOBS_PHONE)
    add(customer)
    customer.page.context.clear_cookies()
    settings(mfa={"require_at_login": "always"})
    assert refused_login(customer) == STEP_UP_REQUIRED
    settings(mfa={"require_at_login": "always", "passkey_is_mfa": True})
    customer.create_client()
    tokens = log_in(customer)
    assert amr(customer.server, tokens) == ["mfa", "hwk"]
    assert claims(customer.server, customer.access_token)["acr"] == "urn:ostiary:acr:mfa"
    phone.unlocked(False)
    who = {"conditionalMediation": False, "auth": customer.in_page}
    assert customer.throws("loginWithWebAuthn", who).startswith(UNCLAIMED)


def test_a_key_that_verifies_nobody_is_one_factor(customer: Customer, browser: CDPSession) -> None:
    """WA-4: it is of the first generation, and only touched."""
    bare = {"hasResidentKey": False, "hasUserVerification": False, "isUserVerified": False}
    Phone(browser, protocol="u2f", transport="usb", **bare)
    email = customer.sign_up()
    add(customer)
    tokens = log_in(customer, email=email)
    assert amr(customer.server, tokens) == ["hwk"]
    assert claims(customer.server, customer.access_token)["acr"] == "urn:ostiary:acr:1fa"


def test_a_copy_that_counts_less_is_refused(customer: Customer, phone: Phone) -> None:
    """WA-5."""
    customer.sign_up()
    add(customer)
    (early,) = phone.passkeys()
    for _ in range(3):
        log_in(customer)
    phone.forget()
    phone.learn(early)
    assert refused_login(customer) == REFUSED


def test_a_page_that_is_no_clients_has_no_passkeys(
    customer: Customer, phone: Phone, server: Server
) -> None:
    """WA-2: its origin is asked about first, and then the server does not tell it why."""
    customer.sign_up()
    add(customer)
    customer.page.goto(f"{customer.site.origin}/")
    customer.create_client(webAuthnOrigin="https://evil.example")
    assert refused_login(customer) == {
        "error": "origin_not_allowed",
        "errorMessageKey": "error.origin.notAllowed",
    }
    related = server.client().get("/.well-known/webauthn").json()
    assert related == {"origins": [customer.site.origin]}
