import msgspec

from ostiary.terms.ids import TransactionId

from ..work import Work
from .model import Pending

ADD = "INSERT INTO ceremonies (transaction_id, body) VALUES (:transaction, :body)"
TAKE = "DELETE FROM ceremonies WHERE transaction_id = :transaction RETURNING body"


async def add(work: Work, transaction: TransactionId, pending: Pending) -> None:
    await work.sql.run(ADD, transaction=transaction, body=msgspec.json.encode(pending))


async def take(work: Work, transaction: TransactionId) -> Pending | None:
    """What this ceremony remembers, for exactly one caller."""
    row = await work.sql.one(TAKE, transaction=transaction)
    return None if row is None else msgspec.json.decode(row["body"], type=Pending)
