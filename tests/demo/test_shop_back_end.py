"""The shop's back end as a browser meets it, with nobody behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ostiary.demo.shop import STATIC, shop
from tests.ports import free_port

ISSUER = "https://id.demo.localhost:8443"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    nobody = f"http://127.0.0.1:{free_port()}"
    app = shop(
        issuer=ISSUER,
        origin="https://shop.demo.localhost:8443",
        api=nobody,
        inbox=nobody,
        client_id="demo-shop",
        backend=("backend", "backend-secret"),
        admin_token="a token",
        bundle=tmp_path / "identity-core.js",
        credentials=[("ann@demo.localhost", "a password")],
        project=("project-test-x", "a secret"),
    )
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/callback?code=abc"])
def test_the_page_allows_no_script_of_its_own(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert f"connect-src 'self' {ISSUER};" in policy
    assert "style=" not in answer.text
    assert "onclick" not in answer.text


def test_the_page_learns_where_the_identity_server_is(browser: TestClient) -> None:
    config = browser.get("/config.json").json()
    assert config["domain"] == "id.demo.localhost:8443"
    assert config["client_id"] == "demo-shop"
    assert config["people"] == [{"email": "ann@demo.localhost", "password": "a password"}]


def test_a_missing_bundle_says_what_to_do(browser: TestClient) -> None:
    answer = browser.get("/identity-core.js")
    assert answer.status_code == 404
    assert "npm ci" in answer.text


def test_the_bundle_is_served_as_it_is(browser: TestClient, tmp_path: Path) -> None:
    (tmp_path / "identity-core.js").write_bytes(b"var reach5 = {};\n")
    answer = browser.get("/identity-core.js")
    assert answer.content == b"var reach5 = {};\n"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_every_asset_the_page_names_is_there(browser: TestClient) -> None:
    for name in sorted(path.name for path in STATIC.iterdir() if path.name != "index.html"):
        assert browser.get(f"/assets/{name}").status_code == 200


def test_a_purchase_needs_a_token(browser: TestClient) -> None:
    for headers in ({}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer "}):
        answer = browser.post("/api/purchase", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["purchased"] is False
        assert answer.json()["what_to_do"]


def test_neighbours_that_do_not_answer_are_named(browser: TestClient) -> None:
    inbox = browser.get("/api/inbox?limit=x")
    assert inbox.status_code == 502
    assert "inbox" in inbox.json()["reason"]
    token = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
    purchase = browser.post("/api/purchase", headers={"authorization": f"Bearer {token}"})
    assert purchase.status_code == 502
    assert "identity server" in purchase.json()["reason"]


def test_a_purchase_is_a_post(browser: TestClient) -> None:
    assert browser.get("/api/purchase").status_code == 405


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"require_at_login": "sometimes"}', {"content-type": "application/json"}),
        (b'{"require_at_login": ["always"]}', {"content-type": "application/json"}),
        (b"[]", {"content-type": "application/json"}),
        (b"{", {"content-type": "application/json"}),
        (b'{"require_at_login": "always"}', {"content-type": "text/plain"}),  # as a form could send
    ],
)
def test_the_login_rule_is_one_of_two_and_comes_as_json(
    browser: TestClient, body: bytes, headers: dict[str, str]
) -> None:
    answer = browser.post("/api/login-rule", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {"reason": "One of always, never."}


def test_a_login_rule_that_cannot_be_asked_for_says_so(browser: TestClient) -> None:
    assert browser.get("/api/login-rule").status_code == 502
