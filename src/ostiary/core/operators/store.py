from msgspec.structs import asdict

from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import Administrator, Invited, Passkey, Question, Session

ANY = "SELECT id FROM administrators LIMIT 1"
GET = "SELECT * FROM administrators WHERE id = :id"
BY_EMAIL = "SELECT * FROM administrators WHERE email = :email"
ALL = "SELECT * FROM administrators ORDER BY email"
ADD = """
INSERT INTO administrators (id, email, password, sealed, last_step, created_at)
VALUES (:id, :email, :password, :sealed, :last_step, :now)
"""
REMOVE = "DELETE FROM administrators WHERE email = :email"
REMOVE_ONE = """
DELETE FROM administrators WHERE id = :id
AND EXISTS (SELECT 1 FROM administrators other WHERE other.id <> :id)
"""
REMOVE_ALL = "DELETE FROM administrators"
REPLACE_PASSWORD = "UPDATE administrators SET password = :password WHERE id = :id"
RESEAL = "UPDATE administrators SET sealed = :sealed WHERE id = :id"
SPEND_STEP = "UPDATE administrators SET last_step = :step WHERE id = :id AND last_step < :step"
ADD_LINK = """
INSERT INTO console_links (id, email, digest, sealed, expires_at)
VALUES (:id, :email, :digest, :sealed, :expires_at)
"""
LINK = "SELECT * FROM console_links WHERE id = :id"
LINKS = "SELECT email, expires_at FROM console_links WHERE expires_at > :now ORDER BY email"
SPEND_LINK = "DELETE FROM console_links WHERE id = :id"
REMOVE_LINKS = "DELETE FROM console_links WHERE email = :email"
SWEEP_LINKS = "DELETE FROM console_links WHERE expires_at < :before"
ADD_SESSION = """
INSERT INTO console_sessions
    (id, administrator_id, digest, started_at, seen_at, confirmed_at)
VALUES (:id, :administrator, :digest, :now, :now, :now)
"""
SESSION = """
SELECT s.id, s.administrator_id, a.email, s.digest, s.started_at, s.seen_at, s.confirmed_at
FROM console_sessions s JOIN administrators a ON a.id = s.administrator_id
WHERE s.id = :id
"""
SEEN = "UPDATE console_sessions SET seen_at = :now WHERE id = :id"
CONFIRMED = """
UPDATE console_sessions SET seen_at = :now, confirmed_at = :now, digest = :digest
WHERE id = :id AND digest = :before
"""
END = "DELETE FROM console_sessions WHERE id = :id"
ADD_PASSKEY = """
INSERT INTO console_passkeys (id, administrator_id, address, state, created_at)
VALUES (:id, :administrator, :address, :state, :now) ON CONFLICT (address) DO NOTHING
"""
PASSKEY = "SELECT * FROM console_passkeys WHERE address = :address"
PASSKEYS = "SELECT * FROM console_passkeys WHERE administrator_id = :administrator ORDER BY id"
USED_PASSKEY = """
UPDATE console_passkeys SET state = :state, used_at = :now WHERE id = :id AND state = :before
"""
REMOVE_PASSKEY = "DELETE FROM console_passkeys WHERE id = :id AND administrator_id = :administrator"
ADD_QUESTION = """
INSERT INTO console_questions (id, digest, purpose, administrator_id, name, expires_at)
VALUES (:id, :digest, :purpose, :administrator_id, :name, :expires_at)
"""
QUESTION = "SELECT * FROM console_questions WHERE id = :id AND purpose = :purpose"
SPEND_QUESTION = "DELETE FROM console_questions WHERE id = :id"
SWEEP_QUESTIONS = "DELETE FROM console_questions WHERE expires_at < :before"
SWEEP = "DELETE FROM console_sessions WHERE seen_at < :before"


async def any_enrolled(work: Work) -> bool:
    return await work.sql.one(ANY) is not None


async def get(work: Work, id: str) -> Administrator | None:
    row = await work.sql.one(GET, id=id)
    return None if row is None else Administrator(**row)


async def by_email(work: Work, email: str) -> Administrator | None:
    row = await work.sql.one(BY_EMAIL, email=email)
    return None if row is None else Administrator(**row)


async def add(work: Work, administrator: Administrator) -> None:
    await work.sql.run(
        ADD,
        id=administrator.id,
        email=administrator.email,
        password=administrator.password,
        sealed=administrator.sealed,
        last_step=administrator.last_step,
        now=administrator.created_at,
    )


async def remove(work: Work, email: str) -> None:
    await work.sql.run(REMOVE, email=email)


async def everyone(work: Work) -> tuple[Administrator, ...]:
    return tuple(Administrator(**row) for row in await work.sql.all(ALL))


async def remove_one(work: Work, id: str) -> bool:
    """False where there is no such one, or nobody else. Two at once are removed one after the other."""
    await work.sql.hold("administrators")
    return await work.sql.run(REMOVE_ONE, id=id) == 1


async def forget_all(work: Work) -> None:
    """Nobody is an administrator any more, until the next link is opened."""
    await work.sql.run(REMOVE_ALL)


async def replace_password(work: Work, id: str, password: bytes) -> None:
    await work.sql.run(REPLACE_PASSWORD, id=id, password=password)


async def reseal(work: Work, id: str, sealed: bytes) -> None:
    await work.sql.run(RESEAL, id=id, sealed=sealed)


async def spend_step(work: Work, id: str, step: int) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(SPEND_STEP, id=id, step=step) == 1


async def add_link(
    work: Work, id: str, email: str, *, digest: bytes, sealed: bytes, expires_at: Instant
) -> None:
    await work.sql.run(
        ADD_LINK, id=id, email=email, digest=digest, sealed=sealed, expires_at=expires_at
    )


async def link(work: Work, id: str) -> Row | None:
    return await work.sql.one(LINK, id=id)


async def invited(work: Work) -> tuple[Invited, ...]:
    return tuple(Invited(**row) for row in await work.sql.all(LINKS, now=work.now))


async def spend_link(work: Work, id: str) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(SPEND_LINK, id=id) == 1


async def remove_links(work: Work, email: str) -> bool:
    return await work.sql.run(REMOVE_LINKS, email=email) > 0


async def add_session(work: Work, id: str, administrator: str, digest: bytes) -> None:
    await work.sql.run(ADD_SESSION, id=id, administrator=administrator, digest=digest, now=work.now)


async def session(work: Work, id: str) -> Session | None:
    row = await work.sql.one(SESSION, id=id)
    return None if row is None else Session(**row)


async def seen(work: Work, id: str) -> None:
    await work.sql.run(SEEN, id=id, now=work.now)


async def confirmed(work: Work, id: str, before: bytes, digest: bytes) -> bool:
    """The session under a new secret; False where another unit of work was first."""
    done = await work.sql.run(CONFIRMED, id=id, before=before, digest=digest, now=work.now)
    return done == 1


async def end(work: Work, id: str) -> bool:
    return await work.sql.run(END, id=id) == 1


async def add_passkey(work: Work, id: str, administrator: str, address: str, state: bytes) -> bool:
    """False where somebody has this one already."""
    values = {"administrator": administrator, "address": address, "state": state}
    return await work.sql.run(ADD_PASSKEY, id=id, now=work.now, **values) == 1


async def passkey(work: Work, address: str) -> Passkey | None:
    row = await work.sql.one(PASSKEY, address=address)
    return None if row is None else Passkey(**row)


async def passkeys(work: Work, administrator: str) -> tuple[Passkey, ...]:
    rows = await work.sql.all(PASSKEYS, administrator=administrator)
    return tuple(Passkey(**row) for row in rows)


async def used_passkey(work: Work, passkey: Passkey, state: bytes) -> bool:
    """False where another unit of work counted a use of it first."""
    done = await work.sql.run(
        USED_PASSKEY, id=passkey.id, before=passkey.state, state=state, now=work.now
    )
    return done == 1


async def remove_passkey(work: Work, administrator: str, id: str) -> bool:
    return await work.sql.run(REMOVE_PASSKEY, id=id, administrator=administrator) == 1


async def add_question(work: Work, question: Question) -> None:
    await work.sql.run(ADD_QUESTION, **asdict(question))


async def question(work: Work, id: str, purpose: str) -> Question | None:
    row = await work.sql.one(QUESTION, id=id, purpose=purpose)
    return None if row is None else Question(**row)


async def spend_question(work: Work, id: str) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(SPEND_QUESTION, id=id) == 1


async def sweep(work: Work, before: Instant) -> int:
    """Forget sessions last seen, and links and questions that ended, before this instant."""
    ended = await work.sql.run(SWEEP_LINKS, before=before)
    ended += await work.sql.run(SWEEP_QUESTIONS, before=before)
    return ended + await work.sql.run(SWEEP, before=before)
