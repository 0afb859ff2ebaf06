"""How sure we are of who this is: the one place where it is computed.

AMR after RFC 8176, ACR and `auth_time` after OpenID Connect Core 1.0 §2, the idea of assurance levels
after NIST SP 800-63B-4 §2. Levels are predicates over sets of proofs, not rungs of a ladder.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .contact import Channel
from .ids import CredentialId
from .time import Instant


class Kind(StrEnum):
    """What sort of authenticator a credential is."""

    PASSWORD = "password"
    SMS = "sms"
    EMAIL = "email"
    WEBAUTHN = "webauthn"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMBEDDED_LINK = "embedded_link"  # of an application, which vouches for who opened it


class AuthenticatorClass(StrEnum):
    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


class Acr(StrEnum):
    """Authentication context class references this server can assert."""

    ONE_FACTOR = "urn:ostiary:acr:1fa"
    MFA = "urn:ostiary:acr:mfa"


# RFC 8176 §2 registers `pwd`, `sms`, `hwk`, `otp` and `mfa`; `email` is the hosted services' word for a code by
# e-mail. What only gets somebody back in, or is another's word, has none.
AMR = {
    Kind.PASSWORD: "pwd",
    Kind.SMS: "sms",
    Kind.EMAIL: "email",
    Kind.WEBAUTHN: "hwk",
    Kind.TOTP: "otp",
}

# A mailbox that can reset the password says nothing that the password does not (NIST SP 800-63B-4 §3.1.3.1).
_RESETTABLE_BY = {Kind.EMAIL: Kind.PASSWORD}


class Proof(Struct, frozen=True, kw_only=True):
    """One credential, proved in one session: first and most recently.

    `user_verified`: its authenticator had asked for a PIN or a fingerprint, the last time. `link`: what was
    answered was a link, not a code; that is told apart.
    """

    credential: CredentialId
    kind: Kind
    authenticator: AuthenticatorClass
    channel: Channel | None
    first_at: Instant
    last_at: Instant
    ip: str | None = None
    user_verified: bool = False
    link: bool = False

    def same_as(self, other: "Proof") -> bool:
        return self.credential == other.credential and self.link == other.link


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
    methods = dict.fromkeys(AMR[p.kind] for p in (*others, primary) if p.kind in AMR)
    rests_on = tuple(proof for proof in proofs if proof.kind in AMR) or proofs
    mfa = _independent_kinds(proofs, policy) >= 2 or any(_is_both(p, policy) for p in proofs)
    return Assurance(
        acr=Acr.MFA if mfa else Acr.ONE_FACTOR,
        amr=("mfa", *methods) if mfa else tuple(methods),
        auth_time=max(proof.last_at for proof in rests_on),
        factors=proofs,
    )


def completes_mfa(proofs: tuple[Proof, ...], kind: Kind, policy: AssurancePolicy) -> bool:
    """Would a proof of this kind, beside these, amount to `mfa`?"""
    return _count({*(proof.kind for proof in proofs), kind}, policy) >= 2


def second_factor_proved_at(proofs: tuple[Proof, ...], policy: AssurancePolicy) -> Instant | None:
    """When a factor beside the primary one was last proved, or one that is both. What is no method is none."""
    methods = [proof for proof in proofs if proof.kind in AMR]
    seconds = (*methods[1:], *(proof for proof in methods[:1] if _is_both(proof, policy)))
    return max((proof.last_at for proof in seconds), default=None)


def with_proof(proofs: tuple[Proof, ...], new: Proof) -> tuple[Proof, ...]:
    """These and the new one; proving a credential again moves its `last_at`, and says how that went."""
    if not any(proof.same_as(new) for proof in proofs):
        return (*proofs, new)
    return tuple(
        replace(new, first_at=proof.first_at) if proof.same_as(new) else proof for proof in proofs
    )


def _is_both(proof: Proof, policy: AssurancePolicy) -> bool:
    return policy.passkey_is_mfa and proof.kind is Kind.WEBAUTHN and proof.user_verified


def _independent_kinds(proofs: tuple[Proof, ...], policy: AssurancePolicy) -> int:
    return _count({proof.kind for proof in proofs}, policy)


def _count(kinds: set[Kind], policy: AssurancePolicy) -> int:
    """How many of them say something that the others do not. What is no method says nothing (REC-7)."""
    methods = kinds & AMR.keys()
    if policy.require_independent:
        methods = {kind for kind in methods if _RESETTABLE_BY.get(kind) not in methods}
    return len(methods)


_PROOFS = msgspec.json.Decoder(tuple[Proof, ...])


def read_proofs(kept: bytes) -> tuple[Proof, ...]:
    return _PROOFS.decode(kept)
