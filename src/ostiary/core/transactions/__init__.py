"""Logins, step-ups and enrolments in progress: a half-finished one is never a session (SES-3)."""

from .flow import begin, by_id, ended, find, reopen, resume
from .store import (
    all_open,
    answers,
    count_attempt,
    count_send,
    end,
    end_all,
    end_kind,
    newest,
    open_of_session,
    open_of_several,
    open_of_user,
    remember,
    remove_all,
    sweep,
    take_back_attempt,
)

__all__ = [
    "all_open",
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
    "newest",
    "open_of_session",
    "open_of_several",
    "open_of_user",
    "remember",
    "remove_all",
    "reopen",
    "resume",
    "sweep",
    "take_back_attempt",
]
