"""What belongs to a user, and when something may be added to it."""

import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed, Refused, Unauthenticated
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Instant, Seconds

from .. import tokens
from ..credentials.model import Credential
from ..factors import OUT_OF_BAND
from ..projects.model import PasswordPolicy
from ..transactions.model import Kind as Begun
from ..transactions.model import Transaction
from ..users.model import Contact
from .model import Address, Attributes, Dossier, Matching

STRENGTH = 3  # zxcvbn's score, of 4
_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
ENOUGH = 2  # categories of factors
RECENT = Seconds(3600)  # since a factor was proved
FRESH = Seconds(300)  # how long a proof lets its session change the password


class Particulars(Struct, frozen=True, kw_only=True):
    """What a code or a link remembers of how it was asked for. `challenge`: of its proof key (RFC 7636)."""

    ip: str | None = None
    user_agent: str | None = None
    challenge: str | None = None


def particulars(transaction: Transaction) -> Particulars:
    return msgspec.json.decode(transaction.particulars or b"{}", type=Particulars)


class Owned(Protocol):
    @property
    def user_id(self) -> UserId: ...


T = TypeVar("T", bound=Owned)


def by_user(things: Iterable[T]) -> dict[UserId, tuple[T, ...]]:
    found: dict[UserId, tuple[T, ...]] = {}
    for thing in things:
        found[thing.user_id] = (*found.get(thing.user_id, ()), thing)
    return found


def channel_of(address: str) -> Channel:
    return Channel.EMAIL if "@" in address else Channel.SMS


def addresses(dossier: Dossier) -> tuple[Address, ...]:
    """Every address once: contact points, second factors that are none, and what waits for its code."""
    found = [_contact(dossier, contact) for contact in dossier.contacts]
    known = {address.text for address in found}
    found += [
        _factor(credential)
        for credential in dossier.of_kind(Kind.SMS)
        if credential.address not in known
    ]
    found += [tentative(begun) for begun in dossier.unfinished if begun.kind is Begun.ADD_CONTACT]
    return tuple(found)


def address_of(dossier: Dossier, channel: Channel, text: str) -> Address | None:
    return next((a for a in addresses(dossier) if a.channel is channel and a.text == text), None)


def address_by_id(dossier: Dossier, id: str) -> Address | None:
    """By its own id, or by that of the contact point that it is besides."""
    text = next((contact.address for contact in dossier.contacts if contact.id == id), None)
    return next((a for a in addresses(dossier) if a.id == id or a.text == text), None)


def tentative(begun: Transaction) -> Address:
    return Address(
        id=begun.id,
        user_id=begun.user_id,
        channel=channel_of(begun.about),
        text=begun.about,
        verified=False,
        tentative=begun,
    )


def unverified(dossier: Dossier, *, besides: Begun | None = None) -> bool:
    """Is there a factor that its user never proved? Then no other is added (M22).

    `besides`: what is begun anew, so that the one that waits for its proof is given up.
    """
    waiting = any(
        begun.kind is Begun.ADD_TOTP and begun.kind is not besides for begun in dossier.unfinished
    )
    return waiting or any(not address.verified for address in addresses(dossier))


def established(dossier: Dossier) -> bool:
    """Has the user somewhere to begin: a password, or an address that is theirs? Passkeys come after that."""
    if dossier.user.pending:
        return False
    return bool(dossier.of_kind(Kind.PASSWORD)) or any(
        address.verified for address in addresses(dossier)
    )


class Category(StrEnum):
    """Kinds of factor of which none gives another away. A password is in none: a mailbox resets it."""

    MAILBOX = "mailbox"
    PHONE = "phone"
    DEDICATED = "dedicated"


_CATEGORIES = {
    Kind.EMAIL: Category.MAILBOX,
    Kind.EMBEDDED_LINK: Category.MAILBOX,
    Kind.SMS: Category.PHONE,
    Kind.TOTP: Category.DEDICATED,
    Kind.WEBAUTHN: Category.DEDICATED,
}


def categories(kinds: Iterable[Kind]) -> frozenset[Category]:
    return frozenset(_CATEGORIES[kind] for kind in kinds if kind in _CATEGORIES)


def check_guarded(
    dossier: Dossier, proofs: tuple[Proof, ...], now: Instant, *, adding: Kind | None = None
) -> None:
    """May the holder of these proofs change what protects the account?

    With factors of two categories, one of any kind proved within the hour; recovery codes are neither (REC-7).
    Who has only one does it with that one, and may add a second without: one of another category, so that it is
    no way round the first.
    """
    registered = categories(
        (
            *(OUT_OF_BAND[one.channel].kind for one in addresses(dossier) if one.verified),
            *(credential.kind for credential in dossier.credentials),
        )
    )
    needed = min(ENOUGH, len(registered))
    if adding is not None and needed < ENOUGH and _CATEGORIES[adding] not in registered:
        needed = 0
    if len(categories(proof.kind for proof in proofs)) < needed:
        raise Unauthenticated("factors_insufficient")
    factors = (proof for proof in proofs if proof.kind is not Kind.RECOVERY_CODE)
    if not any(now - proof.last_at < RECENT for proof in factors):
        raise Unauthenticated("factors_stale")


def proof_of(
    address: Address, channel: Channel, now: Instant, ip: str | None, *, link: bool = False
) -> Proof:
    factor = OUT_OF_BAND[channel]
    return Proof(
        credential=CredentialId(address.id),
        kind=factor.kind,
        authenticator=factor.authenticator,
        channel=factor.channel,
        first_at=now,
        last_at=now,
        ip=ip,
        link=link,
    )


def check_challenge(challenge: str | None) -> None:
    """A proof key's challenge is the base64url of a SHA-256 (RFC 7636 §4.2)."""
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        raise Malformed("proof_key_malformed", field="code_challenge")


def unproved(sent: Particulars, verifier: str | None) -> Refused | None:
    """A verifier is demanded if, and only if, a challenge was given (RFC 9700 §4.8.2)."""
    if sent.challenge is None:
        return None if verifier is None else Refused("proof_key_unasked")
    if verifier is None:
        return Refused("proof_key_missing")
    proved = tokens.code_challenge(verifier)
    return (
        None
        if hmac.compare_digest(proved.encode(), sent.challenge.encode())
        else Refused("proof_key_wrong")
    )


def may_replace_password(proofs: tuple[Proof, ...], now: Instant) -> bool:
    """Was the password, or the mailbox that resets it, proved a moment ago?"""
    return any(
        proof.kind in (Kind.PASSWORD, Kind.EMAIL) and now <= proof.last_at + FRESH
        for proof in proofs
    )


def strong(policy: PasswordPolicy) -> PasswordPolicy:
    """What applications that keep the session themselves promise of passwords, whatever else is asked."""
    return replace(policy, min_strength=max(STRENGTH, policy.min_strength))


def leading(uri: str, query: str) -> str:
    """This page of the application, told this query string."""
    return f"{uri}{'&' if '?' in uri else '?'}{query}"


def match(sent: Particulars, now: Attributes, matching: Matching) -> bool:
    return (not matching.ip or sent.ip == now.ip) and (
        not matching.user_agent or sent.user_agent == now.user_agent
    )


def _contact(dossier: Dossier, contact: Contact) -> Address:
    """A second factor goes by its own id: what is proved of either is then one proof."""
    kind = OUT_OF_BAND[contact.channel].kind
    factor = next(
        (c for c in dossier.of_kind(kind) if c.address == contact.address or _profiles(c, contact)),
        None,
    )
    return Address(
        id=factor.id if factor else contact.id,
        user_id=contact.user_id,
        channel=contact.channel,
        text=contact.address,
        verified=contact.verified_at is not None or factor is not None,
        credential=factor,
    )


def _profiles(credential: Credential, contact: Contact) -> bool:
    """E-mail as a second factor is always the profile's own address."""
    return credential.kind is Kind.EMAIL and bool(contact.is_primary)


def _factor(credential: Credential) -> Address:
    return Address(
        id=credential.id,
        user_id=credential.user_id,
        channel=Channel.SMS,
        text=credential.address,
        verified=True,
        credential=credential,
    )
