"""People and their contact points."""

from .flow import create, notify_others, person
from .store import (
    by_contact,
    count_failure,
    forgive,
    get,
    lock,
    logged_in,
    verify_contact,
)

__all__ = [
    "by_contact",
    "count_failure",
    "create",
    "forgive",
    "get",
    "lock",
    "logged_in",
    "notify_others",
    "person",
    "verify_contact",
]
