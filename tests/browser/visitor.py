"""What a visitor of the demo shop does, and what they see."""

import secrets
from pathlib import Path

from playwright.sync_api import Page, expect

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PASSWORD = "a lighthouse keeper’s umbrella"


def sign_up(page: Page) -> str:
    """A fresh person, signed in; their e-mail address."""
    email = f"mara-{secrets.token_hex(4)}@demo.localhost"
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("First name").fill("Mara")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.locator("#who")).to_contain_text("Mara")
    return email


def sign_in(page: Page, name: str) -> None:
    """As one of the demo people."""
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("form").get_by_role("button", name="Sign in").click()
    expect(page.locator("#who")).to_contain_text(name)


def pay(page: Page) -> None:
    page.get_by_role("button", name="Pay").click()


def expect_refusal(page: Page) -> None:
    """The till refused, and the page says why."""
    expect(page.get_by_role("heading", name="The till refused this payment")).to_be_visible()
    expect(page.locator("#who")).not_to_contain_text("mfa")
    expect(page.locator("#checks .failed")).to_have_count(2)


def expect_paid(page: Page, *amr: str) -> None:
    expect(page.get_by_role("heading", name="Paid. It is lit.")).to_be_visible()
    expect(page.locator("#amr .chip")).to_have_text(list(amr))
    expect(page.locator("#claims mark")).to_have_text('"mfa"')
    expect(page.locator("#checks .failed")).to_have_count(0)
    expect(page.locator("#checks .held")).to_have_count(8)


def use_code(page: Page, purpose: str) -> None:
    """Presses the button on the newest message of the phone on the page."""
    page.locator(f"[data-purpose={purpose}] .use").last.click()


def flaws(page: Page) -> list[str]:
    """What axe-core objects to, and whether the page is wider than the window."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run().then(found => found.violations)")
    found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("the page scrolls sideways")
    return found
