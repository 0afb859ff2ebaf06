"""What happened: append-only, written in the same transaction as the change. The audit trail."""

from .store import record

__all__ = ["record"]
