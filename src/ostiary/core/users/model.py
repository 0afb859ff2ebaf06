"""People and their contact points."""

import unicodedata
from typing import Any

import msgspec
from msgspec import Struct

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant


def folded(text: str) -> str:
    """One spelling for what reads the same, whatever its case."""
    return unicodedata.normalize("NFKC", text).casefold()


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Standard claims (OpenID Connect Core 1.0 §5.1) a person may give of themselves, and the free ones."""

    given_name: str | None = None
    family_name: str | None = None
    middle_name: str | None = None
    name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    picture: str | None = None
    locale: str | None = None
    address: dict[str, Any] | None = None
    custom_fields: dict[str, Any] | None = None
    consents: dict[str, Any] | None = None

    @property
    def full_name(self) -> str | None:
        both = " ".join(part for part in (self.given_name, self.family_name) if part)
        return self.name or both or None

    @property
    def names(self) -> str:
        """All of them, folded: what a search by name looks through."""
        parts = (self.given_name, self.middle_name, self.family_name, self.name)
        return folded(" ".join(part for part in parts if part))


class User(Struct, frozen=True, kw_only=True):
    """`failures`: wrong answers in a row, over every credential; `locked_until` set when too many.

    `pending`: 1 until a first proof, for who was created so. `external_id`, `metadata` (a JSON object): what
    applications keep with them.
    """

    id: UserId
    profile: Profile
    created_at: Instant
    updated_at: Instant
    last_login_at: Instant | None = None
    last_login_type: str | None = None
    failures: int = 0
    locked_at: Instant | None = None
    locked_until: Instant | None = None
    pending: int = 0
    external_id: str | None = None
    metadata: bytes = b"{}"
    email_id: str | None = None
    email: EmailAddress | None = None
    email_verified_at: Instant | None = None
    phone_id: str | None = None
    phone_number: PhoneNumber | None = None
    phone_verified_at: Instant | None = None
    ghost: bool = False  # nobody: nothing is sent, nothing is ever right

    def address(self, channel: Channel) -> str | None:
        return self.email if channel is Channel.EMAIL else self.phone_number

    def contact_id(self, channel: Channel) -> str | None:
        return self.email_id if channel is Channel.EMAIL else self.phone_id

    def contact_of(self, channel: Channel, address: str) -> str | None:
        """The contact point that has this address."""
        return self.contact_id(channel) if self.address(channel) == address else None

    def verified_at(self, channel: Channel) -> Instant | None:
        return self.email_verified_at if channel is Channel.EMAIL else self.phone_verified_at

    def has_verified(self, channel: Channel, address: str) -> bool:
        return self.address(channel) == address and self.verified_at(channel) is not None


class Contact(Struct, frozen=True, kw_only=True):
    """One address of a user; of several of a channel, one is the profile's."""

    id: str
    user_id: UserId
    channel: Channel
    address: str
    verified_at: Instant | None
    is_primary: int
    created_at: Instant


def read_profile(body: bytes) -> Profile:
    return msgspec.json.decode(body, type=Profile)
