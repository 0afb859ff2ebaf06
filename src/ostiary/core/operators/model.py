"""Administrators, the links that make them, and their sessions."""

from enum import StrEnum

from msgspec import Struct

from ostiary.terms.time import Instant

SET_UP_PATH = "/console/set-up/"  # of the server; the link's token follows


class Removal(StrEnum):
    DONE = "done"
    UNKNOWN = "unknown"
    LAST = "last"  # who is left alone cannot be removed: nobody could come in


class Administrator(Struct, frozen=True, kw_only=True):
    """`sealed`: the secret of their authenticator app; `last_step`: of the code that was used last."""

    id: str
    email: str
    password: bytes  # as its factor keeps it
    sealed: bytes
    last_step: int
    created_at: Instant


class Invitation(Struct, frozen=True, kw_only=True):
    """A set-up link that is still good. `secret`: for an authenticator app, not theirs until proved."""

    email: str
    secret: bytes


class Invited(Struct, frozen=True, kw_only=True):
    """Somebody has a set-up link that is still good."""

    email: str
    expires_at: Instant


class Attempt(Struct, frozen=True, kw_only=True):
    """Somebody tries to get in, and it was counted. `administrator`: whose address it is, if anybody's."""

    email: str
    ip: str
    administrator: Administrator | None


class Session(Struct, frozen=True, kw_only=True):
    """`confirmed_at`: when a code of the authenticator app was last right."""

    id: str
    administrator_id: str
    email: str
    digest: bytes
    started_at: Instant
    seen_at: Instant
    confirmed_at: Instant


class Passkey(Struct, frozen=True, kw_only=True):
    """One of an administrator's. `address`: the id its authenticator gave it; `state`: as its factor keeps it."""

    id: str
    administrator_id: str
    address: str
    state: bytes
    created_at: Instant
    used_at: Instant | None


class Purpose(StrEnum):
    """What a browser is asked for a passkey for."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    REGISTER = "register"


class Question(Struct, frozen=True, kw_only=True):
    """Asked, and not answered yet. `administrator_id`: None where nobody is signed in. `name`: of a new passkey."""

    id: str
    digest: bytes
    purpose: str
    administrator_id: str | None
    name: str
    expires_at: Instant


class Wanted(Struct, frozen=True, kw_only=True):
    """What the browser is told. `known`: ids of passkeys, in base64url: to be used, or not to be made again."""

    challenge: str
    relying_party: str
    known: tuple[str, ...] = ()


class Creation(Wanted, frozen=True, kw_only=True):
    """And for a new one. `handle`: what it will say of its owner, in base64url."""

    relying_party_name: str
    handle: str
    owner: str
    algorithms: tuple[int, ...]
