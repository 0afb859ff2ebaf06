"""Adding and listing second factors, under re-authentication."""

from .flow import listed, start, verify

__all__ = ["listed", "start", "verify"]
