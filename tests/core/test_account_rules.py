"""What is kept with a user: merged at the top level, within its bounds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ostiary.core.accounts.rules import LARGEST, MOST_KEYS, merged
from ostiary.terms.failures import Malformed

VALUES: Any = some.recursive(
    some.none() | some.booleans() | some.integers(-5, 5) | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
KEPT = some.dictionaries(some.text(max_size=3), VALUES.filter(lambda v: v is not None), max_size=8)
CHANGES = some.dictionaries(some.text(max_size=3), VALUES, max_size=8)


@given(KEPT, CHANGES)
def test_what_is_sent_is_what_is_there_afterwards(
    kept: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Each member that was sent: itself, or gone where it was null; each other one as it was."""
    after = merged(kept, changes, "trusted_metadata")
    for name in {*kept, *changes}:
        expected = changes[name] if name in changes else kept[name]
        assert after.get(name) == expected
        assert (name in after) == (expected is not None)
    assert merged(after, changes, "trusted_metadata") == after
    assert merged(after, None, "trusted_metadata") == after


def members(count: int) -> dict[str, Any]:
    return {str(number): number for number in range(count)}


def of_size(size: int) -> dict[str, Any]:
    return {"a": "x" * (size - len(msgspec.json.encode({"a": ""})))}


@pytest.mark.parametrize(
    ("kept", "changes"),
    [
        (members(MOST_KEYS - 1), {"a": 1}),
        (members(MOST_KEYS), {"a": 1, "0": None}),
        ({}, of_size(LARGEST)),
    ],
)
def test_what_is_within_bounds(kept: dict[str, Any], changes: dict[str, Any]) -> None:
    after = merged(kept, changes, "trusted_metadata")
    assert len(after) <= MOST_KEYS
    assert len(msgspec.json.encode(after)) <= LARGEST


@pytest.mark.parametrize(
    ("kept", "changes", "refused"),
    [
        (members(MOST_KEYS), {"a": 1}, "metadata_too_many_keys"),
        ({}, of_size(LARGEST + 1), "metadata_too_large"),
    ],
)
def test_what_is_beyond_them(kept: dict[str, Any], changes: dict[str, Any], refused: str) -> None:
    with pytest.raises(Malformed, match=refused):
        merged(kept, changes, "trusted_metadata")
