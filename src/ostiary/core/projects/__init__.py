"""The project this server serves, and its policy."""

from .flow import configure, current, lock, settings
from .rules import dependent_pair, missing_prerequisites
from .store import get

__all__ = [
    "configure",
    "current",
    "dependent_pair",
    "get",
    "lock",
    "missing_prerequisites",
    "settings",
]
