from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import Administrator, Session

ANY = "SELECT id FROM administrators LIMIT 1"
GET = "SELECT * FROM administrators WHERE id = :id"
BY_EMAIL = "SELECT * FROM administrators WHERE email = :email"
ADD = """
INSERT INTO administrators (id, email, password, sealed, last_step, created_at)
VALUES (:id, :email, :password, :sealed, :last_step, :now)
"""
REMOVE = "DELETE FROM administrators WHERE email = :email"
REMOVE_ALL = "DELETE FROM administrators"
REPLACE_PASSWORD = "UPDATE administrators SET password = :password WHERE id = :id"
SPEND_STEP = "UPDATE administrators SET last_step = :step WHERE id = :id AND last_step < :step"
ADD_LINK = """
INSERT INTO console_links (id, email, digest, sealed, expires_at)
VALUES (:id, :email, :digest, :sealed, :expires_at)
"""
LINK = "SELECT * FROM console_links WHERE id = :id"
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


async def forget_all(work: Work) -> None:
    """Nobody is an administrator any more, until the next link is opened."""
    await work.sql.run(REMOVE_ALL)


async def replace_password(work: Work, id: str, password: bytes) -> None:
    await work.sql.run(REPLACE_PASSWORD, id=id, password=password)


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


async def spend_link(work: Work, id: str) -> bool:
    """True for exactly one caller."""
    return await work.sql.run(SPEND_LINK, id=id) == 1


async def remove_links(work: Work, email: str) -> None:
    await work.sql.run(REMOVE_LINKS, email=email)


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


async def sweep(work: Work, before: Instant) -> int:
    """Forget sessions last seen, and links that ended, before this instant."""
    links = await work.sql.run(SWEEP_LINKS, before=before)
    return links + await work.sql.run(SWEEP, before=before)
