"""Adding, listing and removing second factors, under re-authentication."""

from .flow import enable, listed, remove, start, verify, verify_link, withdraw

__all__ = ["enable", "listed", "remove", "start", "verify", "verify_link", "withdraw"]
