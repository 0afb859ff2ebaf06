"""A browser that a user has chosen to trust: their password is enough there to log in."""

from msgspec import Struct

from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant


class Device(Struct, frozen=True, kw_only=True):
    """`spent_digest`: of the secret before the present one; whoever shows that has copied it (TD-3)."""

    id: str
    user_id: UserId
    digest: bytes
    created_at: Instant
    used_at: Instant
    expires_at: Instant
    spent_digest: bytes | None = None
    ip: str | None = None
    country: str | None = None  # where it was trusted; None: nobody could tell
    user_agent: str | None = None
