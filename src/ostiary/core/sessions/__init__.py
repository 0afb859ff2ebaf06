"""Authenticated sessions: who, by which proofs, until when."""

from .flow import add_proof, by_id, drop_proof, end, find, living, renew, start
from .store import end_all, sweep

__all__ = [
    "add_proof",
    "by_id",
    "drop_proof",
    "end",
    "end_all",
    "find",
    "living",
    "renew",
    "start",
    "sweep",
]
