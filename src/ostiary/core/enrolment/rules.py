"""Who may add a second factor."""

from ostiary.terms.assurance import Acr, AssurancePolicy, assess, second_factor_proved_at
from ostiary.terms.contact import Channel
from ostiary.terms.time import Instant, Seconds

from ..credentials.model import Credential
from ..factors import FACTORS
from ..tokens.model import Access


def second_factors(
    credentials: tuple[Credential, ...], channels: frozenset[Channel]
) -> tuple[Credential, ...]:
    """The enrolled credentials that can be proved by a code now."""
    return tuple(c for c in credentials if FACTORS[c.kind].channel in channels)


def stepped_up(access: Access, policy: AssurancePolicy, now: Instant, age: Seconds) -> bool:
    """Was this token given for a second factor proved within `age` seconds? Refreshing renews no proof."""
    proofs = access.grant.proofs
    proved_at = second_factor_proved_at(proofs)
    return (
        assess(proofs, policy).acr is Acr.MFA and proved_at is not None and now - proved_at <= age
    )
