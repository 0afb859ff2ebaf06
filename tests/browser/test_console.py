"""The console, clicked through as an administrator would: set up, signed in, and everything that it can change."""

import re
from base64 import b32decode
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from ostiary.core.factors import TOTP
from tests.browser.visitor import flaws
from tests.browsing import PATIENCE
from tests.running import Server

EMAIL = "admin@demo.localhost"
PASSWORD = "a heron waits on one leg"
STEP = 30
EXPECTED = ("status of 4", "frame is sandboxed")  # a form refused; a mail's script that did not run
PATHS = (
    *("", "/settings", "/templates", "/users", "/clients", "/journal", "/keys"),
    "/administrators",
)


class Administrator:
    """Who has the authenticator app. The link is printed once: one for all tests of this module."""

    def __init__(self, server: Server, link: str | None = None) -> None:
        self.server = server
        self.secret = b""
        self.link = link or self._printed()

    def _printed(self) -> str:
        (line,) = (line for line in self.server.printed if line.startswith("console "))
        return line.split()[1]

    def code(self) -> str:
        """One that was not used yet: of the next half minute."""
        return TOTP.code(self.secret, self.server.advance(STEP) // STEP)

    def set_up(self, page: Page) -> None:
        page.goto(self.link)
        spelled = page.locator("#secret").text_content() or ""
        self.secret = b32decode(spelled.replace(" ", ""))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_label("The code it shows now").fill(self.code())

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.server.url}/console/sign-in")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Code of your authenticator app").fill(self.code())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()


@pytest.fixture(scope="module")
def admin(server: Server, chromium: Browser) -> Administrator:
    """Set up through the printed link."""
    somebody = Administrator(server)
    with chromium.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        somebody.set_up(page)
        page.get_by_role("button", name="Become administrator").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        page.goto(somebody.link)
        expect(page.get_by_role("heading", name="This link is no longer good")).to_be_visible()
    return somebody


def opened(context: BrowserContext, refused: list[str]) -> Page:
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    return page


@pytest.fixture
def page(chromium: Browser, server: Server, admin: Administrator) -> Iterator[Page]:
    """Signed in. No script may throw, and nothing may offend the content security policy."""
    refused: list[str] = []
    with chromium.new_context(base_url=server.url, ignore_https_errors=True) as context:
        page = opened(context, refused)
        admin.sign_in(page)
        yield page
    assert not [said for said in refused if not any(word in said for word in EXPECTED)], refused


def test_always_is_switched_on_and_off_again(page: Page) -> None:
    """M3, M10: with the keyboard alone."""
    page.get_by_role("link", name="MFA settings").press("Enter")
    page.get_by_label("Never", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_label("Always", exact=True)).to_be_checked()
    page.get_by_label("Never", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Never", exact=True)).to_be_checked()


def test_a_factor_is_switched_off_and_the_sdk_hears_of_it(page: Page, server: Server) -> None:
    """M2, M10: what it asks first says what is offered; and on again."""

    def offered() -> bool:
        config = server.client().get("/identity/v1/config", params={"client_id": "demo-shop"})
        return bool(config.json()["mfa_email_enabled"])

    for on in (False, True):
        page.goto("/console/settings")
        page.locator("[name='mfa.factors.email'][type=checkbox]").set_checked(on)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Saved")
        assert offered() is on


def test_a_pair_that_is_not_independent_is_warned_of_until_it_is_forbidden(page: Page) -> None:
    """M26, M10: a password, and the mailbox that can reset it."""
    for forbidden in (True, False):
        page.goto("/console/settings")
        warning = page.get_by_text("is not an independent pair")
        expect(warning).to_have_count(1 if forbidden else 0)
        page.locator("[name='mfa.require_independent'][type=checkbox]").set_checked(forbidden)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Saved")
        expect(warning).to_have_count(0 if forbidden else 1)


def test_a_missing_prerequisite_is_named(page: Page) -> None:
    """M1, M10."""
    page.goto("/console/settings")
    page.get_by_label("Single sign-on").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("features.mfa: needs features.sso")


def test_what_is_typed_is_kept_where_it_is_wrong(page: Page) -> None:
    """M10: with the keyboard, from what is wrong to the field that says why."""
    page.goto("/console/settings")
    page.get_by_label("Digits of a code").fill("4")
    page.get_by_label("Countries that SMS may go to").fill("fr, germany")
    page.get_by_label("An access token lives").fill("1200")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("alert").get_by_role("link", name="codes.length").press("Enter")
    length = page.get_by_label("Digits of a code")
    expect(length).to_have_value("4")
    expect(length).to_have_attribute("aria-invalid", "true")
    expect(length).to_have_accessible_description(re.compile("6 to 10"))
    expect(page.get_by_label("Countries that SMS may go to")).to_have_value("FR, GERMANY")
    expect(page.get_by_label("An access token lives")).to_have_value("1200")
    length.fill("8")
    page.get_by_label("Countries that SMS may go to").fill("fr de")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_label("Countries that SMS may go to")).to_have_value("FR, DE")
    page.get_by_label("Countries that SMS may go to").fill("")
    page.get_by_label("Digits of a code").fill("6")
    page.get_by_label("An access token lives").fill("3600")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")


def test_a_template_shows_what_it_says_while_it_is_written(page: Page, server: Server) -> None:
    """M8, M10: previewed, tried, saved."""
    page.goto("/console/templates/mfa_step_up/sms?locale=")
    page.get_by_label("Text").fill("Yours: {{ verification_code }} ❄")
    expect(page.locator(".bubble")).to_have_text("Yours: 123456 ❄")
    expect(page.locator("#segments")).to_have_text("1 message, 15 characters, UCS-2")
    page.get_by_label("Text").fill("{{ verification_kode }}")
    expect(page.locator("#preview")).to_contain_text("unknown variable 'verification_kode'")
    page.get_by_label("Text").fill("{{ verification_code }} it is")
    expect(page.locator("#segments")).to_contain_text("GSM-7")
    page.get_by_label("Send an example to").fill("+33612345678")
    page.get_by_role("button", name="Send", exact=True).click()
    assert server.message(to="+33612345678")["text"] == "123456 it is"
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")


def test_mail_is_shown_in_a_frame_that_runs_nothing(page: Page) -> None:
    page.goto("/console/templates/mfa_step_up/email?locale=")
    body = "<script>alert(1)</script><p style='color: #c00'>{{ verification_code }}</p>"
    page.locator("[name=body]").fill(body)
    shown = page.frame_locator("iframe").locator("p", has_text="123456")
    expect(shown).to_have_css("color", "rgb(204, 0, 0)")


def test_a_user_is_found_and_loses_a_factor(
    page: Page, admin: Administrator, server: Server
) -> None:
    page.get_by_role("link", name="Users").click()
    page.get_by_label("E-mail address or phone number").fill("cleo@demo.localhost")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="cleo@demo.localhost").click()
    server.advance(300)
    page.get_by_role("button", name=re.compile("Remove sms")).click()
    page.get_by_label("Code of your authenticator app").fill(admin.code())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name=re.compile("Remove sms"))).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Remove email"))).to_have_count(1)
    expect(page.locator(".plain")).to_contain_text(f"by {EMAIL}")


def test_a_user_is_made_and_edited_with_the_keyboard(
    page: Page, admin: Administrator, server: Server
) -> None:
    """M10: a code that is asked for in between loses nothing."""
    page.get_by_role("link", name="Users").press("Enter")
    page.get_by_role("link", name="New user").press("Enter")
    page.get_by_label("E-mail", exact=True).focus()
    for key in ("dora@example.com", "Tab", "Space"):
        page.keyboard.type(key) if "@" in key else page.keyboard.press(key)
    page.get_by_label("Password", exact=True).fill("otters hold hands")
    server.advance(300)
    page.get_by_role("button", name="Create").press("Enter")
    page.get_by_label("Code of your authenticator app").fill(admin.code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("heading", name="dora@example.com")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("verified")
    page.get_by_role("link", name="Edit").press("Enter")
    page.get_by_label("Phone number", exact=True).fill("12")
    page.get_by_role("button", name="Save addresses").press("Enter")
    expect(page.get_by_label("Phone number", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Phone number", exact=True)).to_have_value("12")
    page.get_by_label("Phone number", exact=True).fill("+33611223399")
    page.get_by_role("button", name="Save addresses").press("Enter")
    expect(page.locator(".facts")).to_contain_text("+33611223399 not verified")
    page.get_by_role("link", name="Edit").press("Enter")
    page.get_by_label("Delete this user for good").press("Space")
    page.get_by_role("button", name="Delete user").press("Enter")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    expect(page.get_by_role("link", name="dora@example.com")).to_have_count(0)


def test_a_client_is_made_and_shows_its_secret_once(page: Page) -> None:
    """M10, ADM-4."""
    page.get_by_role("link", name="Clients").click()
    page.get_by_role("link", name="New client").click()
    page.get_by_label("Client id").fill("till")
    page.get_by_label("Confidential").check()
    page.get_by_label("Redirect URIs").fill("http://till.example/callback")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("neither https nor on this machine")
    expect(page.get_by_label("Confidential")).to_be_checked()
    page.get_by_label("Redirect URIs").fill("https://till.example/callback")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#secret")).to_have_text(re.compile(r"^[\w-]{43}$"))
    page.get_by_role("link", name="Clients").first.click()
    page.get_by_role("link", name="till", exact=True).click()
    expect(page.get_by_label("Redirect URIs")).to_have_value("https://till.example/callback")
    expect(page.locator("#secret")).to_have_count(0)
    page.get_by_label("Delete this client for good").check()
    page.get_by_role("button", name="Delete client").click()
    expect(page.get_by_role("link", name="till", exact=True)).to_have_count(0)


def with_authenticator(page: Page) -> CDPSession:
    """A virtual one: at hand, and its owner agrees and shows who they are."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def test_a_passkey_is_made_signs_in_and_confirms(
    page: Page, admin: Administrator, server: Server
) -> None:
    """ADM-1: under the strict policy, and with the keyboard alone once there is one."""
    with_authenticator(page)
    page.get_by_role("link", name="Administrators").click()
    server.advance(300)
    page.get_by_label("Name of a new one").fill("this laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    page.get_by_label("Code of your authenticator app").fill(admin.code())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name="Make it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("a way in from now on")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.get_by_role("button", name="Use a passkey").press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    server.advance(300)
    page.get_by_role("link", name="Keys").press("Enter")
    page.get_by_role("button", name="Use a passkey").press("Enter")
    expect(page.get_by_role("heading", name="Signing keys")).to_be_visible()
    page.get_by_role("link", name="Administrators").click()
    page.get_by_role("button", name="Remove the passkey this laptop").click()
    expect(page.get_by_role("status")).to_contain_text("a way in no longer")


def test_who_has_no_passkey_is_told(page: Page) -> None:
    tools = with_authenticator(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was shown")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()
    tools.detach()


def test_an_administrator_is_invited_and_removed(
    page: Page, chromium: Browser, server: Server
) -> None:
    """M10: the link is all that they need, and being removed is felt at once."""
    page.get_by_role("link", name="Administrators").click()
    expect(page.get_by_text("the last one stays")).to_be_visible()
    page.get_by_label("E-mail").fill("ops@demo.localhost")
    page.get_by_role("button", name="Make a link").click()
    other = Administrator(server, page.locator("#link").text_content())
    with chromium.new_context(base_url=server.url, ignore_https_errors=True) as context:
        theirs = opened(context, [])
        other.set_up(theirs)
        theirs.get_by_role("button", name="Become administrator").click()
        expect(theirs.get_by_role("heading", name="Today")).to_be_visible()
        page.reload()
        page.goto("/console/administrators")
        page.get_by_role("button", name="Remove ops@demo.localhost").click()
        expect(page.get_by_role("status")).to_contain_text("Removed")
        theirs.reload()
        expect(theirs.get_by_role("heading", name="Sign in to the console")).to_be_visible()


def test_who_signs_out_is_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.goto("/console/users")
    expect(page.get_by_role("heading", name="Sign in to the console")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, server: Server, admin: Administrator, scheme: Any, width: int
) -> None:
    with chromium.new_context(
        base_url=server.url,
        ignore_https_errors=True,
        bypass_csp=True,  # for the examiner's own script
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    ) as context:
        page = opened(context, [])
        page.goto("/console")
        assert flaws(page) == [], "sign in"
        admin.sign_in(page)
        pages = [f"/console{path}" for path in PATHS]
        page.goto("/console/users?q=bob@demo.localhost")
        user = page.get_by_role("link", name="bob@demo.localhost").get_attribute("href")
        pages += [
            str(user),
            f"{user}/edit",
            "/console/users/new",
            "/console/new-client",
            "/console/clients/backend",
            "/console/confirm",
            "/console/templates/mfa_step_up/sms?locale=",
            "/console/templates/mfa_step_up/email?locale=fr",
        ]
        for path in pages:
            page.goto(path)
            assert flaws(page) == [], path
        for label, text, button in (
            ("Name of a new one", "this laptop", "Add a passkey"),
            ("E-mail", "second@demo.localhost", "Make a link"),
        ):
            page.goto("/console/administrators")
            page.get_by_label(label).fill(text)
            page.get_by_role("button", name=button).click()
            expect(page.locator("#link, #passkey-said")).to_have_count(1)
            assert flaws(page) == [], button
