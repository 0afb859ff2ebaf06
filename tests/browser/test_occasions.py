"""The four occasions on which the demo shop has somebody asked again, each by clicking (M6, M11)."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.visitor import expect_paid, flaws, pay, sign_in, sign_up, use_code
from tests.running import Server

REFUSED = "Refused: prove it is you"
NEW_BROWSER = "This browser is new to you"


@pytest.fixture(autouse=True)
def never(server: Server) -> Iterator[None]:
    """As the project is shipped, and left so."""
    yield
    require_at_login(server, "never")


def require_at_login(server: Server, rule: str) -> None:
    answer = server.client().patch(
        "/admin/v1/settings",
        json={"mfa": {"require_at_login": rule}},
        headers={"authorization": "Bearer dev-admin-token"},
    )
    assert answer.status_code == 200


def a_number() -> str:
    return f"+1415555{secrets.randbelow(10_000):04}"


def try_it(page: Page, occasion: str) -> None:
    page.locator(f"[data-occasion={occasion}]").click()


def lines(page: Page, part: str) -> Locator:
    return page.locator(f"[data-{part}] li")


def answer(page: Page, code: str) -> None:
    page.get_by_label("Verification code").fill(code)
    page.get_by_role("button", name="Confirm").click()


def fill_phone(page: Page, number: str) -> None:
    page.get_by_label("Phone number").fill(number)
    page.get_by_role("button", name="Send a code").click()


def add_a_phone(page: Page, server: Server, number: str) -> None:
    page.get_by_role("button", name="Add a phone").click()
    fill_phone(page, number)
    answer(page, server.code(to=number, purpose="mfa_activation"))
    expect(page.get_by_text(f"{number} is your second factor now.")).to_be_visible()


def expect_change_refused(page: Page, reason: str, *proved: str) -> None:
    expect(page.get_by_role("heading", name=REFUSED)).to_be_visible()
    expect(page.locator("[data-reason]")).to_contain_text(reason)
    expect(page.locator(".refusal [data-has] .chip")).to_have_text(list(proved))
    expect(page.locator(".refusal .want")).to_have_text("mfa")
    expect(page.locator("#calls .failed").first).to_contain_text("stepup.required")


def test_buying_is_the_first_occasion(page: Page) -> None:
    """M11, paying: from the card straight to the till."""
    sign_in(page, "Bob")
    try_it(page, "pay")
    expect(page.get_by_role("heading", name="The till refused this payment")).to_be_visible()
    page.get_by_role("button", name="Text me a code").click()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "sms", "pwd")


def test_an_email_that_is_a_second_factor_changes_after_a_step_up(
    page: Page, server: Server
) -> None:
    """M11, changing personal details: `updateEmail` is refused, the proof is given, the new address confirmed."""
    old = sign_up(page)
    try_it(page, "address")
    page.get_by_role("button", name="Add my e-mail").click()
    answer(page, server.code(to=old, purpose="mfa_activation"))
    expect(lines(page, "addresses").first).to_contain_text("2nd factor")
    new = f"new-{secrets.token_hex(4)}@demo.localhost"
    page.get_by_role("button", name="Change: E-mail").click()
    page.get_by_label("New e-mail address").fill(new)
    page.get_by_role("button", name="Send a code").click()
    expect_change_refused(page, "one of your second factors", "pwd")
    page.get_by_role("button", name="Mail me a code").click()
    answer(page, server.code(to=old, purpose="mfa_step_up"))
    expect(page.get_by_role("heading", name="Confirm the new address")).to_be_visible()
    expect(page.locator("[data-sent]")).to_contain_text("the old one stays")
    answer(page, server.code(to=new, purpose="email_verification"))
    expect(page.get_by_text(f"{new} is yours, and verified.")).to_be_visible()
    expect(lines(page, "addresses").first).to_contain_text(new)
    expect(lines(page, "factors")).to_contain_text([new])


def test_a_phone_number_that_is_a_second_factor_changes_after_a_step_up(
    page: Page, server: Server
) -> None:
    """M11, changing personal details: `updatePhoneNumber`, and the second factor moves with it."""
    sign_up(page)
    old, new = a_number(), a_number()
    try_it(page, "address")
    page.get_by_role("button", name="Set: Phone").click()
    fill_phone(page, old)
    answer(page, server.code(to=old, purpose="phone_verification"))
    expect(page.get_by_text(f"{old} is yours, and verified.")).to_be_visible()
    page.get_by_role("button", name="Add a phone").click()
    fill_phone(page, old)
    expect(page.get_by_text("verified already")).to_be_visible()
    page.get_by_role("button", name="Change: Phone").click()
    fill_phone(page, new)
    expect_change_refused(page, "one of your second factors", "pwd")
    page.get_by_role("button", name="Text me a code").click()
    answer(page, server.code(to=old, purpose="mfa_step_up"))
    expect(page.get_by_role("heading", name="Confirm the new number")).to_be_visible()
    answer(page, server.code(to=new, purpose="phone_verification"))
    expect(lines(page, "addresses").last).to_contain_text(new)
    expect(lines(page, "factors")).to_contain_text([new])


def test_a_further_factor_is_added_after_a_step_up(page: Page, server: Server) -> None:
    """M11, adding authentication information: the first needs a sign-in, the second one the first."""
    email, number = sign_up(page), a_number()
    try_it(page, "factor")
    expect(page.get_by_role("heading", name="Second factors")).to_be_focused()
    add_a_phone(page, server, number)
    page.get_by_role("button", name="Add my e-mail").click()
    expect_change_refused(page, "You have a second factor already", "pwd")
    page.get_by_role("button", name="Text me a code").click()
    answer(page, server.code(to=number, purpose="mfa_step_up"))
    expect(page.get_by_role("heading", name="Add this e-mail address")).to_be_visible()
    answer(page, server.code(to=email, purpose="mfa_activation"))
    expect(page.get_by_text(f"{email} is your second factor now.")).to_be_visible()
    expect(lines(page, "factors")).to_have_count(2)


def test_a_second_factor_is_removed_after_a_step_up(page: Page, server: Server) -> None:
    """M6."""
    sign_up(page)
    number = a_number()
    try_it(page, "factor")
    add_a_phone(page, server, number)
    page.get_by_role("button", name="Remove: SMS").click()
    expect_change_refused(page, "could make a password enough", "pwd")
    page.get_by_role("button", name="Text me a code").click()
    answer(page, server.code(to=number, purpose="mfa_step_up"))
    expect(page.get_by_text("It is no second factor any more.")).to_be_visible()
    expect(lines(page, "factors")).to_contain_text(["None yet"])


def test_a_new_browser_is_asked_and_a_trusted_one_is_not(page: Page, server: Server) -> None:
    """M3, M11, logging in from a new device: the switch, the question, the trust, the forgetting."""
    page.goto("/")
    switch = page.get_by_role("switch", name="Always ask")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator("#rule-note")).to_contain_text("a password is enough")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    try_it(page, "browser")
    password_of(page, "Bob")
    expect(page.get_by_role("heading", name=NEW_BROWSER)).to_be_visible()
    expect(page.locator("#who")).to_be_hidden()
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_label("Trust this browser").check()
    use_code(page, "mfa_step_up")
    expect(page.get_by_text("You trust this browser now")).to_be_visible()
    expect(page.locator("#who .chip")).to_have_text(["mfa", "sms", "pwd"])

    try_it(page, "browser")  # signs out, and comes in again
    password_of(page, "Bob")
    expect(page.get_by_text("your password was enough to sign in")).to_be_visible()
    expect(page.locator("#who .chip")).to_have_text(["pwd"])
    pay(page)  # TD-4: trust spares the login's question only
    expect(page.get_by_role("heading", name="The till refused this payment")).to_be_visible()

    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_text("it is a new browser again")).to_be_visible()
    try_it(page, "browser")
    password_of(page, "Bob")
    expect(page.get_by_role("heading", name=NEW_BROWSER)).to_be_visible()


def password_of(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("form").get_by_role("button", name="Sign in").click()


def test_what_the_console_turns_the_shop_shows(page: Page, server: Server) -> None:
    """M10, M11: whoever comes back from the console's tab sees the new rule."""
    page.goto("/")
    switch = page.get_by_role("switch", name="Always ask")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.get_by_role("link", name="console")).to_have_attribute(
        "href", f"{server.url}/console/settings"
    )
    require_at_login(server, "always")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(switch).to_have_attribute("aria-checked", "true")


def test_who_has_no_second_factor_is_not_asked(page: Page, server: Server) -> None:
    """S4: *Always* binds whoever has one."""
    require_at_login(server, "always")
    sign_in(page, "Ann")
    expect(page.locator("#who .chip")).to_have_text(["pwd"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_stage_of_every_occasion_is_accessible_and_fits(
    chromium: Browser, server: Server, scheme: Any, width: int
) -> None:
    with chromium.new_context(
        base_url=server.shop_url,
        ignore_https_errors=True,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        require_at_login(server, "always")
        page.goto("/")
        expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
        try_it(page, "browser")
        password_of(page, "Cleo")
        expect(page.get_by_role("heading", name=NEW_BROWSER)).to_be_visible()
        assert flaws(page) == [], "new browser"
        page.get_by_role("button", name="Text me a code").click()
        page.get_by_label("Trust this browser").check()
        assert flaws(page) == [], "code"
        use_code(page, "mfa_step_up")
        expect(page.get_by_text("You trust this browser now")).to_be_visible()
        assert flaws(page) == [], "trusted"
        try_it(page, "browser")
        password_of(page, "Cleo")
        expect(page.locator("#who .chip")).to_have_text(["pwd"])
        try_it(page, "address")
        expect(lines(page, "browsers").last).to_contain_text("since")
        assert flaws(page) == [], "account"
        page.get_by_role("button", name="Change: E-mail").click()
        page.get_by_label("New e-mail address").fill("nobody@demo.localhost")
        assert flaws(page) == [], "e-mail"
        page.get_by_role("button", name="Send a code").click()
        expect_change_refused(page, "one of your second factors", "pwd")
        assert flaws(page) == [], "refused"
