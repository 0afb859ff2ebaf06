"""Passkeys: make, list and remove them, log in, sign up and get back in with them."""

from .ceremonies import begin as open_ceremony
from .ceremonies import creation, take
from .flow import add, begin, exists, keep, listed, of_user, remove
from .login import begin as begin_login
from .login import begin_sign_up, log_in, prove, sign_up
from .reset import begin_reset, reset
from .rules import available, known, may_ask, owner, usable_at

__all__ = [
    "add",
    "available",
    "begin",
    "begin_login",
    "begin_reset",
    "begin_sign_up",
    "creation",
    "exists",
    "keep",
    "known",
    "listed",
    "log_in",
    "may_ask",
    "of_user",
    "open_ceremony",
    "owner",
    "prove",
    "remove",
    "reset",
    "sign_up",
    "take",
    "usable_at",
]
