"""The project this server serves, and its policy."""

from .flow import configure, current, settings
from .rules import missing_prerequisites
from .store import get

__all__ = ["configure", "current", "get", "missing_prerequisites", "settings"]
