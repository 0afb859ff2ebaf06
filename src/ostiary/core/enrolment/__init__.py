"""Adding, listing and removing second factors, under re-authentication."""

from .flow import announce, enable, listed, remove, start, verify, verify_link, withdraw

__all__ = ["announce", "enable", "listed", "remove", "start", "verify", "verify_link", "withdraw"]
