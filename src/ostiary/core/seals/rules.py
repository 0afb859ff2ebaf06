"""What a seal says of its lines, and what became of them since."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import msgspec

from ..journal.model import Line
from .model import Entry, Fault, Finding, Head, Seal

_ENTRIES = msgspec.msgpack.Decoder(tuple[Entry, ...])
SHOWN = 16  # hexadecimal digits of a seal that a person notes down: 64 bits


def entry(line: Line) -> Entry:
    return Entry(line.id, sha256(msgspec.msgpack.encode(line)).digest())


def written(lines: Iterable[Line]) -> bytes:
    return msgspec.msgpack.encode([entry(line) for line in lines])


def digest(entries: bytes) -> bytes:
    return sha256(entries).digest()


def whole(seal: Seal) -> bool:
    """Is the list of its lines there, and the one that it vouches for?"""
    return seal.entries is not None and hmac.compare_digest(
        digest(seal.entries), seal.entries_digest
    )


def said(seal: Seal, before: bytes) -> bytes:
    """All that a seal vouches for; `before`: the `mac` of the one it follows, empty for the first."""
    facts = (seal.number, seal.at, seal.until, seal.lines, seal.first_at, seal.last_at)
    return msgspec.msgpack.encode((*facts, seal.entries_digest, before))


def pointed(number: int, mac: bytes) -> bytes:
    return msgspec.msgpack.encode((number, mac))


def spelled(number: int, mac: bytes) -> str:
    """For a note on paper, or on another machine."""
    return f"{number}:{mac.hex()[:SHOWN]}"


def differences(seal: Seal, lines: Sequence[Line]) -> Iterator[Finding]:
    """Which lines are not what they were when they were sealed."""
    sealed = {one.id: one.digest for one in _ENTRIES.decode(seal.entries or b"\x90")}
    present = {line.id: entry(line).digest for line in lines}
    found = {
        Fault.CHANGED: [id for id, was in sealed.items() if present.get(id, was) != was],
        Fault.REMOVED: [id for id in sealed if id not in present],
        Fault.INSERTED: [id for id in present if id not in sealed],
    }
    for fault, ids in found.items():
        if ids:
            yield about(seal, fault, ids)


def about(seal: Seal, fault: Fault, ids: Sequence[str] = ()) -> Finding:
    return Finding(
        fault=fault,
        seals=(seal.number, seal.number),
        since=seal.first_at,
        until=seal.last_at,
        lines=tuple(ids),
    )


def following(last: Seal | None, head: Head | None, *, head_holds: bool) -> int:
    """The number of the next seal.

    Where the chain does not end as its head says, one number is left out: so it is told for ever, and not
    mended by going on.
    """
    if last is None and head is None:
        return 1
    if last is not None and head is not None and head_holds:
        if (last.number, last.mac) == (head.number, head.mac):
            return last.number + 1
    return max(last.number if last else 0, head.number if head else 0) + 2
