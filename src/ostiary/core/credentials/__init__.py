"""A user's enrolled authenticators, and what an answer to one of them leads to."""

from .flow import count_failure, enrol, enrol_address, settle
from .rules import locked, locked_since, proof_of
from .store import (
    forget_failures,
    get,
    keep_state,
    move,
    of_authenticator,
    of_kind,
    of_user,
    remove,
    replace_state,
)

__all__ = [
    "count_failure",
    "enrol",
    "enrol_address",
    "forget_failures",
    "get",
    "keep_state",
    "locked",
    "locked_since",
    "move",
    "of_authenticator",
    "of_kind",
    "of_user",
    "proof_of",
    "remove",
    "replace_state",
    "settle",
]
