"""How sure we are of who this is: the one place where it is computed.

AMR after RFC 8176, ACR and `auth_time` after OpenID Connect Core 1.0 §2, the idea of assurance levels
after NIST SP 800-63B-4 §2. Levels are predicates over sets of proofs, not rungs of a ladder.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

from .contact import Channel
from .ids import CredentialId
from .time import Instant


class Kind(StrEnum):
    """What sort of authenticator a credential is."""

    PASSWORD = "password"
    SMS = "sms"
    EMAIL = "email"
    WEBAUTHN = "webauthn"


class AuthenticatorClass(StrEnum):
    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


class Acr(StrEnum):
    """Authentication context class references this server can assert."""

    ONE_FACTOR = "urn:ostiary:acr:1fa"
    MFA = "urn:ostiary:acr:mfa"


# RFC 8176 §2 registers `pwd`, `sms`, `hwk` and `mfa`; `email` is the hosted services' word for a code by e-mail.
AMR = {Kind.PASSWORD: "pwd", Kind.SMS: "sms", Kind.EMAIL: "email", Kind.WEBAUTHN: "hwk"}

# A mailbox that can reset the password says nothing that the password does not (NIST SP 800-63B-4 §3.1.3.1).
_RESETTABLE_BY = {Kind.EMAIL: Kind.PASSWORD}


class Proof(Struct, frozen=True, kw_only=True):
    """One credential, proved in one session: first and most recently.

    `user_verified`: its authenticator had asked for a PIN or a fingerprint, the last time.
    """

    credential: CredentialId
    kind: Kind
    authenticator: AuthenticatorClass
    channel: Channel | None
    first_at: Instant
    last_at: Instant
    ip: str | None = None
    user_verified: bool = False


class AssurancePolicy(Struct, frozen=True):
    """`passkey_is_mfa`: one that verified its user is what they have and what they know, or are (WA-4)."""

    require_independent: bool = False
    passkey_is_mfa: bool = False


class Assurance(Struct, frozen=True):
    """What may be said of a session. `auth_time`: the newest proof that the `acr` rests on."""

    acr: Acr
    amr: tuple[str, ...]
    auth_time: Instant
    factors: tuple[Proof, ...]


def assess(proofs: tuple[Proof, ...], policy: AssurancePolicy) -> Assurance:
    """What these proofs, at least one, amount to.

    `amr` names `mfa` first where it holds, then the second factors, newest first, then the primary one.
    """
    primary, *others = proofs
    others.sort(key=lambda proof: proof.last_at, reverse=True)
    methods = tuple(dict.fromkeys(AMR[proof.kind] for proof in (*others, primary)))
    mfa = _independent_kinds(proofs, policy) >= 2 or any(_is_both(p, policy) for p in proofs)
    return Assurance(
        acr=Acr.MFA if mfa else Acr.ONE_FACTOR,
        amr=("mfa", *methods) if mfa else methods,
        auth_time=max(proof.last_at for proof in proofs),
        factors=proofs,
    )


def completes_mfa(proofs: tuple[Proof, ...], kind: Kind, policy: AssurancePolicy) -> bool:
    """Would a proof of this kind, beside these, amount to `mfa`?"""
    return len(_distinct({*(proof.kind for proof in proofs), kind}, policy)) >= 2


def second_factor_proved_at(proofs: tuple[Proof, ...], policy: AssurancePolicy) -> Instant | None:
    """When a factor beside the primary one was last proved, or one that is both."""
    seconds = (*proofs[1:], *(proof for proof in proofs[:1] if _is_both(proof, policy)))
    return max((proof.last_at for proof in seconds), default=None)


def with_proof(proofs: tuple[Proof, ...], new: Proof) -> tuple[Proof, ...]:
    """These and the new one; proving a credential again moves its `last_at`, and says how that went."""
    if all(proof.credential != new.credential for proof in proofs):
        return (*proofs, new)
    return tuple(
        Proof(
            credential=proof.credential,
            kind=proof.kind,
            authenticator=proof.authenticator,
            channel=proof.channel,
            first_at=proof.first_at,
            last_at=new.last_at,
            ip=new.ip,
            user_verified=new.user_verified,
        )
        if proof.credential == new.credential
        else proof
        for proof in proofs
    )


def _is_both(proof: Proof, policy: AssurancePolicy) -> bool:
    return policy.passkey_is_mfa and proof.kind is Kind.WEBAUTHN and proof.user_verified


def _independent_kinds(proofs: tuple[Proof, ...], policy: AssurancePolicy) -> int:
    return len(_distinct({proof.kind for proof in proofs}, policy))


def _distinct(kinds: set[Kind], policy: AssurancePolicy) -> set[Kind]:
    if not policy.require_independent:
        return kinds
    return {kind for kind in kinds if _RESETTABLE_BY.get(kind) not in kinds}


_PROOFS = msgspec.json.Decoder(tuple[Proof, ...])


def read_proofs(kept: bytes) -> tuple[Proof, ...]:
    return _PROOFS.decode(kept)
