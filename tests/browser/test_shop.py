"""The demo shop, clicked through as a visitor would: one proof to look around, two to pay."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import (
    expect_paid,
    expect_refusal,
    flaws,
    pay,
    sign_in,
    sign_up,
    use_code,
)
from tests.running import Server

POST = """async ([url, body]) => (await fetch(url, {
    method: "POST",
    credentials: "include",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
})).json()"""


def test_a_purchase_with_a_phone(page: Page) -> None:
    """M4, M11, paying: the refusal says what was proved and what is wanted."""
    sign_up(page)
    pay(page)
    expect_refusal(page)
    page.get_by_role("button", name="Phone number").click()
    page.get_by_role("button", name="Send a code").click()
    use_code(page, "mfa_activation")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "sms", "pwd")


def test_a_purchase_with_an_email(page: Page, server: Server) -> None:
    email = sign_up(page)
    pay(page)
    expect_refusal(page)
    page.get_by_role("button", name="E-mail").click()
    page.get_by_label("Verification code").fill(server.code(to=email, purpose="mfa_activation"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Verification code").fill(server.code(to=email, purpose="mfa_step_up"))
    page.get_by_role("button", name="Confirm").click()
    expect_paid(page, "mfa", "email", "pwd")


def test_a_verified_email_is_a_second_factor_at_once(page: Page) -> None:
    """M9: nothing is sent to activate what is verified already."""
    sign_in(page, "Ann")
    pay(page)
    expect_refusal(page)
    page.get_by_role("button", name="E-mail").click()
    expect(page.get_by_text("verified already")).to_be_visible()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "email", "pwd")


def test_paying_signs_in_first_and_then_goes_on(page: Page) -> None:
    page.goto("/")
    pay(page)
    page.get_by_role("button", name="Bob", exact=True).click()
    page.locator("form").get_by_role("button", name="Sign in").click()
    expect_refusal(page)
    page.get_by_role("button", name="Text me a code").click()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "sms", "pwd")


def test_who_has_two_second_factors_chooses(page: Page) -> None:
    sign_in(page, "Cleo")
    pay(page)
    expect(page.locator(".choice")).to_have_count(2)
    page.get_by_role("button", name="Mail me a code").click()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "email", "pwd")


def test_a_new_code_replaces_the_old_one(page: Page, server: Server) -> None:
    """M7: the same step-up token asks for another code."""
    sign_in(page, "Bob")
    pay(page)
    page.get_by_role("button", name="Text me a code").click()
    expect(page.get_by_label("Verification code")).to_be_focused()
    first = server.code(purpose="mfa_step_up")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_role("status")).to_contain_text("A new code is on its way")
    second = server.code(purpose="mfa_step_up")
    page.get_by_label("Verification code").fill(first)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("Use the code of the newest message")
    page.get_by_label("Verification code").fill(second)
    page.get_by_role("button", name="Confirm").click()
    expect_paid(page, "mfa", "sms", "pwd")


def test_the_session_remembers_the_second_proof(page: Page) -> None:
    sign_in(page, "Bob")
    pay(page)
    page.get_by_role("button", name="Text me a code").click()
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "sms", "pwd")
    page.reload()
    expect(page.locator("#who")).to_contain_text("mfa")
    pay(page)
    expect_paid(page, "mfa", "sms", "pwd")


def test_an_old_token_is_renewed_before_a_second_factor_is_added(
    page: Page, server: Server
) -> None:
    sign_up(page)
    pay(page)
    expect_refusal(page)
    server.advance(301)  # settings.mfa.fresh_token_age, and one
    page.get_by_role("button", name="Phone number").click()
    page.get_by_role("button", name="Send a code").click()
    use_code(page, "mfa_activation")
    use_code(page, "mfa_step_up")
    expect_paid(page, "mfa", "sms", "pwd")


def test_a_code_that_comes_back_by_address_goes_on_with_the_purchase(
    page: Page, server: Server
) -> None:
    """As after the link in a mail: the server sends the browser to `/callback?code=…`."""
    sign_in(page, "Bob")
    pay(page)
    with page.expect_response("**/passwordless/start") as started:
        page.get_by_role("button", name="Text me a code").click()
    answer = {
        "challenge_id": started.value.json()["challenge_id"],
        "verification_code": server.code(purpose="mfa_step_up"),
    }
    url = f"{server.url}/identity/v1/passwordless/verify"
    page.goto(f"/callback?code={page.evaluate(POST, [url, answer])['code']}")
    expect_paid(page, "mfa", "sms", "pwd")
    assert page.url == f"{server.shop_url}/"


def test_after_signing_out_nobody_is_here(page: Page) -> None:
    sign_in(page, "Ann")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#sign-in")).to_be_visible()
    page.reload()
    expect(page.locator("#pay")).to_be_visible()
    expect(page.locator("#who")).to_be_hidden()


def test_a_wrong_password_says_what_to_do(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill("ann@demo.localhost")
    page.get_by_label("Password").fill("not hers")
    page.locator("form").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("be one of the demo people")


def test_an_identity_server_out_of_reach_says_what_to_do(page: Page, server: Server) -> None:
    page.route(f"{server.url}/**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("accept its certificate")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_stage_is_accessible_and_fits(
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
        page.goto("/")
        pay(page)
        stages = {"sign-in": "[data-person=bob]", "refused": ".choice", "code": "[name=code]"}
        for stage, awaited in stages.items():
            expect(page.locator(awaited).first).to_be_visible()
            assert flaws(page) == [], stage
            if stage == "sign-in":
                page.get_by_role("button", name="Bob", exact=True).click()
                page.locator("form").get_by_role("button", name="Sign in").click()
            elif stage == "refused":
                page.get_by_role("button", name="Text me a code").click()
        use_code(page, "mfa_step_up")
        expect_paid(page, "mfa", "sms", "pwd")
        assert flaws(page) == [], "paid"
