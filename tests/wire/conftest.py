"""Fixtures of the transcripts."""

import pytest

from tests.wire.transcript import Say
from tests.world import World


@pytest.fixture
def say(world: World) -> Say:
    """Ask the demo project."""
    return Say(world)
