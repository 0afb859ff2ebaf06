"""A person as operators write them, whole or in part, and as they are shown."""

from typing import Any

import msgspec
from msgspec.structs import replace

from ostiary.core import login
from ostiary.core.administration.model import Account
from ostiary.core.projects.model import PasswordPolicy
from ostiary.core.users.model import User
from ostiary.terms.merge_patch import patched

from ..checking import checked
from .users import Contacts, FactorSection, account_from


class Person(Contacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be said of a person: where to reach them, and the standard claims (OpenID Connect Core 1.0 §5.1)."""

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


class PersonPatch(Person, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`locked_until`: null lifts a lock, and is all that can be said of it."""

    password: str | None = None
    locked_until: None = None


class NewPerson(Person, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: str | None = None
    mfa: tuple[FactorSection, ...] = ()


def said_of(user: User) -> dict[str, Any]:
    """As it would be written."""
    return {
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "phone_number": user.phone_number,
        "phone_number_verified": user.phone_verified_at is not None,
        **msgspec.structs.asdict(user.profile),
    }


def person_patched(user: User, patch: dict[str, Any]) -> tuple[PersonPatch, Account]:
    """The person after a merge patch. Another address is not verified unless that is said as well."""
    body = checked(patched(said_of(user), patch), PersonPatch)
    account = account_from(body)
    if account.email != user.email and "email_verified" not in patch:
        account = replace(account, email_verified=False)
    if account.phone_number != user.phone_number and "phone_number_verified" not in patch:
        account = replace(account, phone_verified=False)
    return body, account


def check_password(password: str, policy: PasswordPolicy, account: Account) -> None:
    """A failure where the policy does not take it for this person."""
    words = (account.email, account.phone_number, account.profile.full_name)
    login.check_new_password(password, policy, *(word for word in words if word))
