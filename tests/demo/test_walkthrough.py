"""The walk-through against a real server, and what it says when a step does not hold."""

import asyncio
import io
import re
from typing import Literal

import pytest

from ostiary.demo.walkthrough import walk
from tests.running import Server


def tell(server: Server, channel: Literal["sms", "email"] = "sms") -> tuple[bool, str]:
    """Whether it held, and what was printed."""
    out = io.StringIO()
    held = asyncio.run(
        walk(
            issuer=server.url,
            shop=server.shop_url,
            inbox=server.management_url,
            authority=server.certificate_authority,
            client_id="demo-shop",
            backend=("backend", "backend-secret"),
            channel=channel,
            out=out,
        )
    )
    return held, out.getvalue()


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_all_eleven_steps_hold_again_and_again(
    server: Server, channel: Literal["sms", "email"]
) -> None:
    """M4."""
    for _ in range(2):
        held, told = tell(server, channel)
        assert held, told
        assert re.findall(r"^  ✓ ([ \d]\d)  ", told, re.MULTILINE) == [
            f"{number:>2}" for number in range(1, 12)
        ]
        assert "\x1b" not in told  # no colours where there is no terminal


def test_the_first_step_that_does_not_hold_ends_the_walk(server: Server) -> None:
    server.dev.post("/dev/carriers/sms", json={"mode": "fail"}).raise_for_status()
    held, told = tell(server)
    server.dev.post("/dev/carriers/sms", json={"mode": "ok"}).raise_for_status()
    assert not held
    assert "✗  4  register a phone" in told
    assert "error.message.notSent" in told  # the request itself says so
    assert " 5  " not in told
