"""The project this server serves, and its policy."""

from .flow import configure, current, lock, settings
from .rules import missing_prerequisites
from .store import get

__all__ = ["configure", "current", "get", "lock", "missing_prerequisites", "settings"]
