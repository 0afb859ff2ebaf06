"""A session: who, by which proofs, until when."""

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
    lifetime: Seconds  # how long each use keeps it alive
    expires_at: Instant
    ended_at: Instant | None = None
