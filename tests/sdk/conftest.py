"""Foreign software, unmodified, pointed at a running server."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, WebError

from ostiary.dev import DEMO_PROJECT
from tests.browsing import chromium
from tests.running import OSTIARY, Server
from tests.sdk.customer import Customer
from tests.sdk.site import Site

__all__ = [
    "bundle",
    "chromium",
    "customer",
    "modules",
    "objections",
    "restored",
    "server",
    "site",
    "tab",
]

# Chromium writes this for every refusal, which the SDK then reads; what it could not read says more.
REFUSAL = "Failed to load resource: the server responded with a status of "


# A second application of the same site, whose visitors log in on a page of their own.
ORCHESTRATED = """
  - client_id: orchestrated
    public: true
    redirect_uris: ["{site}/callback"]
    origins: ["{site}"]
    login_url: "{site}/login"
  - client_id: kept-passwords
    grants: [password]
    origins: ["{site}"]
"""


@pytest.fixture(scope="session")
def bundle(pytestconfig: pytest.Config) -> Path:
    """The vendor's, as npm installed it."""
    installed = "node_modules/@reachfive/identity-core/umd/identity-core.min.js"
    return pytestconfig.rootpath / installed


@pytest.fixture(scope="session")
def modules(pytestconfig: pytest.Config) -> Path:
    """The other vendor's, likewise."""
    return pytestconfig.rootpath / "node_modules/@stytch/vanilla-js/dist/esm"


@pytest.fixture(scope="module")
def site(bundle: Path, modules: Path) -> Iterator[Site]:
    with Site(bundle, modules) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Server]:
    """The demo project, for the customer's site instead of the demo shop."""
    folder = tmp_path_factory.mktemp("server")
    project = DEMO_PROJECT.read_text(encoding="utf-8").replace("${OSTIARY_DEMO_SHOP}", site.origin)
    clients = ORCHESTRATED.format(site=site.origin)
    config = folder / "project.yaml"
    config.write_text(project.replace("\nusers:", f"{clients}users:"), encoding="utf-8")
    with Server(folder / "data", config=config) as started:
        yield started


@pytest.fixture
def restored(server: Server) -> Iterator[None]:
    """For a test that changes what others rely on: afterwards all is as it was."""
    yield
    server.reset()


@pytest.fixture
def settings(server: Server, tmp_path: Path, restored: None) -> Callable[..., None]:
    """Changes settings of the running server as an operator would; afterwards all is as it was."""

    def apply(**changed: Any) -> None:
        file = tmp_path / "settings.yaml"
        project = {"project_id": "project-test-11111111-1111-4111-8111-111111111111"}
        file.write_text(json.dumps({"project": project, "settings": changed}), encoding="utf-8")
        command = [str(OSTIARY), "apply", "-f", str(file), "--data", str(server.data)]
        subprocess.run(command, check=True, capture_output=True, timeout=30)

    return apply


@pytest.fixture(scope="module")
def tab(chromium: Browser, server: Server) -> Iterator[Page]:
    """A tab that keeps its process: starting one for every test would cost most of their time."""
    with chromium.new_context(ignore_https_errors=True) as context:
        context.set_default_timeout(10_000)
        yield context.new_page()


@pytest.fixture
def objections(tab: Page) -> Iterator[list[str]]:
    """What the browser minds: blocked answers (CORS), blocked frames, failed requests, warnings."""
    minded: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSAL):
            minded.append(f"{message.type}: {message.text}")

    def note_failure(request: Request) -> None:
        # the SDK takes its frame away as soon as it has heard from it, finished or not
        if not (request.failure == "net::ERR_ABORTED" and request.frame.parent_frame):
            minded.append(f"{request.method} {request.url}: {request.failure}")

    def note_error(error: WebError) -> None:
        minded.append(f"thrown: {error.error}")

    context = tab.context
    context.on("console", note_message)
    context.on("requestfailed", note_failure)
    context.on("weberror", note_error)
    yield minded
    context.remove_listener("console", note_message)
    context.remove_listener("requestfailed", note_failure)
    context.remove_listener("weberror", note_error)


@pytest.fixture
def customer(tab: Page, server: Server, site: Site, objections: list[str]) -> Iterator[Customer]:
    """Somebody new to the site and to the server, before whom the browser has nothing to object."""
    tab.goto(f"{site.origin}/")
    tab.evaluate("localStorage.clear(), sessionStorage.clear()")
    tab.context.clear_cookies()
    customer = Customer(tab, server, site)
    customer.create_client()
    yield customer
    for other in tab.context.pages[1:]:
        other.close()
    assert objections == []
