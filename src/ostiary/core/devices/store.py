from ostiary.terms.ids import UserId

from ..work import Row, Work
from .model import Device

LOCK = "SELECT * FROM devices WHERE id = :id FOR NO KEY UPDATE"
OF_USER = "SELECT * FROM devices WHERE user_id = :user AND expires_at > :now ORDER BY id"
ADD = """
INSERT INTO devices (id, user_id, digest, created_at, used_at, expires_at, ip, country, user_agent)
VALUES (:id, :user_id, :digest, :created_at, :used_at, :expires_at, :ip, :country, :user_agent)
"""
USE = """
UPDATE devices SET digest = :new, spent_digest = :old, used_at = :now
WHERE id = :id AND digest = :old
"""
REMOVE = "DELETE FROM devices WHERE id = :id AND user_id = :user"
REMOVE_ALL = "DELETE FROM devices WHERE user_id = :user"
SWEEP = """
DELETE FROM devices WHERE id IN (
    SELECT id FROM devices WHERE expires_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""


def _device(row: Row) -> Device:
    return Device(**row)


async def lock(work: Work, id: str) -> Device | None:
    row = await work.sql.one(LOCK, id=id)
    return None if row is None else _device(row)


async def of_user(work: Work, user: UserId) -> tuple[Device, ...]:
    rows = await work.sql.all(OF_USER, user=user, now=work.now)
    return tuple(_device(row) for row in rows)


async def add(work: Work, device: Device) -> None:
    await work.sql.run(
        ADD,
        id=device.id,
        user_id=device.user_id,
        digest=device.digest,
        created_at=device.created_at,
        used_at=device.used_at,
        expires_at=device.expires_at,
        ip=device.ip,
        country=device.country,
        user_agent=device.user_agent,
    )


async def use(work: Work, id: str, old: bytes, new: bytes) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(USE, id=id, old=old, new=new, now=work.now) == 1


async def remove(work: Work, user: UserId, id: str) -> bool:
    return await work.sql.run(REMOVE, id=id, user=user) == 1


async def remove_all(work: Work, user: UserId) -> int:
    return await work.sql.run(REMOVE_ALL, user=user)


async def sweep(work: Work, before: int) -> int:
    """Forget what expired before this instant."""
    return await work.sql.run(SWEEP, before=before)
