"""The walk-through's second half against a real server."""

import asyncio
import io
import re

from ostiary.demo.members import walk
from ostiary.dev import PROJECT
from tests.running import Server


def tell(server: Server, project: tuple[str, str] = PROJECT) -> tuple[bool, str]:
    """Whether it held, and what was printed."""
    out = io.StringIO()
    held = asyncio.run(
        walk(api=server.http_url, inbox=server.management_url, project=project, out=out)
    )
    return held, out.getvalue()


def test_all_eight_steps_hold_again_and_again(server: Server) -> None:
    """M20, M21, M23, M24, M25; also when the clock was moved before."""
    for ahead in (0, 120):
        server.advance(ahead)
        held, told = tell(server)
        assert held, told
        steps = re.findall(r"^  ✓  (\d)  ", told, re.MULTILINE)
        assert steps == [str(number) for number in range(1, 9)]
        assert ("its clock is ahead" in told) == (ahead > 0)


def test_a_wrong_secret_ends_the_walk(server: Server) -> None:
    held, told = tell(server, (PROJECT[0], "another"))
    assert not held
    assert "unauthorized_credentials" in told
