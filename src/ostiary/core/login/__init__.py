"""Getting in: a first factor is proved, a `tkn` is earned."""

from .flow import admit, set_password, sign_up, with_password
from .rules import check_new_password

__all__ = ["admit", "check_new_password", "set_password", "sign_up", "with_password"]
