"""People and their contact points."""

from typing import Any

import msgspec
from msgspec import Struct

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant


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


class User(Struct, frozen=True, kw_only=True):
    """`failures`: wrong answers in a row, over every credential; `locked_until` set when too many."""

    id: UserId
    profile: Profile
    created_at: Instant
    updated_at: Instant
    last_login_at: Instant | None = None
    last_login_type: str | None = None
    failures: int = 0
    locked_until: Instant | None = None
    email: EmailAddress | None = None
    email_verified_at: Instant | None = None
    phone_number: PhoneNumber | None = None
    phone_verified_at: Instant | None = None

    def has_verified(self, channel: Channel, address: str) -> bool:
        if channel is Channel.EMAIL:
            return self.email == address and self.email_verified_at is not None
        return self.phone_number == address and self.phone_verified_at is not None


def read_profile(body: bytes) -> Profile:
    return msgspec.json.decode(body, type=Profile)
