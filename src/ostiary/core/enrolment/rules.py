"""Which credentials are second factors."""

from ostiary.terms.contact import Channel

from ..credentials.model import Credential
from ..factors import FACTORS


def second_factors(
    credentials: tuple[Credential, ...], channels: frozenset[Channel]
) -> tuple[Credential, ...]:
    """The enrolled credentials that can be proved by a code now."""
    return tuple(c for c in credentials if FACTORS[c.kind].channel in channels)
