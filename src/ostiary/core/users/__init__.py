"""People and their contact points."""

from .flow import create, ghost, notify_others, person, set_address
from .store import (
    by_contact,
    count_failure,
    forgive,
    get,
    lock,
    logged_in,
    unlock,
    update_profile,
    verify_contact,
)

__all__ = [
    "by_contact",
    "count_failure",
    "create",
    "forgive",
    "get",
    "ghost",
    "lock",
    "logged_in",
    "notify_others",
    "person",
    "set_address",
    "unlock",
    "update_profile",
    "verify_contact",
]
