"""A real server with two workers, and operators at work: by the admin API and by commands beside it."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ostiary.dev import ADMIN_TOKEN
from tests.running import OSTIARY, Server
from tests.world import CLIENT, PASSWORD

SOON = 1.0  # second: the promise to every worker
TOKEN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
BOB = {"client_id": CLIENT, "email": "bob@demo.localhost", "password": PASSWORD}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "data", workers=2) as running:
        yield running


def ostiary(server: Server, *words: str) -> str:
    told = subprocess.run(
        [OSTIARY, *words, "--data", server.data], capture_output=True, text=True, check=True
    )
    return told.stdout


def ask(server: Server, method: str, path: str, body: Any = None) -> httpx2.Response:
    """On a connection of its own, which either worker may take."""
    return httpx2.request(
        method, f"{server.http_url}{path}", json=body, headers=TOKEN if "/admin/" in path else {}
    )


def test_both_listeners_serve_the_admin_api(server: Server) -> None:
    by_name = server.client().get("/admin/v1/settings", headers=TOKEN)
    plain = httpx2.get(f"{server.http_url}/admin/v1/settings", headers=TOKEN)
    assert by_name.status_code == plain.status_code == 200
    assert by_name.json() == plain.json()
    shop = server.client().get(f"{server.shop_url}/admin/v1/settings", headers=TOKEN)
    assert shop.status_code == 404


def test_the_other_listener_has_none(server: Server) -> None:
    answer = httpx2.get(f"{server.management_url}/admin/v1/settings", headers=TOKEN)
    assert answer.status_code == 404


def test_a_change_is_used_by_every_worker(server: Server) -> None:
    """At once by the one that answered, soon by the other: asked twenty times, both have been."""
    for wanted in ("always", "never"):
        changed = ask(server, "PATCH", "/admin/v1/settings", {"mfa": {"require_at_login": wanted}})
        assert changed.status_code == 200
        time.sleep(SOON)
        for _ in range(20):
            login = ask(server, "POST", "/identity/v1/password/login", BOB)
            assert login.json().get("mfa_required", False) is (wanted == "always")


def test_a_test_message_arrives(server: Server) -> None:
    sent = ask(
        server,
        "POST",
        "/admin/v1/templates/mfa_step_up/sms/test",
        {"text": "By {{ client.name }}: {{ verification_code }}", "to": "+33612345688"},
    )
    assert sent.status_code == 202
    message = server.message(to="+33612345688")
    assert (message["text"], message["code"]) == ("By Demo: 123456", "123456")
    assert message["purpose"] == "mfa_step_up"


def test_a_broken_carrier_is_told_to_who_tests(server: Server) -> None:
    try:
        server.dev.post("/dev/carriers/sms", json={"mode": "fail"}).raise_for_status()
        sent = ask(
            server,
            "POST",
            "/admin/v1/templates/mfa_step_up/sms/test",
            {"to": "+33612345687"},
        )
        assert sent.status_code == 503
        assert sent.json()["title"] == "carrier unavailable"
    finally:
        server.dev.post("/dev/carriers/sms", json={"mode": "ok"}).raise_for_status()


def test_commands_work_beside_it(server: Server) -> None:
    created = ask(server, "POST", "/admin/v1/users", {"email": "dora@demo.localhost"}).json()
    listed = json.loads(ostiary(server, "users", "list", "--json"))
    assert created["id"] in [user["id"] for user in listed]
    ostiary(server, "users", "delete", "dora@demo.localhost", "--yes")
    assert ask(server, "GET", f"/admin/v1/users/{created['id']}").status_code == 404
    journal = json.loads(ostiary(server, "audit", "tail", "--user", created["id"], "--json"))
    assert [(event["type"], event["data"]["actor"]) for event in journal] == [
        ("user.created", "admin-api"),
        ("user.removed", "command-line"),
    ]


def test_an_example_sent_from_the_command_line_is_delivered(server: Server, tmp_path: Path) -> None:
    ostiary(server, "templates", "send-test", "login_code.fr", "email", "--to", "a@b.example")
    until = time.monotonic() + 15  # nobody wakes the outbox: it looks every five seconds
    while not (found := server.inbox(to="a@b.example")):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert found[0]["locale"] == "fr"
