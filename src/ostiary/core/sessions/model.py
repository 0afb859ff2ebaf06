"""A session: who, by which proofs, until when."""

from typing import Any

from msgspec import Struct

from ostiary.terms.assurance import Proof
from ostiary.terms.ids import ClientId, SessionId, UserId
from ostiary.terms.time import Instant, Seconds


class Session(Struct, frozen=True, kw_only=True):
    id: SessionId
    user_id: UserId
    client_id: ClientId  # the client it came from
    digest: bytes  # of the secret that names it; a new one at every proof
    proofs: tuple[Proof, ...]
    started_at: Instant
    seen_at: Instant
    lifetime: Seconds  # how long each use keeps it alive; 0: none does, it ends when it was to end
    expires_at: Instant
    ended_at: Instant | None = None
    former_digest: bytes | None = None  # of the secret before, good for settings' grace
    former_until: Instant | None = None
    ip: str | None = None  # as the application said, of who it is for
    user_agent: str | None = None
    claims: bytes = b"{}"  # an application's own, a JSON object


class Asked(Struct, frozen=True, kw_only=True):
    """What an application wants of a session it keeps. `lifetime` None: as it is, and no session where none is.

    `claims`: a JSON merge patch of its own (RFC 7396). `ip`, `user_agent`: of the person, as it says.
    """

    lifetime: Seconds | None = None
    claims: dict[str, Any] | None = None
    ip: str | None = None
    user_agent: str | None = None


AS_IT_IS = Asked()
