"""What an authorization request still needs."""

from ostiary.terms.assurance import Acr, Assurance
from ostiary.terms.failures import Refused
from ostiary.terms.time import Instant

from .model import Asking

_REACHES = {Acr.ONE_FACTOR: {Acr.ONE_FACTOR}, Acr.MFA: {Acr.ONE_FACTOR, Acr.MFA}}


def unmet(asking: Asking, assured: Assurance, now: Instant) -> Refused | None:
    """Why a session of this assurance is no answer, if it is none; never a token with less (RFC 9470 §5)."""
    if asking.max_age is not None and now - assured.auth_time > asking.max_age:
        return Refused("login_required")
    if asking.acr_values and not any(acr in _REACHES[assured.acr] for acr in asking.acr_values):
        return Refused("assurance_not_met")
    return None
