"""Getting in: a first factor is proved, a `tkn` is earned."""

from . import passwordless
from .flow import admit, distrust_password, prove, set_password, sign_up, with_password
from .rules import check_length, check_new_password

__all__ = [
    "admit",
    "check_length",
    "check_new_password",
    "distrust_password",
    "passwordless",
    "prove",
    "set_password",
    "sign_up",
    "with_password",
]
