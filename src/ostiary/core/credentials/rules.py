"""When an account takes an answer, and what a right one proves."""

from ostiary.terms.assurance import Proof
from ostiary.terms.failures import Refused
from ostiary.terms.time import Instant, Seconds

from ..factors import FACTORS
from ..users.model import User
from .model import Credential

# NIST SP 800-63B-4 §3.2.2: after so many wrong answers in a row an authenticator is out of use
MOST_STRIKES = 100


def disabled(strikes: int) -> Refused | None:
    return Refused("credential_disabled") if strikes >= MOST_STRIKES else None


def locked(user: User, now: Instant) -> Refused | None:
    if user.locked_until is None or now >= user.locked_until:
        return None
    return Refused("account_locked", retry_after=Seconds(user.locked_until - now))


def locked_since(user: User | None, then: Instant, now: Instant) -> Refused | None:
    """What was let in then and is only now redeemed: has its account been locked meanwhile (AB-9)?

    A lock that was there already did not keep it out: live sessions go on.
    """
    if user is None or user.locked_at is None or user.locked_at < then:
        return None
    return locked(user, now)


def proof_of(
    credential: Credential, now: Instant, ip: str | None, *, user_verified: bool = False
) -> Proof:
    factor = FACTORS[credential.kind]
    return Proof(
        credential=credential.id,
        kind=credential.kind,
        authenticator=factor.authenticator,
        channel=factor.channel,
        first_at=now,
        last_at=now,
        ip=ip,
        user_verified=user_verified,
    )
