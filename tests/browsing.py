"""Debian's Chromium, driven by Playwright, as fixtures for tests that need a browser.

They are synchronous and last for one module: while the browser lives, its loop is the thread's,
so no coroutine test may stand in the same module.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running import Server

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it would look up its maker's hosts at every start
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 30_000  # milliseconds; only a failing test ever waits for so long, a busy machine may

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The built-in demo project; a module that needs another overrides this fixture."""
    with Server(tmp_path_factory.mktemp("server") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One headless browser; its pages are kept apart by their contexts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
            chromium_sandbox=False,  # it refuses to run as root with one
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    """An empty page of a browser without history, relative to the shop; no script may throw."""
    thrown: list[str] = []
    with chromium.new_context(base_url=server.shop_url, ignore_https_errors=True) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        yield page
    assert not thrown, thrown
