"""A user's enrolled authenticators, and what an answer to one of them leads to."""

from .flow import barred, count_failure, disabled, enrol, enrol_address, reinstate, settle
from .rules import locked, locked_since, proof_of
from .store import (
    absolve,
    forget_failures,
    get,
    keep_state,
    move,
    of_authenticator,
    of_kind,
    of_several,
    of_user,
    owners,
    remove,
    replace_state,
)

__all__ = [
    "absolve",
    "barred",
    "count_failure",
    "disabled",
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
    "of_several",
    "of_user",
    "owners",
    "proof_of",
    "reinstate",
    "remove",
    "replace_state",
    "settle",
]
