"""Authenticated sessions: who, by which proofs, until when."""

from .flow import add_proof, by_id, end, find, renew, start

__all__ = ["add_proof", "by_id", "end", "find", "renew", "start"]
