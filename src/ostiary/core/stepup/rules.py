"""Which credentials would complete a step-up."""

from ostiary.terms.assurance import AssurancePolicy, Proof, completes_mfa
from ostiary.terms.contact import Channel

from ..credentials.model import Credential
from ..factors import FACTORS


def choices(
    proofs: tuple[Proof, ...],
    enrolled: tuple[Credential, ...],
    channels: frozenset[Channel],
    policy: AssurancePolicy,
) -> tuple[Credential, ...]:
    """The enrolled credentials, switched on, whose proof beside these would amount to `mfa`.

    A credential of the primary proof's own kind is no choice: proving it again would add nothing.
    """
    primary = proofs[0].kind
    return tuple(
        credential
        for credential in enrolled
        if credential.kind is not primary
        and FACTORS[credential.kind].channel in channels
        and completes_mfa(proofs[:1], credential.kind, policy)
    )


def channels_of(credentials: tuple[Credential, ...]) -> tuple[Channel, ...]:
    return tuple(sorted({Channel(credential.kind.value) for credential in credentials}))


def newest(credentials: tuple[Credential, ...], channel: Channel) -> Credential | None:
    """Of several phones, the one added last: the one its owner most likely has at hand."""
    of_channel = [c for c in credentials if FACTORS[c.kind].channel is channel]
    return of_channel[-1] if of_channel else None
