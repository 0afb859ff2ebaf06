"""What happened: append-only, written in the same transaction as the change. The audit trail."""

from .store import first_id, page, record, remove, since, span, tally, write

__all__ = ["first_id", "page", "record", "remove", "since", "span", "tally", "write"]
