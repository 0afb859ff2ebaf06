"""Raising a session to the assurance an action asks for (RFC 9470)."""

from .flow import (
    begin,
    check,
    choices,
    complete,
    complete_by_link,
    decide,
    guarded,
    protect,
    send,
)

__all__ = [
    "begin",
    "check",
    "choices",
    "complete",
    "complete_by_link",
    "decide",
    "guarded",
    "protect",
    "send",
]
