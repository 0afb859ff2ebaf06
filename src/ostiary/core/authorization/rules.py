"""What an authorization request still needs."""

from ostiary.terms.assurance import Acr, Assurance
from ostiary.terms.failures import Refused
from ostiary.terms.time import Instant

from ..clients.model import AuthorizationRequest

_REACHES = {Acr.ONE_FACTOR: {Acr.ONE_FACTOR}, Acr.MFA: {Acr.ONE_FACTOR, Acr.MFA}}


def impossible(request: AuthorizationRequest) -> Refused | None:
    """Nobody can be known by an assurance that this server has none of (RFC 9470 §5)."""
    if request.acr_values and not any(acr in _REACHES for acr in request.acr_values):
        return Refused("assurance_not_met")
    return None


def too_old(request: AuthorizationRequest, assured: Assurance, now: Instant, *, anew: bool) -> bool:
    """Is the newest proof older than `max_age`? 0 asks for a login of now, as `prompt=login` does, and `anew` it is."""
    if request.max_age is None:
        return False
    return not anew if request.max_age == 0 else now - assured.auth_time > request.max_age


def sure_enough(request: AuthorizationRequest, assured: Assurance) -> bool:
    """Never a token with less than what was asked for (RFC 9470 §5)."""
    return not request.acr_values or any(acr in _REACHES[assured.acr] for acr in request.acr_values)


def short_of(request: AuthorizationRequest, *, reachable: bool, interactive: bool) -> Refused:
    """What to say to a session that is not sure enough. `reachable`: a step-up would make it so."""
    if reachable and interactive:
        return Refused("login_required")
    if reachable and "none" in request.prompt:
        return Refused("interaction_required")  # OpenID Connect Core 1.0 §3.1.2.6
    return Refused("assurance_not_met")
