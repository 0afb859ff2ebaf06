"""Passkeys: make, list and remove them, log in, sign up and get back in with them."""

from .flow import add, begin, listed, remove
from .login import begin as begin_login
from .login import begin_sign_up, log_in, sign_up
from .reset import begin_reset, reset
from .rules import available

__all__ = [
    "add",
    "available",
    "begin",
    "begin_login",
    "begin_reset",
    "begin_sign_up",
    "listed",
    "log_in",
    "remove",
    "reset",
    "sign_up",
]
