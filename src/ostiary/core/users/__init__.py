"""People and their contact points."""

from .flow import create, drop_address, ghost, notify_others, person, set_address
from .store import (
    by_contact,
    count_failure,
    forgive,
    get,
    lock,
    logged_in,
    page,
    remove,
    unlock,
    update_profile,
    verify_contact,
)

__all__ = [
    "by_contact",
    "count_failure",
    "create",
    "drop_address",
    "forgive",
    "get",
    "ghost",
    "lock",
    "logged_in",
    "notify_others",
    "page",
    "person",
    "remove",
    "set_address",
    "unlock",
    "update_profile",
    "verify_contact",
]
