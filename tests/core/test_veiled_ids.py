"""Ids of addresses as strangers are told them (AB-1)."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ostiary.core.keys.rules import unveil, veil
from ostiary.terms.secret import MasterKeys

MASTER = MasterKeys(bytes(32))


@given(st.uuids())
def test_a_veiled_id_stands_for_one_id(id: UUID) -> None:
    veiled = veil(MASTER, "a purpose", str(id))
    assert unveil(MASTER, "a purpose", veiled) == str(id)
    assert veiled == veil(MASTER, "a purpose", str(id))
    assert veiled != veil(MASTER, "another purpose", str(id))
    assert veiled != veil(MasterKeys(bytes(31) + b"1"), "a purpose", str(id))


def test_ids_made_one_after_the_other_do_not_look_it() -> None:
    """Their first half is the time when they were made."""
    begins = {veil(MASTER, "p", str(UUID(int=(7 << 76) + n)))[:8] for n in range(200)}
    assert len(begins) > 190
