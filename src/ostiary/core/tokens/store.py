import msgspec

from ostiary.terms.assurance import Proof, read_proofs
from ostiary.terms.ids import ClientId, GrantId, SessionId, UserId
from ostiary.terms.time import Instant

from ..clients.model import AuthorizationRequest
from ..work import Row, Work
from .model import Grant

GET = "SELECT * FROM grants WHERE id = :id"
LOCK = GET + " FOR NO KEY UPDATE"
ADD = """
INSERT INTO grants
    (id, user_id, client_id, session_id, request, proofs, code_digest, code_expires_at, expires_at)
VALUES
    (:id, :user_id, :client_id, :session_id, :request, :proofs, :code_digest, :code_expires_at, :expires_at)
"""
REDEEM = """
UPDATE grants SET redeemed_at = :now, family_digest = :family, refresh_digest = :refresh
WHERE id = :id AND redeemed_at IS NULL AND revoked_at IS NULL
"""
ROTATE = """
UPDATE grants SET refresh_digest = :new
WHERE id = :id AND refresh_digest = :old AND revoked_at IS NULL
"""
OF_USER = """
SELECT * FROM grants WHERE user_id = :user AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""
KEEP_PROOFS = "UPDATE grants SET proofs = :proofs WHERE id = :id"
REVOKE_OF_USER = """
UPDATE grants SET revoked_at = :now WHERE user_id = :user AND revoked_at IS NULL AND id <> :besides
"""
REVOKE_OF_SESSION = """
UPDATE grants SET revoked_at = :now
WHERE user_id = :user AND session_id = :session AND revoked_at IS NULL
"""
VOID_CODES = """
UPDATE grants SET revoked_at = :now
WHERE user_id = :user AND session_id = :session AND redeemed_at IS NULL AND revoked_at IS NULL
"""
REVOKE_OF_CLIENT = """
UPDATE grants SET revoked_at = :now WHERE client_id = :client AND revoked_at IS NULL
"""
ADD_UNATTENDED = """
INSERT INTO client_tokens (id, client_id, expires_at) VALUES (:id, :client, :expires_at)
"""
UNATTENDED_LIVES = "SELECT id FROM client_tokens WHERE id = :id"
REVOKE_UNATTENDED = "DELETE FROM client_tokens WHERE id = :id"
SWEEP_UNATTENDED = """
DELETE FROM client_tokens WHERE id IN (
    SELECT id FROM client_tokens WHERE expires_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""
SWEEP = """
DELETE FROM grants WHERE id IN (
    SELECT id FROM grants WHERE expires_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""
REVOKE = "UPDATE grants SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL"
REVOKE_ALL = """
UPDATE grants SET revoked_at = :now
WHERE user_id = :user AND client_id = :client AND revoked_at IS NULL
"""


def _grant(row: Row | None) -> Grant | None:
    if row is None:
        return None
    return Grant(
        **{
            **row,
            "request": msgspec.json.decode(row["request"], type=AuthorizationRequest),
            "proofs": read_proofs(row["proofs"]),
        }
    )


async def get(work: Work, id: GrantId) -> Grant | None:
    return _grant(await work.sql.one(GET, id=id))


async def lock(work: Work, id: GrantId) -> Grant | None:
    return _grant(await work.sql.one(LOCK, id=id))


async def add(work: Work, grant: Grant) -> None:
    await work.sql.run(
        ADD,
        id=grant.id,
        user_id=grant.user_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        request=msgspec.json.encode(grant.request),
        proofs=msgspec.json.encode(grant.proofs),
        code_digest=grant.code_digest,
        code_expires_at=grant.code_expires_at,
        expires_at=grant.expires_at,
    )


async def redeem(work: Work, id: GrantId, family: bytes | None, refresh: bytes | None) -> bool:
    """True for exactly one caller."""
    redeemed = await work.sql.run(REDEEM, id=id, now=work.now, family=family, refresh=refresh)
    return redeemed == 1


async def rotate(work: Work, id: GrantId, old: bytes, new: bytes) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(ROTATE, id=id, old=old, new=new) == 1


async def revoke(work: Work, id: GrantId) -> bool:
    return await work.sql.run(REVOKE, id=id, now=work.now) == 1


async def revoke_all(work: Work, user: UserId, client: ClientId, now: Instant) -> int:
    return await work.sql.run(REVOKE_ALL, user=user, client=client, now=now)


async def sweep(work: Work, before: Instant) -> int:
    """Forget the grants that ended before this instant."""
    return await work.sql.run(SWEEP, before=before)


async def of_user(work: Work, user: UserId) -> tuple[Grant, ...]:
    """Those that live, locked."""
    rows = await work.sql.all(OF_USER, user=user)
    return tuple(grant for grant in map(_grant, rows) if grant is not None)


async def keep_proofs(work: Work, id: GrantId, proofs: tuple[Proof, ...]) -> None:
    await work.sql.run(KEEP_PROOFS, id=id, proofs=msgspec.json.encode(proofs))


async def revoke_of_user(work: Work, user: UserId, besides: GrantId | None) -> int:
    """Every grant of the user but one."""
    return await work.sql.run(REVOKE_OF_USER, user=user, now=work.now, besides=besides or "")


async def revoke_of_session(work: Work, user: UserId, session: SessionId) -> int:
    """Every grant that was given in this session."""
    return await work.sql.run(REVOKE_OF_SESSION, user=user, session=session, now=work.now)


async def void_codes(work: Work, user: UserId, session: SessionId) -> int:
    """Every code that was given in this session and that nobody has redeemed yet."""
    return await work.sql.run(VOID_CODES, user=user, session=session, now=work.now)


async def revoke_of_client(work: Work, client: ClientId) -> int:
    """Every grant that anybody gave this client."""
    return await work.sql.run(REVOKE_OF_CLIENT, client=client, now=work.now)


async def add_unattended(work: Work, id: str, client: ClientId, expires_at: Instant) -> None:
    """A token that no user gave: it is gone when it is revoked, or when its client is."""
    await work.sql.run(ADD_UNATTENDED, id=id, client=client, expires_at=expires_at)


async def unattended_lives(work: Work, id: str) -> bool:
    return await work.sql.one(UNATTENDED_LIVES, id=id) is not None


async def revoke_unattended(work: Work, id: str) -> None:
    await work.sql.run(REVOKE_UNATTENDED, id=id)


async def sweep_unattended(work: Work, before: Instant) -> int:
    return await work.sql.run(SWEEP_UNATTENDED, before=before)
