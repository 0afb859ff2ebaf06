"""What a store writes, and what each engine is given."""

import pytest

from ostiary.drivers.statements import numbered, without_locks, writes
from tests.drivers.test_stores import statements as every_statement


@pytest.mark.parametrize(
    ("written", "given", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("a = :a AND b = :b", "a = $1 AND b = $2", ("a", "b")),
        ("a = :b AND b = :a OR c = :b", "a = $1 AND b = $2 OR c = $1", ("b", "a")),
        ("VALUES (:id,:at)", "VALUES ($1,$2)", ("id", "at")),
        ("a = :a::bigint", "a = $1::bigint", ("a",)),
        ("t = '12:30' AND a = :a", "t = '12:30' AND a = $1", ("a",)),
    ],
)
def test_names_become_numbers(written: str, given: str, names: tuple[str, ...]) -> None:
    assert numbered(written) == (given, names)


@pytest.mark.parametrize(
    "locks",
    ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR NO KEY UPDATE OF u", "FOR UPDATE SKIP LOCKED"],
)
def test_sqlite_has_no_locks_on_rows(locks: str) -> None:
    assert without_locks(f"SELECT * FROM users u LIMIT 1 {locks})") == (
        "SELECT * FROM users u LIMIT 1 )"
    )


def test_an_update_is_no_lock() -> None:
    upsert = "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1"
    assert without_locks(upsert) == upsert


@pytest.mark.parametrize(
    ("statement", "written"),
    [
        ("SELECT 1", False),
        ("\nSELECT 1 FOR NO KEY UPDATE", False),
        ("UPDATE t SET a = 1 RETURNING a", True),
        ("INSERT INTO t VALUES (1)", True),
        ("\nDELETE FROM t", True),
    ],
)
def test_what_is_not_a_select_writes(statement: str, written: bool) -> None:
    assert writes(statement) is written


def test_rows_are_locked_for_writers_alone() -> None:
    """`FOR UPDATE` makes whoever refers to the row wait as well: the way into a deadlock."""
    assert [name for name, text in every_statement().items() if "FOR UPDATE" in text] == []
