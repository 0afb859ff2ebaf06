"""What an operator does to other people's accounts and to clients, with everything that has to end with it."""

from .flow import (
    change,
    close,
    end_session,
    end_sessions,
    open_account,
    remove_client,
    unlock,
    withdraw,
)

__all__ = [
    "change",
    "close",
    "end_session",
    "end_sessions",
    "open_account",
    "remove_client",
    "unlock",
    "withdraw",
]
