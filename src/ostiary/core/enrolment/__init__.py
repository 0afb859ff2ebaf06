"""Adding, listing and removing second factors, under re-authentication."""

from .flow import listed, remove, start, verify, verify_link, withdraw

__all__ = ["listed", "remove", "start", "verify", "verify_link", "withdraw"]
