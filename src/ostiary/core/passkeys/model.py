"""Passkeys as their owners see them, and what a browser is asked to make or to use one with."""

from typing import NamedTuple

from msgspec import Struct

from ostiary.terms.assurance import Proof
from ostiary.terms.contact import EmailAddress, PhoneNumber
from ostiary.terms.ids import CredentialId, TransactionId
from ostiary.terms.time import Instant

from ..users.model import Profile, User


class Passkey(Struct, frozen=True, kw_only=True):
    id: CredentialId
    name: str
    aaguid: str  # says which product made it, where it says anything
    created_at: Instant
    used_at: Instant | None


class Known(Struct, frozen=True, kw_only=True):
    """A passkey that a browser is told of: the id its authenticator gave it, in base64url."""

    id: str
    transports: tuple[str, ...]


class Owner(Struct, frozen=True, kw_only=True):
    """Whom a new passkey is for. `handle`: what it will say of its owner, in base64url."""

    handle: str
    name: str
    display_name: str


class Creation(Struct, frozen=True, kw_only=True):
    """Options for `navigator.credentials.create()`. `name`: the passkey's own."""

    challenge: str
    relying_party: str  # its RP ID
    relying_party_name: str
    owner: Owner
    algorithms: tuple[int, ...]  # COSE's numbers, the first liked best
    excluded: tuple[Known, ...]
    verify_user: bool
    name: str


class Request(Struct, frozen=True, kw_only=True):
    """Options for `navigator.credentials.get()`. `allowed`: ids, none where any passkey will do."""

    challenge: str
    relying_party: str
    allowed: tuple[str, ...]
    verify_user: bool


class Shown(NamedTuple):
    """A passkey was used as it was asked to be."""

    user: User
    proof: Proof


class Newcomer(Struct, frozen=True, kw_only=True):
    """Who signs up with a passkey."""

    profile: Profile
    email: EmailAddress | None = None
    phone_number: PhoneNumber | None = None


class Pending(Struct, frozen=True, kw_only=True):
    """What a ceremony remembers until its answer comes. `recovery`: whose code allowed it.

    `handle`: what the passkey will say of its owner, where that is not made of their id. `agent`: the browser.
    """

    relying_party: str
    origins: tuple[str, ...]
    verify_user: bool
    name: str = ""
    handle: bytes = b""
    agent: str = ""
    newcomer: Newcomer | None = None
    recovery: TransactionId | None = None
