"""People as the applications of a project keep them, and how they look for them."""

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from ostiary.terms.contact import EmailAddress, PhoneNumber
from ostiary.terms.ids import UserId

from ..proving.model import Dossier


class Annotations(Struct, frozen=True, kw_only=True):
    """What applications keep with a user. `untrusted`: what its user may change, too."""

    trusted: dict[str, Any] = field(default_factory=dict)
    untrusted: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


class Changes(Struct, frozen=True, kw_only=True):
    """What is to be different; None leaves a thing as it is. In metadata, null takes a member away."""

    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    trusted: dict[str, Any] | None = None
    untrusted: dict[str, Any] | None = None
    roles: tuple[str, ...] | None = None
    external_id: str | None = None


class Newcomer(Struct, frozen=True, kw_only=True):
    """Somebody new. `pending`: until a first proof."""

    email: EmailAddress | None = None
    email_verified: bool = False
    phone_number: PhoneNumber | None = None
    phone_verified: bool = False
    pending: bool = False
    said: Changes = Changes()


class Sought(StrEnum):
    """What a user may be looked for by."""

    NOTHING = "nothing"  # that anybody here has
    CREATED_AFTER = "created after"
    CREATED_BEFORE = "created before"
    CREATED_BETWEEN = "created between"
    PENDING = "pending"
    ACTIVE = "active"
    ID = "id"
    EXTERNAL_ID = "external id"
    NAME_LIKE = "name like"
    EMAIL = "email"
    EMAIL_ID = "email id"
    EMAIL_LIKE = "email like"
    EMAIL_VERIFIED = "email verified"
    EMAIL_UNVERIFIED = "email unverified"
    PHONE = "phone"
    PHONE_ID = "phone id"
    PHONE_LIKE = "phone like"
    PHONE_VERIFIED = "phone verified"
    PHONE_UNVERIFIED = "phone unverified"
    PASSKEY_ID = "passkey id"
    PASSKEY = "passkey"
    APP_ID = "authenticator app id"
    APP = "authenticator app"
    APP_UNVERIFIED = "authenticator app unverified"
    PASSWORD = "password"
    NO_PASSWORD = "no password"


class Condition(Struct, frozen=True):
    """`values`: of several, any. What is `like` a text contains it."""

    sought: Sought
    values: tuple[str | int, ...] = ()


class Search(Struct, frozen=True, kw_only=True):
    """`every`: all conditions hold, else any. `beyond`: the last user of the page before."""

    conditions: tuple[Condition, ...] = ()
    every: bool = True
    beyond: UserId | None = None
    most: int = 100


class Found(Struct, frozen=True, kw_only=True):
    """One page, oldest user first; `total` of all pages, None of very many; `more`: this is not the last one."""

    users: tuple[Dossier, ...]
    total: int | None
    more: bool
