"""A user's enrolled authenticators, and what an answer to one of them leads to."""

from .flow import count_failure, enrol, settle
from .rules import locked, proof_of
from .store import get, of_kind, of_user, remove

__all__ = [
    "count_failure",
    "enrol",
    "get",
    "locked",
    "of_kind",
    "of_user",
    "proof_of",
    "remove",
    "settle",
]
