"""The pages that explain errors, as a developer reads them who followed an `error_url`."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import flaws
from tests.running import Server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_an_error_is_found_and_can_be_read(
    chromium: Browser, server: Server, scheme: str, width: int
) -> None:
    with chromium.new_context(
        ignore_https_errors=True,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        answer = server.client().get("/v1/debug/whoami", auth=("nobody", "x"))
        page.goto(answer.json()["error_url"])
        expect(page.get_by_role("heading", name="Errors with status 401")).to_be_visible()
        expect(page.locator(":target")).to_have_text("unauthorized_credentials")
        expect(page.locator(":target")).to_be_in_viewport()
        page.goto(f"{server.url}/docs/reference/stytch-errors/400")
        assert flaws(page) == []
