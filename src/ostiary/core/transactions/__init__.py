"""Logins, step-ups and enrolments in progress: a half-finished one is never a session (SES-3)."""

from .flow import begin, by_id, find
from .store import count_attempt, count_send, end, open_of_session, sweep

__all__ = [
    "begin",
    "by_id",
    "count_attempt",
    "count_send",
    "end",
    "find",
    "open_of_session",
    "sweep",
]
