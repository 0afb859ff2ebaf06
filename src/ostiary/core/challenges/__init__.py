"""Asking a user to prove one thing, and judging the answer."""

from .flow import awaited, check, find, find_by_link, issue, judge, newest, redeem, was_sent

__all__ = [
    "awaited",
    "check",
    "find",
    "find_by_link",
    "issue",
    "judge",
    "newest",
    "redeem",
    "was_sent",
]
