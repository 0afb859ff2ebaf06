"""Every call of this dialect is made by a test here."""

import re
from pathlib import Path

import pytest

from ostiary.wire.stytch.routes import ENDPOINTS, V1

MADE = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
OPEN = {"GET /v1/sessions/jwks/{project_id}", "GET /v1/openapi.json"}


@pytest.mark.parametrize("line", [f"{e.method} {e.path}" for e in ENDPOINTS])
def test_every_call_is_made(line: str) -> None:
    called = re.escape(line.replace(f" {V1}/", " /"))
    pattern = re.sub(r"\\\{[^}]*\\\}", r"[^/\\s\"]+", called)
    assert re.search(rf"\b{pattern}\"", MADE), f"no test here makes the call {line}"


def test_all_but_the_keys_are_for_who_has_a_secret() -> None:
    assert {f"{e.method} {e.path}" for e in ENDPOINTS if not e.secured} == OPEN
