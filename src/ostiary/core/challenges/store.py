from ostiary.terms.contact import Channel
from ostiary.terms.ids import ChallengeId, TransactionId, UserId

from ..messages.model import Purpose
from ..work import Row, Work
from .model import Challenge

GET = "SELECT * FROM challenges WHERE id = :id"
NEWEST = "SELECT * FROM challenges WHERE transaction_id = :transaction AND closed_at IS NULL ORDER BY id DESC LIMIT 1"
ADD = """
INSERT INTO challenges
    (id, transaction_id, digest, purpose, channel, recipient, credential_id, expected, digits,
     link_digest, browser_digest, link_expires_at, created_at, expires_at)
VALUES
    (:id, :transaction_id, :digest, :purpose, :channel, :recipient, :credential_id, :expected, :digits,
     :link_digest, :browser_digest, :link_expires_at, :created_at, :expires_at)
"""
RECENT = """
SELECT c.* FROM challenges c JOIN transactions t ON t.id = c.transaction_id
WHERE t.user_id = :user AND t.about IN (:about, :address) AND t.about <> ''
ORDER BY c.id DESC LIMIT :most
"""
CLOSE_ALL = """
UPDATE challenges SET closed_at = :now WHERE transaction_id = :transaction AND closed_at IS NULL
"""


def _challenge(row: Row | None) -> Challenge | None:
    if row is None:
        return None
    return Challenge(
        **{**row, "purpose": Purpose(row["purpose"]), "channel": Channel(row["channel"])}
    )


async def get(work: Work, id: ChallengeId) -> Challenge | None:
    return _challenge(await work.sql.one(GET, id=id))


async def newest(work: Work, transaction: TransactionId) -> Challenge | None:
    return _challenge(await work.sql.one(NEWEST, transaction=transaction))


async def recent(
    work: Work, user: UserId, about: str, address: str, most: int
) -> tuple[Challenge, ...]:
    """The last ones that were put to a user about one thing, whatever became of them."""
    rows = await work.sql.all(RECENT, user=user, about=about, address=address, most=most)
    return tuple(found for row in rows if (found := _challenge(row)))


async def add(work: Work, challenge: Challenge) -> None:
    await work.sql.run(
        ADD,
        id=challenge.id,
        transaction_id=challenge.transaction_id,
        digest=challenge.digest,
        purpose=challenge.purpose.value,
        channel=challenge.channel.value,
        recipient=challenge.recipient,
        credential_id=challenge.credential_id,
        expected=challenge.expected,
        digits=challenge.digits,
        link_digest=challenge.link_digest,
        browser_digest=challenge.browser_digest,
        link_expires_at=challenge.link_expires_at,
        created_at=challenge.created_at,
        expires_at=challenge.expires_at,
    )


async def close_all(work: Work, transaction: TransactionId) -> None:
    await work.sql.run(CLOSE_ALL, transaction=transaction, now=work.now)
