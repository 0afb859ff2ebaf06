"""What happened: append-only, written in the same transaction as the change. The audit trail."""

from .store import page, record, tally, write

__all__ = ["page", "record", "tally", "write"]
