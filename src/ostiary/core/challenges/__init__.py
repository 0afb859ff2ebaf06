"""Asking a user to prove one thing, and judging the answer."""

from .flow import find, issue, judge, newest

__all__ = ["find", "issue", "judge", "newest"]
