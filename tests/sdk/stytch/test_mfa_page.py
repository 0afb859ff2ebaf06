"""The back ends of docs/mfa-with-stytch-sdk.md are run as they are printed there (M24 to M26)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.generated import ROOT
from tests.running import Server
from tests.sdk.stytch.conftest import PASSWORD, told_by_node

PAGE = ROOT / "docs" / "mfa-with-stytch-sdk.md"
ANN = "ann@demo.localhost"
LET_THROUGH = [False, True, True, True, False, True]


@pytest.fixture
def printed(server: Server) -> Iterator[dict[str, Any]]:
    """What the page's Python defines; everybody is afterwards as they were."""
    block = re.search(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {}
    exec(block[1].replace("http://127.0.0.1:8080/", server.http_url), names)
    yield names
    server.reset()


def test_in_python(server: Server, printed: dict[str, Any], phone: str) -> None:
    """M24, M25: with one factor, with two, with one too old, and with that one again."""
    may, answer, send_code = printed["may"], printed["answer"], printed["send_code"]
    token = printed["log_in"](ANN, PASSWORD)
    told = [may(token)]
    token = answer(token, send_code(token, phone), server.code(to=phone))
    told += [may(token), may(token, within=300)]
    server.advance(301)
    told += [may(token), may(token, within=300)]
    token = answer(token, send_code(token, phone), server.code(to=phone))
    told.append(may(token, within=300))
    assert told == LET_THROUGH


def test_the_mailbox_is_one_factor(server: Server, printed: dict[str, Any]) -> None:
    """M26, REC-5: beside the password that it resets, and after the reset."""
    client, may = printed["client"], printed["may"]
    token = printed["log_in"](ANN, PASSWORD)
    sent = client.otps.email.send(email=ANN, session_token=token)
    token = printed["answer"](token, sent.email_id, server.code(to=ANN))
    assert may(token) is False
    client.passwords.email.reset_start(email=ANN)
    link = urlsplit(str(server.message(to=ANN)["link"]))
    reset = client.passwords.email.reset(
        token=parse_qs(link.query)["token"][0],
        password="another staple, a battery of horses",
        session_duration_minutes=60,
    )
    assert may(reset.session_token) is False


def test_in_node(server: Server, phone: str) -> None:
    """M24, M25."""
    told = told_by_node(
        server,
        "page",
        email=ANN,
        phone=phone,
        page=str(PAGE),
        clock=f"{server.management_url}/dev/clock",
    )
    assert told == LET_THROUGH
