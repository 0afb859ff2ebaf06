from ostiary.terms.assurance import Kind
from ostiary.terms.ids import CredentialId, UserId

from ..work import Row, Work, among
from .model import Credential

OF_USER = "SELECT * FROM credentials WHERE user_id = :user ORDER BY created_at, enrolled, id"
OF_KIND = "SELECT * FROM credentials WHERE user_id = :user AND kind = :kind ORDER BY created_at, enrolled, id"
GET = "SELECT * FROM credentials WHERE id = :id"
ADD = """
INSERT INTO credentials (id, user_id, kind, address, state, failures, enrolled, created_at)
VALUES (:id, :user, :kind, :address, :state, 0, :enrolled, :now)
ON CONFLICT DO NOTHING
"""
# an authenticator's id is in the index of its kind alone, and nobody else can have it (WA-3)
OF_AUTHENTICATOR = "SELECT * FROM credentials WHERE kind = 'webauthn' AND address = :address"
OF_AUTHENTICATOR_AND_USER = f"{OF_AUTHENTICATOR} AND user_id = :user"
PROVED = """
UPDATE credentials SET state = :state, failures = 0, proved_at = :now WHERE id = :id
"""
MOVE = "UPDATE credentials SET address = :address WHERE id = :id"
REPLACE_STATE = "UPDATE credentials SET state = :state, failures = 0 WHERE id = :id"
OWNERS = """
SELECT DISTINCT user_id FROM credentials WHERE kind = :kind AND user_id > :after
ORDER BY user_id LIMIT :most
"""
KEEP_STATE = "UPDATE credentials SET state = :state WHERE id = :id"
FORGET_FAILURES = "UPDATE credentials SET failures = 0 WHERE user_id = :user"
COUNT_FAILURE = "UPDATE credentials SET failures = failures + 1 WHERE id = :id"
STRIKES = "SELECT strikes FROM strikes WHERE user_id = :user AND authenticator = :authenticator"
STRUCK_OUT = "SELECT authenticator FROM strikes WHERE user_id = :user AND strikes >= :most"
STRIKE = """
INSERT INTO strikes (user_id, authenticator, strikes)
SELECT id, CAST(:authenticator AS text), 1 FROM users WHERE id = :user
ON CONFLICT (user_id, authenticator) DO UPDATE SET strikes = strikes.strikes + 1
RETURNING strikes
"""
ABSOLVE = "DELETE FROM strikes WHERE user_id = :user AND authenticator = :authenticator"
ABSOLVE_ALL = "DELETE FROM strikes WHERE user_id = :user"
REMOVE = "DELETE FROM credentials WHERE id = :id"


def _credential(row: Row) -> Credential:
    return Credential(**{**row, "kind": Kind(row["kind"])})


async def get(work: Work, id: CredentialId) -> Credential | None:
    row = await work.sql.one(GET, id=id)
    return None if row is None else _credential(row)


async def of_user(work: Work, user: UserId) -> tuple[Credential, ...]:
    return tuple(_credential(row) for row in await work.sql.all(OF_USER, user=user))


async def of_several(work: Work, users: tuple[UserId, ...]) -> tuple[Credential, ...]:
    listed, values = among("user", users)
    statement = (
        f"SELECT * FROM credentials WHERE user_id IN {listed} ORDER BY created_at, enrolled, id"
    )
    return tuple(_credential(row) for row in await work.sql.all(statement, **values))


async def of_kind(work: Work, user: UserId, kind: Kind) -> Credential | None:
    """The first one of this kind that the user enrolled."""
    row = await work.sql.one(OF_KIND, user=user, kind=kind.value)
    return None if row is None else _credential(row)


async def of_authenticator(
    work: Work, address: str, *, user: UserId | None = None
) -> Credential | None:
    """The passkey of this id, whoever has it; or that of this user, and nobody else's."""
    row = (
        await work.sql.one(OF_AUTHENTICATOR, address=address)
        if user is None
        else await work.sql.one(OF_AUTHENTICATOR_AND_USER, address=address, user=user)
    )
    return None if row is None else _credential(row)


async def owners(work: Work, kind: Kind, after: UserId, most: int) -> tuple[UserId, ...]:
    """Who has one of this kind, in the order of their ids."""
    rows = await work.sql.all(OWNERS, kind=kind.value, after=after, most=most)
    return tuple(row["user_id"] for row in rows)


async def add(work: Work, credential: Credential) -> bool:
    """False where the user has this very authenticator already, or somebody has this passkey."""
    added = await work.sql.run(
        ADD,
        id=credential.id,
        user=credential.user_id,
        kind=credential.kind.value,
        address=credential.address,
        state=credential.state,
        enrolled=credential.enrolled,
        now=work.now,
    )
    return added == 1


async def proved(work: Work, credential: CredentialId, state: bytes) -> None:
    await work.sql.run(PROVED, id=credential, state=state, now=work.now)


async def count_failure(work: Work, credential: CredentialId) -> None:
    await work.sql.run(COUNT_FAILURE, id=credential)


async def remove(work: Work, credential: CredentialId) -> None:
    await work.sql.run(REMOVE, id=credential)


async def move(work: Work, credential: CredentialId, address: str) -> None:
    """Its codes go to another address from now on."""
    await work.sql.run(MOVE, id=credential, address=address)


async def replace_state(work: Work, credential: CredentialId, state: bytes) -> None:
    await work.sql.run(REPLACE_STATE, id=credential, state=state)


async def keep_state(work: Work, credential: CredentialId, state: bytes) -> None:
    """Nothing was proved, and nothing is forgotten."""
    await work.sql.run(KEEP_STATE, id=credential, state=state)


async def strikes(work: Work, user: UserId, authenticator: str) -> int:
    """Wrong answers since the last right one, whatever was waited for or forgiven in between."""
    row = await work.sql.one(STRIKES, user=user, authenticator=authenticator)
    return 0 if row is None else row["strikes"]


async def struck_out(work: Work, user: UserId, most: int) -> frozenset[str]:
    """The authenticators that have had so many."""
    rows = await work.sql.all(STRUCK_OUT, user=user, most=most)
    return frozenset(row["authenticator"] for row in rows)


async def strike(work: Work, user: UserId, authenticator: str) -> int:
    """One more; how many there are now. None are counted for nobody, with the same statement."""
    row = await work.sql.one(STRIKE, user=user, authenticator=authenticator)
    return 0 if row is None else row["strikes"]


async def absolve(work: Work, user: UserId, authenticator: str) -> None:
    await work.sql.run(ABSOLVE, user=user, authenticator=authenticator)


async def absolve_all(work: Work, user: UserId) -> None:
    await work.sql.run(ABSOLVE_ALL, user=user)


async def forget_failures(work: Work, user: UserId) -> None:
    await work.sql.run(FORGET_FAILURES, user=user)
