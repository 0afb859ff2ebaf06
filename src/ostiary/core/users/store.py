import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant, Seconds

from ..work import Row, Work, among
from .model import Contact, Profile, User, read_profile

_SELECT = """
SELECT u.id, u.profile, u.created_at, u.updated_at, u.last_login_at, u.last_login_type,
    u.failures, u.locked_at, u.locked_until, u.pending, u.external_id, u.metadata,
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
INSERT INTO users (id, profile, names, created_at, updated_at, failures, pending, metadata)
VALUES (:id, :profile, :names, :now, :now, 0, 0, :metadata)
"""
ADD_CONTACT = """
INSERT INTO contacts (id, user_id, channel, address, verified_at, is_primary, created_at)
VALUES (:id, :user, :channel, :address, :verified_at,
    CASE WHEN EXISTS (
        SELECT 1 FROM contacts WHERE user_id = CAST(:user AS varchar) AND channel = CAST(:channel AS text)
    ) THEN 0 ELSE 1 END,
    :now)
ON CONFLICT (channel, address) DO NOTHING
"""
CONTACT = "SELECT * FROM contacts WHERE id = :id"
CONTACTS_OF = "SELECT * FROM contacts WHERE user_id = :user ORDER BY created_at, id"
RELEASE = """
DELETE FROM contacts
WHERE channel = :channel AND address = :address AND user_id <> :user AND verified_at IS NULL
"""
PROMOTE = """
UPDATE contacts SET is_primary = 1
WHERE id = (
    SELECT id FROM contacts WHERE user_id = :user AND channel = :channel ORDER BY created_at, id LIMIT 1
)
"""
BY_EXTERNAL_ID = _SELECT + "WHERE u.external_id = :external_id"
ANNOTATE = """
UPDATE users SET external_id = :external_id, metadata = :metadata, updated_at = :now
WHERE id = :id AND NOT EXISTS (
    SELECT 1 FROM users other WHERE other.external_id = :external_id AND other.id <> :id
)
"""
PEND = "UPDATE users SET pending = :pending WHERE id = :id"
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
UPDATE_PROFILE = """
UPDATE users SET profile = :profile, names = :names, updated_at = :now WHERE id = :id
"""
TOUCH = "UPDATE users SET updated_at = :now WHERE id = :id"
UNLOCK = "UPDATE users SET failures = 0, locked_until = NULL WHERE id = :id"
REMOVE = "DELETE FROM users WHERE id = :id"
LOGGED_IN = "UPDATE users SET last_login_at = :now, last_login_type = :type WHERE id = :id"
COUNT_FAILURE = """
UPDATE users SET
    failures = CASE WHEN locked_until <= :now THEN 1 ELSE failures + 1 END,
    locked_at = CASE
        WHEN locked_until > :now THEN locked_at
        WHEN (CASE WHEN locked_until <= :now THEN 1 ELSE failures + 1 END) >= :allowed THEN :now
    END,
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


def _contact(row: Row) -> Contact:
    return Contact(**{**row, "channel": Channel(row["channel"])})


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


async def several(work: Work, ids: tuple[UserId, ...]) -> tuple[User, ...]:
    """Those that there are, in the order of their ids."""
    listed, values = among("id", ids)
    rows = await work.sql.all(f"{_SELECT} WHERE u.id IN {listed} ORDER BY u.id", **values)
    return tuple(_user(row) for row in rows)


async def contacts_of_several(work: Work, ids: tuple[UserId, ...]) -> tuple[Contact, ...]:
    """Every address of these users, oldest first."""
    listed, values = among("id", ids)
    statement = f"SELECT * FROM contacts WHERE user_id IN {listed} ORDER BY created_at, id"
    return tuple(_contact(row) for row in await work.sql.all(statement, **values))


async def add(work: Work, id: UserId, profile: Profile) -> None:
    await work.sql.run(
        ADD,
        id=id,
        profile=msgspec.json.encode(profile),
        names=profile.names,
        metadata=b"{}",
        now=work.now,
    )


async def add_contact(
    work: Work,
    user: UserId,
    channel: Channel,
    address: str,
    verified_at: Instant | None,
    *,
    id: str | None = None,
) -> bool:
    """False where somebody has this address already. The first of its channel is the profile's."""
    added = await work.sql.run(
        ADD_CONTACT,
        id=id or work.new_id(),
        user=user,
        channel=channel.value,
        address=address,
        verified_at=verified_at,
        now=work.now,
    )
    return added == 1


async def contact(work: Work, id: str) -> Contact | None:
    row = await work.sql.one(CONTACT, id=id)
    return None if row is None else _contact(row)


async def contacts_of(work: Work, user: UserId) -> tuple[Contact, ...]:
    """Every address of the user, oldest first."""
    return tuple(_contact(row) for row in await work.sql.all(CONTACTS_OF, user=user))


async def release(work: Work, user: UserId, channel: Channel, address: str) -> int:
    """Whoever else claims this address and never proved it has it no longer."""
    return await work.sql.run(RELEASE, user=user, channel=channel.value, address=address)


async def promote(work: Work, user: UserId, channel: Channel) -> None:
    """The oldest address of the channel that is left is the profile's from now on."""
    await work.sql.run(PROMOTE, user=user, channel=channel.value)


async def by_external_id(work: Work, external_id: str) -> User | None:
    return _perhaps(await work.sql.one(BY_EXTERNAL_ID, external_id=external_id))


async def annotate(work: Work, id: UserId, external_id: str | None, metadata: bytes) -> bool:
    """What applications keep with the user; False where somebody else has this id of theirs."""
    done = await work.sql.run(
        ANNOTATE, id=id, external_id=external_id, metadata=metadata, now=work.now
    )
    return done == 1


async def pend(work: Work, id: UserId, *, pending: bool) -> None:
    await work.sql.run(PEND, id=id, pending=int(pending))


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
    await work.sql.run(
        UPDATE_PROFILE,
        id=id,
        profile=msgspec.json.encode(profile),
        names=profile.names,
        now=work.now,
    )


async def touch(work: Work, id: UserId) -> None:
    await work.sql.run(TOUCH, id=id, now=work.now)


async def unlock(work: Work, id: UserId) -> None:
    """Every failure forgotten: a password reset by mail lifts a lock."""
    await work.sql.run(UNLOCK, id=id)
