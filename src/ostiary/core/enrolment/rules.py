"""Which credentials are second factors."""

from ostiary.terms.contact import Channel

from ..credentials.model import Credential
from ..factors import FACTORS


def second_factors(
    credentials: tuple[Credential, ...], channels: frozenset[Channel]
) -> tuple[Credential, ...]:
    """The enrolled credentials that can be proved by a code now."""
    return tuple(c for c in credentials if FACTORS[c.kind].channel in channels)


def standing_in_for(
    credential: Credential, enrolled: tuple[Credential, ...]
) -> tuple[Credential, ...]:
    """What gets its owner past this credential, and is good for nothing without it."""
    return tuple(other for other in enrolled if other.address == credential.id)
