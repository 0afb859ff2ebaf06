"""Every refusal the core can utter has a translation in every dialect; none translates what does not exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

import ostiary
from ostiary.core.messages.model import Purpose
from ostiary.migrations import FOLDER, HEAD
from ostiary.wire.reachfive.sayings import SAYINGS

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
PROBLEMS = {"admin"}


def _uttered(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in UTTERERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def test_dialects_can_say_every_refusal() -> None:
    folders = ("core", "terms", "drivers", "wire")
    uttered = {
        reason
        for folder in folders
        for path in (SOURCE / folder).rglob("*.py")
        if path.parent.name not in PROBLEMS
        for reason in _uttered(path)
    }
    uttered |= {"method_not_allowed"}  # said by the class itself
    assert uttered == set(SAYINGS)


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
