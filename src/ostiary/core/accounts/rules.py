"""What may be kept with a user, and which of their addresses may go."""

from typing import Any

import msgspec

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed

from ..proving import addresses
from ..proving.model import Address, Dossier
from ..users.model import Profile, User
from .model import Annotations, Changes

MOST_KEYS = 20
LARGEST = 4096  # bytes
_FACTORS = (Kind.PASSWORD, Kind.TOTP, Kind.WEBAUTHN)


def annotations(user: User) -> Annotations:
    return msgspec.json.decode(user.metadata, type=Annotations)


def annotated(kept: Annotations, changes: Changes) -> Annotations:
    return Annotations(
        trusted=merged(kept.trusted, changes.trusted, "trusted_metadata"),
        untrusted=merged(kept.untrusted, changes.untrusted, "untrusted_metadata"),
        roles=kept.roles if changes.roles is None else tuple(dict.fromkeys(changes.roles)),
    )


def merged(kept: dict[str, Any], changes: dict[str, Any] | None, field: str) -> dict[str, Any]:
    """At the top level alone: a member is replaced whole, and null takes it away."""
    if changes is None:
        return kept
    both = {**kept, **changes}
    after = {name: value for name, value in both.items() if changes.get(name, 0) is not None}
    if len(after) > MOST_KEYS:
        raise Malformed("metadata_too_many_keys", field=field)
    if len(msgspec.json.encode(after)) > LARGEST:
        raise Malformed("metadata_too_large", field=field)
    return after


def named(profile: Profile, changes: Changes) -> Profile:
    """The profile with these names; an empty one takes a name away."""
    given = {
        name: value or None
        for name in ("given_name", "middle_name", "family_name")
        if (value := getattr(changes, name)) is not None
    }
    return msgspec.structs.replace(profile, **given)


def names(changes: Changes) -> tuple[str | None, ...]:
    return changes.given_name, changes.middle_name, changes.family_name


def check_removable(dossier: Dossier, address: Address) -> None:
    """Somebody who has no address left is found by nobody; nor is a password without an e-mail address any use."""
    left = [other for other in _own(dossier) if other.id != address.id]
    if not left:
        raise Malformed("last_address")
    mailboxes = [other for other in left if other.channel is Channel.EMAIL]
    if address.channel is Channel.EMAIL and not mailboxes and dossier.of_kind(Kind.PASSWORD):
        raise Malformed("email_of_password")


def only_address(dossier: Dossier) -> Address:
    """The one factor that the user has."""
    factors = [one for kind in _FACTORS for one in dossier.of_kind(kind)]
    own = _own(dossier)
    if factors or len(own) != 1:
        raise Malformed("several_factors")
    return own[0]


def _own(dossier: Dossier) -> list[Address]:
    """Without those that still wait for their proof: they are nobody's."""
    return [address for address in addresses(dossier) if address.tentative is None]
