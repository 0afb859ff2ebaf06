"""Every requirement has a test that shows it to an outsider, and every method of the SDK is tried both ways."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.generated import ROOT
from scripts.reference_pages import SDK

# Whoever finishes a family of requirements adds it here, and its rows to the page.
FINISHED = {f"M{number}" for number in (*range(1, 13), *range(20, 28))}
OUTSIDERS = re.compile(
    r"^tests/(sdk(/stytch)?|browser)/test_\w+\.py$|^tests/wire/test_admin_\w+\.py$"
)
ROW = re.compile(r"^\| (M\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/.-]+) · (\w+)`")


def page() -> str:
    return (ROOT / "docs" / "features.md").read_text(encoding="utf-8")


def functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name: node for node in tree.body if isinstance(node, kinds)}


def test_no_requirement_is_missing_and_none_is_made_up() -> None:
    rows = [id for id, _, _ in ROW.findall(page())]
    shown = set(rows)
    assert len(rows) == len(shown), "one row for each"
    asked = set(re.findall(r"^\| (M\d+)\b", requirements(), re.MULTILINE)) | between()
    assert shown >= FINISHED
    assert shown <= asked


def requirements() -> str:
    return (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")


def between() -> set[str]:
    """Those of a row that speaks of several: `M20 to M27`."""
    spans = re.findall(r"^\| M(\d+) to M(\d+) \|", requirements(), re.MULTILINE)
    return {f"M{n}" for first, last in spans for n in range(int(first), int(last) + 1)}


@pytest.mark.parametrize(
    ("id", "tests"),
    [pytest.param(id, tests, id=id) for id, _, tests in ROW.findall(page())],
)
def test_what_a_row_names_shows_it(id: str, tests: str) -> None:
    """It exists, drives the real thing, and names the requirement in its docstring."""
    named = NAMED.findall(tests)
    assert named
    for path, test in named:
        assert OUTSIDERS.match(path), f"{path}: through the SDK, a browser or the admin API"
        found = functions(ROOT / path)
        assert test in found, f"{path} · {test}"
        told = ast.get_docstring(found[test]) or ""
        assert re.search(rf"\b{id}\b", told), f"{path} · {test} does not name {id}"


# ---- the SDK's methods

TRIED = {"gets": "succeeds", "leaves": "succeeds", "refused": "is refused", "throws": "is refused"}
# Without social providers, custom tokens and linked identities they have nothing to succeed with.
NEVER = {"getSignupData", "loginWithCustomToken", "unlink"}
# Called in the page, not through a word of `Customer`.
OTHERWISE = {
    ("loginWithCustomToken", "is refused"): "test_a_custom_token_is_nobody_s",
    (
        "loginFromSession",
        "is refused",
    ): "test_without_a_session_a_navigation_comes_back_with_the_error",
    ("logout", "is refused"): "test_logging_out_leads_nowhere_else",
}


def tries() -> Iterator[tuple[str, str]]:
    """(method, how it ended), for every call of the SDK that a test makes."""
    for path in (ROOT / "tests" / "sdk").glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                table = {
                    node.value
                    for decorator in function.decorator_list
                    for node in ast.walk(decorator)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
                yield from tries_of(function, table)


def tries_of(function: ast.FunctionDef, table: set[str]) -> Iterator[tuple[str, str]]:
    """`table`: the words of its parameters, one of which `method` is."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
            how, first = TRIED.get(call.func.attr), call.args[0]
            if how and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, how
            elif how and isinstance(first, ast.Name) and first.id == "method":
                yield from ((word, how) for word in table)


def test_every_method_of_the_sdk_is_tried_both_ways() -> None:
    tried = set(tries())
    named = {name for path in (ROOT / "tests" / "sdk").glob("*.py") for name in functions(path)}
    assert set(OTHERWISE.values()) <= named
    methods = {name for names, _ in SDK for name in names.split(", ")}
    wanted = {(method, how) for method in methods for how in ("succeeds", "is refused")}
    wanted -= {(method, "succeeds") for method in NEVER}
    assert wanted - tried - OTHERWISE.keys() == set()
    assert not OTHERWISE.keys() & tried
