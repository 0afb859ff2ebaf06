import msgspec

from ostiary.terms.assurance import read_proofs
from ostiary.terms.ids import ClientId, SessionId, TransactionId, UserId
from ostiary.terms.time import Instant

from ..clients.model import AuthorizationRequest, read_request
from ..work import Row, Work, among
from .model import Kind, Transaction

GET = "SELECT * FROM transactions WHERE id = :id"
LOCK = "SELECT * FROM transactions WHERE id = :id FOR NO KEY UPDATE"
OPEN_OF_SESSION = """
SELECT * FROM transactions
WHERE user_id = :user AND kind = :kind AND session_id = :session AND ended_at IS NULL AND expires_at > :now
ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE
"""
OPEN_OF_USER = """
SELECT * FROM transactions
WHERE user_id = :user AND kind = :kind AND about = :about AND ended_at IS NULL AND expires_at > :now
ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE
"""
NEWEST = """
SELECT * FROM transactions WHERE user_id = :user AND kind = :kind AND about = :about
ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE
"""
EXTEND = """
UPDATE transactions SET expires_at = :until, particulars = :particulars WHERE id = :id
"""
REMEMBER = "UPDATE transactions SET particulars = :particulars WHERE id = :id"
ANSWERS = "UPDATE transactions SET request = :request, client_id = :client WHERE id = :id"
END_KIND = """
UPDATE transactions SET ended_at = :now
WHERE user_id = :user AND kind = :kind AND ended_at IS NULL
"""
OF_USER_END = "UPDATE transactions SET ended_at = :now WHERE user_id = :user AND ended_at IS NULL"
REMOVE_OF_USER = "DELETE FROM transactions WHERE user_id = :user"
ADD = """
INSERT INTO transactions
    (id, kind, digest, user_id, client_id, session_id, about, request, particulars, proofs, mfa_required,
     sends, attempts, expires_at)
VALUES
    (:id, :kind, :digest, :user_id, :client_id, :session_id, :about, :request, :particulars, :proofs, :mfa_required,
     0, 0, :expires_at)
"""
SWEEP = """
DELETE FROM transactions WHERE id IN (
    SELECT id FROM transactions WHERE expires_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""
END = "UPDATE transactions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
COUNT_SEND = "UPDATE transactions SET sends = sends + 1 WHERE id = :id"
COUNT_ATTEMPT = "UPDATE transactions SET attempts = attempts + 1 WHERE id = :id"


def _transaction(row: Row | None) -> Transaction | None:
    if row is None:
        return None
    return Transaction(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "request": read_request(row["request"]),
            "proofs": read_proofs(row["proofs"]),
        }
    )


async def get(work: Work, id: TransactionId) -> Transaction | None:
    """The transaction, over or not, as it was last committed."""
    return _transaction(await work.sql.one(GET, id=id))


async def lock(work: Work, id: TransactionId) -> Transaction | None:
    """The transaction, kept from every other unit of work until this one ends."""
    return _transaction(await work.sql.one(LOCK, id=id))


async def open_of_session(
    work: Work, user: UserId, session: SessionId, kind: Kind
) -> Transaction | None:
    row = await work.sql.one(
        OPEN_OF_SESSION, user=user, session=session, kind=kind.value, now=work.now
    )
    return _transaction(row)


async def open_of_user(work: Work, user: UserId, kind: Kind, about: str = "") -> Transaction | None:
    row = await work.sql.one(OPEN_OF_USER, user=user, kind=kind.value, about=about, now=work.now)
    return _transaction(row)


async def all_open(work: Work, user: UserId, *kinds: Kind) -> tuple[Transaction, ...]:
    """Whatever of these kinds the user has in progress, oldest first."""
    return await open_of_several(work, (user,), kinds)


async def open_of_several(
    work: Work, users: tuple[UserId, ...], kinds: tuple[Kind, ...]
) -> tuple[Transaction, ...]:
    """Whatever of these kinds these users have in progress, oldest first."""
    whose, values = among("user", users)
    which, more = among("kind", [kind.value for kind in kinds])
    statement = f"""
SELECT * FROM transactions
WHERE user_id IN {whose} AND kind IN {which} AND ended_at IS NULL AND expires_at > :now
ORDER BY id
"""
    rows = await work.sql.all(statement, now=work.now, **values, **more)
    return tuple(found for row in rows if (found := _transaction(row)))


async def newest(work: Work, user: UserId, kind: Kind, about: str) -> Transaction | None:
    """The last one that was begun about this, also if it is over, locked."""
    row = await work.sql.one(NEWEST, user=user, kind=kind.value, about=about)
    return _transaction(row)


async def extend(work: Work, id: TransactionId, until: Instant, particulars: bytes) -> None:
    """It was asked for again: it stays open longer, and remembers what was said last."""
    await work.sql.run(EXTEND, id=id, until=until, particulars=particulars)


async def remember(work: Work, id: TransactionId, particulars: bytes) -> None:
    """What its own flow can only say once it knows the id."""
    await work.sql.run(REMEMBER, id=id, particulars=particulars)


async def answers(
    work: Work, id: TransactionId, request: AuthorizationRequest, client: ClientId
) -> None:
    """From now on this is the request it will answer, and the client that goes on with it."""
    await work.sql.run(ANSWERS, id=id, request=msgspec.json.encode(request), client=client)


async def end_all(work: Work, user: UserId) -> int:
    return await work.sql.run(OF_USER_END, user=user, now=work.now)


async def end_kind(work: Work, user: UserId, kind: Kind) -> int:
    """Whatever of this kind the user has begun."""
    return await work.sql.run(END_KIND, user=user, kind=kind.value, now=work.now)


async def remove_all(work: Work, user: UserId) -> int:
    """What a user had in progress or behind them, and its challenges."""
    return await work.sql.run(REMOVE_OF_USER, user=user)


async def add(work: Work, transaction: Transaction) -> None:
    await work.sql.run(
        ADD,
        id=transaction.id,
        kind=transaction.kind.value,
        digest=transaction.digest,
        user_id=transaction.user_id,
        client_id=transaction.client_id,
        session_id=transaction.session_id,
        about=transaction.about,
        particulars=transaction.particulars,
        request=msgspec.json.encode(transaction.request),
        proofs=msgspec.json.encode(transaction.proofs),
        mfa_required=transaction.mfa_required,
        expires_at=transaction.expires_at,
    )


async def end(work: Work, id: TransactionId) -> bool:
    """True for exactly one caller: this is what makes a token good once."""
    return await work.sql.run(END, id=id, now=work.now) == 1


async def count_send(work: Work, id: TransactionId) -> None:
    await work.sql.run(COUNT_SEND, id=id)


async def count_attempt(work: Work, id: TransactionId) -> None:
    """It was a wrong answer: only those count, and are ever forgiven (OTP-8)."""
    await work.sql.run(COUNT_ATTEMPT, id=id)


async def sweep(work: Work, before: Instant) -> int:
    """Forget what expired before this instant, and its challenges with it."""
    return await work.sql.run(SWEEP, before=before)
