"""Identifiers. Opaque inside; each dialect dresses them in its own prefix."""

from typing import NewType

from .time import Instant

UserId = NewType("UserId", str)
CredentialId = NewType("CredentialId", str)
ChallengeId = NewType("ChallengeId", str)
SessionId = NewType("SessionId", str)
TransactionId = NewType("TransactionId", str)
GrantId = NewType("GrantId", str)
ClientId = NewType("ClientId", str)

# stands in for an unknown user, so that the work is the same
NOBODY = UserId("00000000-0000-0000-0000-000000000000")


COUNTER_BITS = 12  # of a time-ordered id, below its milliseconds


def spelled(uuid: bytes) -> str:
    """The text of a UUID (RFC 9562 §4); `uuid.UUID` takes five times as long, and ids are made at every turn."""
    digits = uuid.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def bytes_of(id: str) -> bytes:
    return bytes.fromhex(id.replace("-", ""))


def made_at(id: str) -> Instant:
    """When a time-ordered id was made."""
    return Instant(int.from_bytes(bytes_of(id)[:6]) // 1000)


def time_ordered(now: Instant, serial: int, randomness: bytes) -> str:
    """A UUID version 7 (RFC 9562 §5.7) made of this instant and at least eight random bytes.

    `serial` counts up within the second, through the milliseconds and the counter of §6.2, method 1: what one
    process makes later sorts later. Instant and dice are given, which no library's `uuid7` allows.
    """
    milliseconds, counter = divmod(serial, 1 << COUNTER_BITS)
    random = int.from_bytes(randomness[:8], "big") & ((1 << 62) - 1)
    number = (
        (now * 1000 + milliseconds % 1000) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random
    )
    return spelled(number.to_bytes(16, "big"))
