"""A chain of seals over the journal, and what is wrong with it."""

from enum import StrEnum

from msgspec import Struct

from ostiary.terms.time import Instant


class Entry(Struct, frozen=True, array_like=True):
    """One line of the journal, as it was when it was sealed."""

    id: str
    digest: bytes


class Seal(Struct, frozen=True, kw_only=True):
    """The lines between the seal before and `until`. `mac` covers all of it and the `mac` of the seal before."""

    number: int
    at: Instant
    until: str  # an id of the journal; lines below it, and not below the last seal's, are covered
    lines: int
    first_at: Instant
    last_at: Instant
    entries: bytes | None  # None: the lines were kept long enough, and forgotten
    entries_digest: bytes
    mac: bytes
    forgotten: bytes | None = None  # says, under the key, that forgetting them was meant


class Head(Struct, frozen=True, kw_only=True):
    """The newest seal, kept apart from the chain: who cuts the chain's end off cannot make an earlier one."""

    number: int
    mac: bytes
    signed: bytes


class Fault(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    SEAL_ALTERED = "seal_altered"
    SEALS_MISSING = "seals_missing"
    HEAD_ALTERED = "head_altered"
    HEAD_UNKNOWN = "head_unknown"


class Finding(Struct, frozen=True, kw_only=True):
    """What does not hold: in which seals, of which time, and which lines, as far as that is known."""

    fault: Fault
    seals: tuple[int, int]  # the first and the last of them
    since: Instant | None = None
    until: Instant | None = None
    lines: tuple[str, ...] = ()


class Report(Struct, frozen=True, kw_only=True):
    """`head`: to be noted elsewhere, and asked for the next time. `unsealed`: too new to be covered yet."""

    holds: bool
    seals: int
    lines: int
    unsealed: int
    unsealed_since: Instant | None
    forgotten: int
    forgotten_until: Instant | None
    head: str | None
    findings: tuple[Finding, ...]
