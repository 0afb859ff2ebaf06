"""Foreign software, unmodified, pointed at a running server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browsing import chromium, page, server

__all__ = ["chromium", "page", "server", "shop_page"]

BUNDLE = Path("node_modules/@reachfive/identity-core/umd/identity-core.min.js")
DOCUMENT = "<!doctype html><title>a customer's page</title><script src='/sdk.js'></script>"


@pytest.fixture
def shop_page(page: Page, pytestconfig: pytest.Config) -> Page:
    """A page at the shop's origin that holds nothing but the vendor's bundle, as `reach5`."""

    def serve(route: Route) -> None:
        route.fulfill(body=DOCUMENT, content_type="text/html")

    page.route("**/customer", serve)
    page.route("**/sdk.js", lambda route: route.fulfill(path=pytestconfig.rootpath / BUNDLE))
    page.goto("/customer")
    return page
