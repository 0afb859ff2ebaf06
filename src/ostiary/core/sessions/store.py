import msgspec

from ostiary.terms.assurance import Proof, read_proofs
from ostiary.terms.ids import SessionId, UserId
from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import Session

GET = "SELECT * FROM sessions WHERE id = :id"
ADD = """
INSERT INTO sessions
    (id, user_id, client_id, digest, proofs, started_at, seen_at, lifetime, expires_at, ip, user_agent, claims)
VALUES
    (:id, :user_id, :client_id, :digest, :proofs, :started_at, :seen_at, :lifetime, :expires_at, :ip,
     :user_agent, :claims)
"""
RAISE = """
UPDATE sessions SET proofs = :proofs, digest = :digest, seen_at = :now, expires_at = :expires_at,
    claims = :claims, former_digest = :before, former_until = :until
WHERE id = :id AND digest = :before AND ended_at IS NULL
"""
RENEW = "UPDATE sessions SET seen_at = :now, expires_at = :expires_at WHERE id = :id"
USED = """
UPDATE sessions SET seen_at = :now, expires_at = :expires_at, claims = :claims
WHERE id = :id AND ended_at IS NULL
"""
LOCK = "SELECT * FROM sessions WHERE id = :id FOR NO KEY UPDATE"
OF_USER = """
SELECT * FROM sessions WHERE user_id = :user AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""
UNENDED = """
SELECT * FROM sessions WHERE user_id = :user AND ended_at IS NULL AND expires_at > :now ORDER BY id DESC
"""
KEEP_PROOFS = "UPDATE sessions SET proofs = :proofs WHERE id = :id"
END_ALL = """
UPDATE sessions SET ended_at = :now WHERE user_id = :user AND ended_at IS NULL AND id <> :besides
"""
SWEEP = """
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE expires_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""
END = "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"


def _session(row: Row) -> Session:
    return Session(**{**row, "proofs": read_proofs(row["proofs"])})


async def get(work: Work, id: SessionId) -> Session | None:
    row = await work.sql.one(GET, id=id)
    return None if row is None else _session(row)


async def of_user(work: Work, user: UserId) -> tuple[Session, ...]:
    """Those not ended, locked."""
    return tuple(_session(row) for row in await work.sql.all(OF_USER, user=user))


async def unended(work: Work, user: UserId) -> tuple[Session, ...]:
    """Those that neither end nor time has closed, newest first."""
    rows = await work.sql.all(UNENDED, user=user, now=work.now)
    return tuple(_session(row) for row in rows)


async def keep_proofs(work: Work, id: SessionId, proofs: tuple[Proof, ...]) -> None:
    await work.sql.run(KEEP_PROOFS, id=id, proofs=msgspec.json.encode(proofs))


async def end_all(work: Work, user: UserId, besides: SessionId | None) -> int:
    """Every session of the user but one."""
    return await work.sql.run(END_ALL, user=user, now=work.now, besides=besides or "")


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
        ip=session.ip,
        user_agent=session.user_agent,
        claims=session.claims,
    )


async def lock(work: Work, id: SessionId) -> Session | None:
    row = await work.sql.one(LOCK, id=id)
    return None if row is None else _session(row)


async def raise_to(work: Work, session: Session, raised: Session) -> bool:
    """False where another unit of work changed the session's secret first."""
    touched = await work.sql.run(
        RAISE,
        id=session.id,
        before=session.digest,
        proofs=msgspec.json.encode(raised.proofs),
        digest=raised.digest,
        now=work.now,
        expires_at=raised.expires_at,
        claims=raised.claims,
        until=raised.former_until,
    )
    return touched == 1


async def used(work: Work, session: Session) -> None:
    await work.sql.run(
        USED,
        id=session.id,
        now=work.now,
        expires_at=session.expires_at,
        claims=session.claims,
    )


async def renew(work: Work, id: SessionId, expires_at: Instant) -> None:
    await work.sql.run(RENEW, id=id, now=work.now, expires_at=expires_at)


async def end(work: Work, id: SessionId) -> bool:
    return await work.sql.run(END, id=id, now=work.now) == 1


async def sweep(work: Work, before: Instant) -> int:
    """Forget what ended before this instant."""
    return await work.sql.run(SWEEP, before=before)
