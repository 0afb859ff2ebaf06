"""Authenticated sessions: who, by which proofs, until when."""

from .flow import (
    add_proof,
    by_id,
    drop_proof,
    end,
    find,
    living,
    of_generation,
    renew,
    start,
    start_asked,
    use,
)
from .rules import generation
from .store import end_all, lock, sweep

__all__ = [
    "add_proof",
    "by_id",
    "drop_proof",
    "end",
    "end_all",
    "find",
    "generation",
    "living",
    "lock",
    "of_generation",
    "renew",
    "start",
    "start_asked",
    "sweep",
    "use",
]
