"""What an authorization request still needs, and its answer."""

from .flow import (
    authorize,
    complete_login,
    complete_step_up,
    complete_step_up_by_link,
    log_in_elsewhere,
    log_out,
    waiting,
)

__all__ = [
    "authorize",
    "complete_login",
    "complete_step_up",
    "complete_step_up_by_link",
    "log_in_elsewhere",
    "log_out",
    "waiting",
]
