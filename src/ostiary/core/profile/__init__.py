"""What a person may change of themselves: profile, addresses, password; under re-authentication."""

from .flow import (
    change_address,
    change_password,
    send_verification,
    update,
    verify_address,
    verify_link,
)

__all__ = [
    "change_address",
    "change_password",
    "send_verification",
    "update",
    "verify_address",
    "verify_link",
]
