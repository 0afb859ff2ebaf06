"""The demo's second tab, clicked through: two factors to come in, a fresh one to open."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import flaws
from tests.running import Server

PHONE = "+33 6 44 60 13 57"


def sign_in(page: Page) -> None:
    page.goto("/vault/")
    page.get_by_role("button", name="Sign in").click()


def prove_the_phone(page: Page) -> None:
    page.get_by_label("Phone number").fill(PHONE)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_role("button", name="Use").first.click()
    page.get_by_role("button", name="Confirm").click()


def test_two_factors_then_a_fresh_one(page: Page, server: Server) -> None:
    """M20, M21, M23, M24, M25, by the vendor's package in the back end."""
    server.reset()
    sign_in(page)
    expect(page.get_by_role("heading", name="One more proof")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    prove_the_phone(page)
    expect(page.get_by_role("heading", name="Welcome, member")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Open the vault").click()
    expect(page.get_by_role("heading", name="The vault is open")).to_be_visible()

    server.advance(61)
    page.get_by_role("button", name="Open it again").click()
    expect(page.get_by_role("heading", name="Asked again")).to_be_visible()
    prove_the_phone(page)
    page.get_by_role("button", name="Open the vault").click()
    expect(page.get_by_role("heading", name="The vault is open")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to the vault")).to_be_visible()


def test_what_is_wrong_is_said_and_nothing_is_lost(page: Page, server: Server) -> None:
    server.reset()
    page.goto("/vault/")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    sign_in(page)
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_role("alert")).to_contain_text("not a phone number")
    page.get_by_label("Phone number").fill(PHONE)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_role("textbox", name="The code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code")
    page.get_by_role("button", name="Use").first.click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Welcome, member")).to_be_visible()


def test_the_form_of_another_page_is_not_obeyed(server: Server) -> None:
    form = {"email": "ann@demo.localhost", "password": "x"}
    http, address = server.client(), f"{server.shop_url}/vault/login"
    for origin in ("https://evil.example", None):
        headers = {"origin": origin} if origin else {}
        assert http.post(address, data=form, headers=headers).status_code == 403
    assert http.post(address, data=form, headers={"origin": server.shop_url}).status_code == 401


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_everybody_can_use_it(chromium: Browser, server: Server, scheme: str, width: int) -> None:
    server.reset()
    with chromium.new_context(
        base_url=server.shop_url,
        ignore_https_errors=True,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        page.goto("/vault/")
        assert flaws(page) == []
        sign_in(page)
        prove_the_phone(page)
        expect(page.get_by_role("heading", name="Welcome, member")).to_be_visible()
        assert flaws(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
