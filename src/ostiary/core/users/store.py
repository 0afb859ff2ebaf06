import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant, Seconds

from ..work import Row, Work
from .model import Profile, User, read_profile

_SELECT = """
SELECT u.id, u.profile, u.created_at, u.updated_at, u.last_login_at, u.last_login_type,
    u.failures, u.locked_until,
    e.id AS email_id, e.address AS email, e.verified_at AS email_verified_at,
    p.id AS phone_id, p.address AS phone_number, p.verified_at AS phone_verified_at
FROM users u
LEFT JOIN contacts e ON e.user_id = u.id AND e.channel = 'email' AND e.is_primary = 1
LEFT JOIN contacts p ON p.user_id = u.id AND p.channel = 'sms' AND p.is_primary = 1
"""
BY_ID = _SELECT + "WHERE u.id = :id"
LOCK = _SELECT + "WHERE u.id = :id FOR NO KEY UPDATE OF u"
BY_CONTACT = (
    _SELECT
    + """
WHERE u.id = (SELECT user_id FROM contacts WHERE channel = :channel AND address = :address)
"""
)
NEWEST = _SELECT + "ORDER BY u.id DESC LIMIT :most"
OLDER = _SELECT + "WHERE u.id < :before ORDER BY u.id DESC LIMIT :most"
ADD = """
INSERT INTO users (id, profile, created_at, updated_at, failures)
VALUES (:id, :profile, :now, :now, 0)
"""
ADD_CONTACT = """
INSERT INTO contacts (id, user_id, channel, address, verified_at, is_primary, created_at)
VALUES (:id, :user, :channel, :address, :verified_at, :is_primary, :now)
ON CONFLICT (channel, address) DO NOTHING
"""
VERIFY_CONTACT = """
UPDATE contacts SET verified_at = :now
WHERE user_id = :user AND channel = :channel AND address = :address AND verified_at IS NULL
"""
MOVE_CONTACT = """
UPDATE contacts SET address = :address, verified_at = :verified_at
WHERE id = :id AND NOT EXISTS (
    SELECT 1 FROM contacts other
    WHERE other.channel = contacts.channel AND other.address = :address AND other.id <> :id
)
"""
DROP_CONTACT = "DELETE FROM contacts WHERE id = :id"
UPDATE_PROFILE = "UPDATE users SET profile = :profile, updated_at = :now WHERE id = :id"
TOUCH = "UPDATE users SET updated_at = :now WHERE id = :id"
UNLOCK = "UPDATE users SET failures = 0, locked_until = NULL WHERE id = :id"
REMOVE = "DELETE FROM users WHERE id = :id"
LOGGED_IN = "UPDATE users SET last_login_at = :now, last_login_type = :type WHERE id = :id"
COUNT_FAILURE = """
UPDATE users SET
    failures = CASE WHEN locked_until <= :now THEN 1 ELSE failures + 1 END,
    locked_until = CASE
        WHEN locked_until > :now THEN locked_until
        WHEN (CASE WHEN locked_until <= :now THEN 1 ELSE failures + 1 END) >= :allowed THEN :until
    END
WHERE id = :id
RETURNING failures, locked_until
"""
FORGIVE = """
UPDATE users SET failures = CASE WHEN failures > :count THEN failures - :count ELSE 0 END,
    locked_until = NULL
WHERE id = :id
"""


def _user(row: Row) -> User:
    return User(**{**row, "profile": read_profile(row["profile"])})


def _perhaps(row: Row | None) -> User | None:
    return None if row is None else _user(row)


async def get(work: Work, id: UserId) -> User | None:
    return _perhaps(await work.sql.one(BY_ID, id=id))


async def lock(work: Work, id: UserId) -> User | None:
    """The user, kept from every other unit of work until this one ends."""
    return _perhaps(await work.sql.one(LOCK, id=id))


async def by_contact(work: Work, channel: Channel, address: str) -> User | None:
    return _perhaps(await work.sql.one(BY_CONTACT, channel=channel.value, address=address))


async def page(work: Work, *, before: UserId | None = None, most: int) -> tuple[User, ...]:
    """The newest users, or those before one of them."""
    if before is None:
        rows = await work.sql.all(NEWEST, most=most)
    else:
        rows = await work.sql.all(OLDER, before=before, most=most)
    return tuple(_user(row) for row in rows)


async def add(work: Work, id: UserId, profile: Profile) -> None:
    await work.sql.run(ADD, id=id, profile=msgspec.json.encode(profile), now=work.now)


async def add_contact(
    work: Work, user: UserId, channel: Channel, address: str, verified_at: Instant | None
) -> bool:
    """False where somebody has this address already."""
    added = await work.sql.run(
        ADD_CONTACT,
        id=work.new_id(),
        user=user,
        channel=channel.value,
        address=address,
        verified_at=verified_at,
        is_primary=1,
        now=work.now,
    )
    return added == 1


async def verify_contact(work: Work, user: UserId, channel: Channel, address: str) -> bool:
    verified = await work.sql.run(
        VERIFY_CONTACT, user=user, channel=channel.value, address=address, now=work.now
    )
    return verified == 1


async def logged_in(work: Work, id: UserId, method: str) -> None:
    await work.sql.run(LOGGED_IN, id=id, now=work.now, type=method)


async def count_failure(work: Work, id: UserId, allowed: int, duration: Seconds) -> Instant | None:
    """One more wrong answer; until when the account is locked, if this made it so."""
    row = await work.sql.one(
        COUNT_FAILURE, id=id, now=work.now, allowed=allowed, until=work.now + duration
    )
    return None if row is None else row["locked_until"]


async def forgive(work: Work, id: UserId, count: int) -> None:
    """Take back the wrong answers of one credential that has now been proved."""
    await work.sql.run(FORGIVE, id=id, count=count)


async def move_contact(work: Work, contact: str, address: str, verified_at: Instant | None) -> bool:
    """The contact point, at another address; False where somebody else has that address."""
    moved = await work.sql.run(MOVE_CONTACT, id=contact, address=address, verified_at=verified_at)
    return moved == 1


async def drop_contact(work: Work, contact: str) -> None:
    await work.sql.run(DROP_CONTACT, id=contact)


async def remove(work: Work, id: UserId) -> bool:
    """The user with everything that refers to them; False where there is no such user."""
    return await work.sql.run(REMOVE, id=id) == 1


async def update_profile(work: Work, id: UserId, profile: Profile) -> None:
    await work.sql.run(UPDATE_PROFILE, id=id, profile=msgspec.json.encode(profile), now=work.now)


async def touch(work: Work, id: UserId) -> None:
    await work.sql.run(TOUCH, id=id, now=work.now)


async def unlock(work: Work, id: UserId) -> None:
    """Every failure forgotten: a password reset by mail lifts a lock."""
    await work.sql.run(UNLOCK, id=id)
