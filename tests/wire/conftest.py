"""Fixtures of the transcripts."""

import pytest

from tests.world import World

pytest.register_assert_rewrite("tests.wire.transcript")
from tests.wire.transcript import Say  # noqa: E402  once its assertions explain themselves


@pytest.fixture
def say(world: World) -> Say:
    """Ask the demo project."""
    return Say(world)
