"""Every route has its transcript."""

from importlib import import_module
from pathlib import Path

import pytest

from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.wire.transcript import TOLD

for path in Path(__file__).parent.glob("test_transcript_*.py"):
    if path != Path(__file__):
        import_module(f"tests.wire.{path.stem}")


@pytest.mark.parametrize("line", [f"{e.method} {e.path}" for e in ENDPOINTS])
def test_every_route_has_a_transcript(line: str) -> None:
    """What a test promises to tell is checked when it has run (`tells`)."""
    assert TOLD.get(line), f"no transcript tells of {line}: mark one with @tells"


def test_no_transcript_tells_of_a_route_that_is_not_there() -> None:
    assert TOLD.keys() <= {f"{e.method} {e.path}" for e in ENDPOINTS}
