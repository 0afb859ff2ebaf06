"""Authenticated sessions: who, by which proofs, until when."""

from .flow import add_proof, by_id, end, find, renew, start
from .store import sweep

__all__ = ["add_proof", "by_id", "end", "find", "renew", "start", "sweep"]
