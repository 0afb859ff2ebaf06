"""The headless client of the vendor's SDK for browsers, unmodified, in Chromium: on a customer's page, over TLS.

M20 to M25.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ostiary.dev import DEMO_PROJECT
from tests.running import Server
from tests.sdk.site import MODULES, Site
from tests.sdk.stytch.conftest import PASSWORD
from tests.sdk.test_passkeys import Phone
from tests.wire.stytch.apps import code_of

PUBLIC_TOKEN = "public-token-test-11111111-1111-4111-8111-111111111111"
BOB, BOBS_PHONE = "bob@demo.localhost", "+33612345678"
HOUR = {"session_duration_minutes": 60}

START = """async ([module, token, url]) => {
  const { StytchClient } = await import(module);
  window.client = new StytchClient(token, { endpoints: { testAPIURL: url, liveAPIURL: url } });
}"""
CALL = """async ([path, given]) => {
  const names = path.split(".");
  const method = names.pop();
  const of = names.reduce((whole, name) => whole[name], window.client);
  try {
    return { gave: await of[method](...given) };
  } catch (error) {
    return { refused: [error.status_code, error.error_type], thrown: String(error) };
  }
}"""


class Visitor:
    """Somebody on the customer's page, new to it, and the client that the page made."""

    def __init__(self, page: Page, server: Server, site: Site) -> None:
        self.page = page
        self.server = server
        page.goto(f"{site.origin}/")
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.context.clear_cookies()
        self.start(server.url)

    def start(self, url: str) -> None:
        with self.page.expect_response(f"**/projects/bootstrap/{PUBLIC_TOKEN}") as bootstrap:
            self.page.evaluate(START, [f"{MODULES}index.headless.mjs", PUBLIC_TOKEN, url])
        assert bootstrap.value.json()["data"]["project_name"] == "Demo"

    def _call(self, method: str, *given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.page.evaluate(CALL, [method, list(given)])
        return answer

    def gets(self, method: str, *given: Any) -> Any:
        answer = self._call(method, *given)
        assert "gave" in answer, answer
        return answer["gave"]

    def refused(self, method: str, *given: Any) -> tuple[int, str]:
        answer = self._call(method, *given)
        assert "refused" in answer, answer
        status, error_type = answer["refused"]
        return status, error_type

    def ways(self) -> list[str]:
        """The factors of the session, as the client remembers them."""
        session = self.gets("session.getSync")
        return [factor["delivery_method"] for factor in session["authentication_factors"]]

    def arrive(self, phone: str) -> None:
        """Somebody new, by a code to their phone."""
        sent = self.gets("otps.sms.loginOrCreate", phone)
        code = self.server.code(to=phone)
        self.gets("otps.authenticate", code, sent["method_id"], HOUR)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Server]:
    """The demo project, for the customer's site instead of the demo shop."""
    folder = tmp_path_factory.mktemp("pages")
    project = DEMO_PROJECT.read_text(encoding="utf-8").replace("${OSTIARY_DEMO_SHOP}", site.origin)
    config: Path = folder / "project.yaml"
    config.write_text(project, encoding="utf-8")
    with Server(folder / "data", config=config) as started:
        yield started


@pytest.fixture
def visitor(tab: Page, server: Server, site: Site, objections: list[str]) -> Iterator[Visitor]:
    yield Visitor(tab, server, site)
    tab.goto("about:blank")  # its timers end with the page
    assert objections == []


@pytest.fixture
def phone() -> str:
    return f"+336{next(_phones) + 13_000_000:08}"


_phones = count(1)


def test_a_password_then_a_code(visitor: Visitor, server: Server) -> None:
    """M20, M21, M23, M27: the client keeps the session, its new secret, and its end."""
    begun = visitor.gets("passwords.authenticate", {"email": BOB, "password": PASSWORD, **HOUR})
    assert begun["session"]["authentication_factors"][0]["type"] == "password"
    assert visitor.ways() == ["knowledge"]
    first = visitor.gets("session.getTokens")
    sent = visitor.gets("otps.sms.send", BOBS_PHONE)
    wrong = visitor.refused("otps.authenticate", "0000000", sent["method_id"], HOUR)
    assert wrong == (404, "otp_code_not_found")
    code = server.code(to=BOBS_PHONE)
    visitor.gets("otps.authenticate", code, sent["method_id"], HOUR)
    assert visitor.ways() == ["knowledge", "sms"]
    second = visitor.gets("session.getTokens")
    assert second["session_token"] != first["session_token"]
    assert second["session_jwt"] != first["session_jwt"]
    assert visitor.gets("user.getSync")["emails"][0]["email"] == BOB

    used = visitor.gets("session.authenticate", HOUR)
    assert used["session_token"] == second["session_token"]
    assert visitor.gets("user.get")["emails"][0]["email"] == BOB
    assert visitor.gets("session.revoke")["status_code"] == 200
    assert visitor.gets("session.getSync") is None
    assert visitor.refused("session.authenticate", HOUR) == (401, "user_unauthenticated")
    assert visitor.refused("user.get") == (401, "user_unauthenticated")


def test_the_session_is_there_after_a_reload(visitor: Visitor, server: Server) -> None:
    """By the cookie that the client wrote; and gone where the server ended it."""
    visitor.gets("passwords.authenticate", {"email": BOB, "password": PASSWORD, **HOUR})
    visitor.page.reload()
    with visitor.page.expect_response("**/sdk/v1/sessions/authenticate") as refreshed:
        visitor.start(server.url)
    assert refreshed.value.status == 200
    assert visitor.ways() == ["knowledge"]


def test_a_wrong_password_and_nobodys(visitor: Visitor) -> None:
    """AB-1: alike."""
    for email in (BOB, "nobody@demo.localhost"):
        body = {"email": email, "password": "not the password", **HOUR}
        assert visitor.refused("passwords.authenticate", body) == (401, "unauthorized_credentials")
    assert visitor.gets("session.getSync") is None


def test_codes_by_e_mail_and_to_who_is_new(visitor: Visitor, server: Server, phone: str) -> None:
    visitor.arrive(phone)
    assert visitor.ways() == ["sms"]
    email = f"new{phone[1:]}@demo.localhost"
    sent = visitor.gets("otps.email.send", email, {})
    visitor.gets("otps.authenticate", server.code(to=email), sent["method_id"], HOUR)
    assert visitor.ways() == ["sms", "email"]
    visitor.gets("session.revoke")
    sent = visitor.gets("otps.email.send", email, {})
    visitor.gets("otps.authenticate", server.code(to=email), sent["method_id"], HOUR)
    assert visitor.ways() == ["email"]


def test_an_app_is_added_and_proved(visitor: Visitor, server: Server, phone: str) -> None:
    """TOTP-6."""
    visitor.arrive(phone)
    made = visitor.gets("totps.create", {"expiration_minutes": 60})
    assert visitor.gets("user.getSync")["totps"] == [
        {"totp_id": made["totp_id"], "verified": False}
    ]
    code = code_of(made["secret"], server.now())
    visitor.gets("totps.authenticate", {"totp_code": code, **HOUR})
    assert visitor.ways() == ["sms", "authenticator_app"]
    assert len(visitor.gets("totps.recoveryCodes")["totps"][0]["recovery_codes"]) == 10
    spare = {"recovery_code": made["recovery_codes"][0], **HOUR}
    visitor.gets("totps.recover", spare)
    assert visitor.refused("totps.recover", spare) == (
        401,
        "unable_to_authenticate_recovery_code",
    )


def test_a_passkey_is_added_and_used(visitor: Visitor, phone: str) -> None:
    """WA-1, WA-2: by a virtual authenticator of the browser, which has its own mind about domains and origins."""
    visitor.arrive(phone)
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    authenticator = Phone(session)
    domain = {"domain": "demo.localhost", **HOUR}
    made = visitor.gets("webauthn.register", {**domain, "is_passkey": True})
    assert visitor.ways() == ["sms", "webauthn_registration"]
    (kept,) = authenticator.passkeys()
    assert (kept["rpId"], kept["isResidentCredential"]) == ("demo.localhost", True)
    id = made["webauthn_registration_id"]
    visitor.gets("webauthn.update", {"webauthn_registration_id": id, "name": "my phone"})
    (shown,) = visitor.gets("user.get")["webauthn_registrations"]
    assert (shown["name"], shown["authenticator_type"]) == ("my phone", "platform")
    assert "Chrome" in shown["user_agent"]
    visitor.gets("webauthn.register", HOUR)  # for the page's own host
    hosts = [one["domain"] for one in visitor.gets("user.get")["webauthn_registrations"]]
    assert hosts == ["demo.localhost", "shop.demo.localhost"]
    visitor.gets("webauthn.authenticate", domain)
    visitor.gets("session.revoke")
    visitor.gets("webauthn.authenticate", {**domain, "is_passkey": True})
    assert visitor.ways() == ["webauthn_registration"]
    assert visitor.refused("webauthn.register", HOUR) == (401, "insufficient_factors")
    session.send("WebAuthn.disable")
    session.detach()


def test_a_link_works_in_the_browser_that_asked(
    visitor: Visitor, server: Server, site: Site, phone: str
) -> None:
    """ML-3: the client makes a code challenge by itself, and finds the token in the page's address."""
    email = f"link{phone[1:]}@demo.localhost"
    visitor.gets("magicLinks.email.loginOrCreate", email, {})
    link = server.message(to=email)["link"]
    assert link.startswith(f"{site.origin}/callback?")
    visitor.page.goto(link)
    visitor.start(server.url)
    opened = visitor.gets("authenticateByUrl", HOUR)
    assert opened["handled"] is True
    assert visitor.ways() == ["email"]
    assert visitor.gets("user.getSync")["emails"][0]["verified"] is True
    visitor.gets("session.revoke")

    visitor.gets("passwords.resetByEmailStart", {"email": email})
    token = server.message(to=email)["link"].rpartition("=")[2]
    new = {"token": token, "password": "quite another horse with staples", **HOUR}
    visitor.gets("passwords.resetByEmail", new)
    visitor.gets("session.revoke")
    body = {"email": email, "password": new["password"], **HOUR}
    visitor.gets("passwords.authenticate", body)
    assert visitor.ways() == ["knowledge"]


def test_somebody_new_chooses_a_password(visitor: Visitor, server: Server, phone: str) -> None:
    """M22: and proves their address before anything is added beside it."""
    email, password = f"pass{phone[1:]}@demo.localhost", "correct horse with a staple"
    weak = visitor.gets("passwords.strengthCheck", {"email": email, "password": "aaaa"})
    assert (weak["valid_password"], weak["score"]) == (False, 0)
    who = {"email": email, "password": password, **HOUR}
    visitor.gets("passwords.create", who)
    assert visitor.ways() == ["knowledge"]
    assert visitor.refused("passwords.create", who) == (400, "duplicate_email")
    assert visitor.refused("otps.sms.send", phone) == (400, "too_many_unverified_factors")
    sent = visitor.gets("otps.email.send", email, {})
    visitor.gets("otps.authenticate", server.code(to=email), sent["method_id"], HOUR)
    sent = visitor.gets("otps.sms.send", phone)
    visitor.gets("otps.authenticate", server.code(to=phone), sent["method_id"], HOUR)
    assert visitor.ways() == ["knowledge", "email", "sms"]
    new = {"password": "quite another horse with staples", **HOUR}
    visitor.gets("passwords.resetBySession", new)
    assert visitor.ways() == ["knowledge", "email", "sms"]
    both = {"email": email, "existing_password": new["password"], "new_password": password}
    visitor.gets("passwords.resetByExistingPassword", {**both, **HOUR})
    assert visitor.ways() == ["knowledge"]


def test_what_a_visitor_says_and_takes_away(visitor: Visitor, phone: str) -> None:
    visitor.arrive(phone)
    visitor.gets("user.update", {"name": {"first_name": "Lea"}, "untrusted_metadata": {"a": 1}})
    user = visitor.gets("user.getSync")
    assert (user["name"]["first_name"], user["untrusted_metadata"]) == ("Lea", {"a": 1})
    app = visitor.gets("totps.create", {"expiration_minutes": 60})
    visitor.gets("user.deleteTOTP", app["totp_id"])
    assert visitor.gets("user.getSync")["totps"] == []
    last = visitor.gets("user.getSync")["phone_numbers"][0]["phone_id"]
    refused = visitor.refused("user.deletePhoneNumber", last)
    assert refused == (400, "cannot_delete_last_primary_factor")


def test_one_factor_is_not_enough_to_add_a_third(visitor: Visitor) -> None:
    """S1, WA-6, TOTP-7."""
    visitor.gets("passwords.authenticate", {"email": BOB, "password": PASSWORD, **HOUR})
    refused = (401, "insufficient_factors")
    assert visitor.refused("totps.create", {"expiration_minutes": 60}) == refused
    assert visitor.refused("webauthn.register", HOUR) == refused
    assert visitor.refused("otps.sms.send", "+33699000001") == refused
    assert visitor.ways() == ["knowledge"]


def test_a_page_of_nobodys_hears_nothing(chromium: Browser, server: Server, site: Site) -> None:
    """OA-17: its browser does not even let it ask."""
    with chromium.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"{site.stranger}/")
        page.evaluate(START, [f"{MODULES}index.headless.mjs", PUBLIC_TOKEN, server.url])
        body = {"email": BOB, "password": PASSWORD, **HOUR}
        answer = page.evaluate(CALL, ["passwords.authenticate", [body]])
        assert "Unable to contact our servers" in answer["thrown"]
