"""A project's users, as its applications keep them."""

from . import passwords
from .flow import change, close, forget_external_id, invite, open_account, search
from .removal import drop_address, exchange_address, withdraw
from .rules import annotations

__all__ = [
    "annotations",
    "change",
    "close",
    "drop_address",
    "exchange_address",
    "forget_external_id",
    "invite",
    "open_account",
    "passwords",
    "search",
    "withdraw",
]
