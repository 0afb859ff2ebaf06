"""Asking a user to prove one thing, and judging the answer."""

from .flow import awaited, check, find, find_by_link, issue, judge, newest, redeem, was_sent
from .links import find_link, issue_link, pose, spent

__all__ = [
    "awaited",
    "check",
    "find",
    "find_by_link",
    "find_link",
    "issue",
    "issue_link",
    "judge",
    "newest",
    "pose",
    "redeem",
    "spent",
    "was_sent",
]
