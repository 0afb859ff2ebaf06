"""When a transaction takes a next step."""

from ostiary.terms.time import Instant

from .model import Transaction


def open_at(transaction: Transaction, now: Instant) -> bool:
    return transaction.ended_at is None and now < transaction.expires_at
