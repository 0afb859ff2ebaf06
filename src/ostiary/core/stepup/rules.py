"""What an operation asks for, whether it is met, and which credentials would meet it."""

from ostiary.terms.assurance import (
    Acr,
    AssurancePolicy,
    Kind,
    Proof,
    assess,
    completes_mfa,
    second_factor_proved_at,
)
from ostiary.terms.contact import ADDRESSES, Channel
from ostiary.terms.time import Instant, Seconds

from ..credentials.model import Credential
from ..factors import FACTORS, PASSKEY
from ..projects.model import RequireAtLogin, Settings
from .model import Decision, Operation, Prove, Requirement, Satisfied, Unreachable


def requirement(operation: Operation, settings: Settings) -> Requirement | None:
    """The table of protected operations (M6), for a person who has a second factor that can be proved now.

    Without one there is nothing to ask for: *Always* binds nobody else, a first factor may be added, and
    there is none to remove (S1, S4).
    """
    always = settings.mfa.require_at_login is RequireAtLogin.ALWAYS
    stepped_up = Requirement(Acr.MFA, Seconds(settings.mfa.fresh_token_age))
    table = {
        Operation.LOG_IN: Requirement(Acr.MFA) if always else None,
        Operation.ADD_CREDENTIAL: stepped_up,
        Operation.REMOVE_CREDENTIAL: stepped_up,
        Operation.CHANGE_ADDRESS: stepped_up,
    }
    return table[operation]


def guarded(operation: Operation, enrolled: tuple[Credential, ...], settings: Settings) -> bool:
    """Is there a second factor, or what amounts to two, that this operation must not go past?

    Adding one is guarded by those that can be proved now, or nobody could add one after a factor was switched
    off; what is there already is guarded by its mere existence. What no code is sent to is never switched off.
    """
    adding = operation is Operation.ADD_CREDENTIAL
    counted = settings.mfa_channels if adding else frozenset(ADDRESSES)
    return any(
        FACTORS[credential.kind].channel in counted
        or _only_elsewhere(credential)
        or (settings.mfa.passkey_is_mfa and _can_be_both(credential))
        for credential in enrolled
    )


def _only_elsewhere(credential: Credential) -> bool:
    """A second factor that is not proved by a code of ours, and so not by a step-up (STP-9)."""
    factor = FACTORS[credential.kind]
    return factor.second and factor.channel is None


def _can_be_both(credential: Credential) -> bool:
    is_passkey = credential.kind is Kind.WEBAUTHN
    return is_passkey and not PASSKEY.describe(credential.state).recovered


def decide(
    required: Requirement | None,
    proofs: tuple[Proof, ...],
    enrolled: tuple[Credential, ...],
    channels: frozenset[Channel],
    policy: AssurancePolicy,
    now: Instant,
) -> Decision:
    if required is None or met(required, proofs, policy, now):
        return Satisfied()
    usable = choices(proofs, enrolled, channels, policy)
    return Prove(usable) if usable or elsewhere(proofs, enrolled, policy) else Unreachable()


def met(
    required: Requirement, proofs: tuple[Proof, ...], policy: AssurancePolicy, now: Instant
) -> bool:
    """Refreshing a token renews no proof: freshness is the proof's own (STP-7)."""
    if required.acr is Acr.MFA and assess(proofs, policy).acr is not Acr.MFA:
        return False
    if required.max_age is None:
        return True
    proved_at = second_factor_proved_at(proofs, policy)
    return proved_at is not None and now - proved_at <= required.max_age


def choices(
    proofs: tuple[Proof, ...],
    enrolled: tuple[Credential, ...],
    channels: frozenset[Channel],
    policy: AssurancePolicy,
) -> tuple[Credential, ...]:
    """The enrolled credentials, switched on, whose proof beside these would amount to `mfa`."""
    return tuple(
        credential
        for credential in enrolled
        if FACTORS[credential.kind].channel in channels and _adds(credential, proofs, policy)
    )


def elsewhere(
    proofs: tuple[Proof, ...], enrolled: tuple[Credential, ...], policy: AssurancePolicy
) -> bool:
    """Is there one that would, and can only be proved in another dialect? It is no reason to ask for less."""
    return any(_only_elsewhere(one) and _adds(one, proofs, policy) for one in enrolled)


def _adds(credential: Credential, proofs: tuple[Proof, ...], policy: AssurancePolicy) -> bool:
    """One of the primary proof's own kind does not: proving that again would add nothing."""
    primary = proofs[:1]
    return credential.kind is not primary[0].kind and completes_mfa(
        primary, credential.kind, policy
    )


def channels_of(credentials: tuple[Credential, ...]) -> tuple[Channel, ...]:
    return tuple(sorted({Channel(credential.kind.value) for credential in credentials}))


def newest(credentials: tuple[Credential, ...], channel: Channel) -> Credential | None:
    """Of several phones, the one added last: the one its owner most likely has at hand."""
    of_channel = [c for c in credentials if FACTORS[c.kind].channel is channel]
    return of_channel[-1] if of_channel else None
