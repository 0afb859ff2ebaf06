"""Every refusal the core can utter has a translation in every dialect; none translates what does not exist."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest

import ostiary
from ostiary.core.messages.model import Purpose
from ostiary.migrations import FOLDER, HEAD
from ostiary.wire.reachfive.sayings import SAYINGS as REACHFIVE
from ostiary.wire.stytch.errors import SAYINGS as STYTCH

GRAPH = grimp.build_graph("ostiary", cache_dir=None)

SOURCE = Path(ostiary.__file__).parent
UTTERERS = {
    "Refused",
    "Rejected",
    "Malformed",
    "Unauthenticated",
    "Forbidden",
    "NotFound",
    "Conflict",
    "Throttled",
    "Unavailable",
    "TooLarge",
    "UnsupportedMediaType",
}
# who speaks to operators says the reason itself, in a problem document: no table, and no vendor's word
DIALECTS: dict[str, dict[str, Any]] = {"reachfive": REACHFIVE, "stytch": STYTCH}


def _uttered(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in UTTERERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _heard_by(dialect: str) -> set[str]:
    """Every reason in what this dialect is made of and leans on: its own words, the core it calls, the drivers."""
    built_on = GRAPH.find_upstream_modules(f"ostiary.wire.{dialect}", as_package=True)
    own = {m for m in GRAPH.modules if m.startswith(f"ostiary.wire.{dialect}")}
    drivers = {m for m in GRAPH.modules if m.startswith("ostiary.drivers")}
    return {reason for module in built_on | own | drivers for reason in _uttered(_path(module))}


def _path(module: str) -> Path:
    path = SOURCE.parent / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize(("dialect", "sayings"), DIALECTS.items())
def test_dialects_can_say_every_refusal(dialect: str, sayings: dict[str, object]) -> None:
    heard = _heard_by(dialect) | {"method_not_allowed"}  # said by the class itself
    assert heard == set(sayings)


def test_no_refusal_is_said_to_nobody() -> None:
    uttered = {
        reason
        for folder in ("core", "terms", "drivers")
        for path in (SOURCE / folder).rglob("*.py")
        for reason in _uttered(path)
    }
    assert uttered <= set().union(*map(_heard_by, DIALECTS))


def test_the_newest_migration_is_the_one_the_server_expects() -> None:
    versions = sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("0*.py"))
    assert versions[-1] == HEAD


def test_purposes_are_those_that_are_promised() -> None:
    """The names of the inbox and of the configuration file."""
    assert {purpose.value for purpose in Purpose} == {
        "mfa_activation",
        "mfa_step_up",
        "login_code",
        "login_link",
        "email_verification",
        "phone_verification",
        "password_reset",
        "account_recovery",
        "security_notice",
    }
