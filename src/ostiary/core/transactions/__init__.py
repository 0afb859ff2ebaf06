"""Logins, step-ups and enrolments in progress: a half-finished one is never a session (SES-3)."""

from .flow import begin, by_id, ended, find, resume
from .store import (
    answers,
    count_attempt,
    count_send,
    end,
    end_all,
    end_kind,
    open_of_session,
    open_of_user,
    remove_all,
    sweep,
    take_back_attempt,
)

__all__ = [
    "answers",
    "begin",
    "by_id",
    "count_attempt",
    "count_send",
    "end",
    "end_all",
    "end_kind",
    "ended",
    "find",
    "open_of_session",
    "open_of_user",
    "remove_all",
    "resume",
    "sweep",
    "take_back_attempt",
]
