"""Identifiers. Opaque inside; each dialect dresses them in its own prefix."""

from typing import NewType
from uuid import UUID

from .time import Instant

UserId = NewType("UserId", str)
CredentialId = NewType("CredentialId", str)
ChallengeId = NewType("ChallengeId", str)
SessionId = NewType("SessionId", str)
TransactionId = NewType("TransactionId", str)
GrantId = NewType("GrantId", str)
ClientId = NewType("ClientId", str)

NOBODY = UserId(str(UUID(int=0)))  # stands in for an unknown user, so that the work is the same


def time_ordered(now: Instant, serial: int, randomness: bytes) -> UUID:
    """A UUID version 7 (RFC 9562 §5.7) made of this instant and at least eight random bytes.

    `serial` counts up within the second, through the milliseconds and the counter of §6.2, method 1: what one
    process makes later sorts later. Instant and dice are given, which no library's `uuid7` allows.
    """
    milliseconds, counter = divmod(serial, 1 << 12)
    random = int.from_bytes(randomness[:8], "big") & ((1 << 62) - 1)
    return UUID(
        int=(now * 1000 + milliseconds % 1000) << 80
        | 0x7 << 76
        | counter << 64
        | 0b10 << 62
        | random
    )
