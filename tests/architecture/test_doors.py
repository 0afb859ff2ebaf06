"""What import contracts cannot say: a capability is used through its verbs and its nouns, and no other way."""

import ast
from pathlib import Path

import grimp
import pytest

import ostiary

SOURCE = Path(ostiary.__file__).parent
GRAPH = grimp.build_graph("ostiary", cache_dir=None)
CAPABILITIES = sorted(m for m in GRAPH.find_children("ostiary.core") if GRAPH.find_children(m))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_outsiders_use_only_the_verbs_and_the_nouns(capability: str) -> None:
    """Verbs are what the package says in `__all__`; nouns are in `model`."""
    inside = {capability} | GRAPH.find_descendants(capability)
    private = inside - {capability, f"{capability}.model"}
    trespassers = {
        (outsider, module)
        for module in private
        for outsider in GRAPH.find_modules_that_directly_import(module) - inside
    }
    assert not trespassers


def _touches_sql(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in ("one", "all", "run")
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "sql"
        for node in ast.walk(tree)
    )


def test_statements_are_written_in_stores_alone() -> None:
    """SQL stays in `store.py`, the database driver and the unit of work that says something changed."""
    speakers = {
        str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if _touches_sql(path)
    }
    elsewhere = {name for name in speakers if not name.endswith("store.py")}
    assert elsewhere == {"core/work.py", "drivers/database.py"}


def test_assurance_is_computed_in_one_place() -> None:
    """`mfa` is said of a session by `terms/assurance.py`; everyone else asks it (M30, STP-6)."""
    names = {"mfa", "pwd"}
    sayers = {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    }
    scopes = {"core/clients/model.py", "core/stepup/flow.py"}  # where `mfa` is a scope
    assert sayers <= scopes


AMBIENT = {"time", "random", "secrets", "datetime"}


def test_nobody_in_the_core_reads_a_clock_or_rolls_dice() -> None:
    """M31: time and randomness come with the unit of work. (`datetime` converts; it is never asked.)"""
    offenders = set()
    for path in (SOURCE / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                offenders |= {(path.name, a.name) for a in node.names if a.name in AMBIENT}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("now", "utcnow", "today", "token_bytes", "urandom"):
                    offenders.add((path.name, node.func.attr))
    assert not offenders


def test_secrets_are_compared_in_constant_time_alone() -> None:
    """OTP-12: a digest or a code is compared by `hmac.compare_digest`, never by `==`."""
    suspects = ("digest", "secret", "code", "expected", "hash")
    offenders = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                for side in (node.left, *node.comparators):
                    if isinstance(side, ast.Attribute) and side.attr.endswith(suspects):
                        offenders.add(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert {o for o in offenders if "status_code" not in o and "demo/" not in o} == set()
