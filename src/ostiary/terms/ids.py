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


def time_ordered(now: Instant, randomness: bytes) -> UUID:
    """A UUID version 7 (RFC 9562 §5.7) made of this instant and at least ten random bytes.

    The instant and the dice are given, which no library's `uuid7` allows.
    """
    random = int.from_bytes(randomness[:10], "big")
    return UUID(
        int=(now * 1000) << 80
        | 0x7 << 76
        | (random >> 64 & 0xFFF) << 64
        | 0b10 << 62
        | (random & (1 << 62) - 1)
    )
