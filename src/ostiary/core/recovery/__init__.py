"""Getting back in."""

from .flow import request, reset_password

__all__ = ["request", "reset_password"]
