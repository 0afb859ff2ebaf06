import msgspec

from ostiary.terms.assurance import Proof
from ostiary.terms.ids import SessionId
from ostiary.terms.time import Instant

from ..work import Work
from .model import Session

GET = "SELECT * FROM sessions WHERE id = :id"
ADD = """
INSERT INTO sessions
    (id, user_id, client_id, digest, proofs, started_at, seen_at, lifetime, expires_at)
VALUES (:id, :user_id, :client_id, :digest, :proofs, :started_at, :seen_at, :lifetime, :expires_at)
"""
RAISE = """
UPDATE sessions SET proofs = :proofs, digest = :digest, seen_at = :now, expires_at = :expires_at
WHERE id = :id AND digest = :before AND ended_at IS NULL
"""
RENEW = "UPDATE sessions SET seen_at = :now, expires_at = :expires_at WHERE id = :id"
SWEEP = "DELETE FROM sessions WHERE expires_at < :before"
END = "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"


async def get(work: Work, id: SessionId) -> Session | None:
    row = await work.sql.one(GET, id=id)
    if row is None:
        return None
    proofs = msgspec.json.decode(row["proofs"], type=tuple[Proof, ...])
    return Session(**{**row, "proofs": proofs})


async def add(work: Work, session: Session) -> None:
    await work.sql.run(
        ADD,
        id=session.id,
        user_id=session.user_id,
        client_id=session.client_id,
        digest=session.digest,
        proofs=msgspec.json.encode(session.proofs),
        started_at=session.started_at,
        seen_at=session.seen_at,
        lifetime=session.lifetime,
        expires_at=session.expires_at,
    )


async def raise_to(
    work: Work, session: Session, proofs: tuple[Proof, ...], digest: bytes, expires_at: Instant
) -> bool:
    """False where another unit of work changed the session's secret first."""
    raised = await work.sql.run(
        RAISE,
        id=session.id,
        before=session.digest,
        proofs=msgspec.json.encode(proofs),
        digest=digest,
        now=work.now,
        expires_at=expires_at,
    )
    return raised == 1


async def renew(work: Work, id: SessionId, expires_at: Instant) -> None:
    await work.sql.run(RENEW, id=id, now=work.now, expires_at=expires_at)


async def end(work: Work, id: SessionId) -> bool:
    return await work.sql.run(END, id=id, now=work.now) == 1


async def sweep(work: Work, before: Instant) -> int:
    """Forget what ended before this instant."""
    return await work.sql.run(SWEEP, before=before)
