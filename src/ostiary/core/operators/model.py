"""Administrators, the links that make them, and their sessions."""

from msgspec import Struct

from ostiary.terms.time import Instant


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
