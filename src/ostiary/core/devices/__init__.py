"""Browsers a user has chosen to trust: they skip the second factor of a login, and nothing else (TD-4)."""

from .flow import check_available, forget, forget_all, known, listed, recognise, trust
from .store import of_user, sweep

__all__ = [
    "check_available",
    "forget",
    "forget_all",
    "known",
    "listed",
    "of_user",
    "recognise",
    "sweep",
    "trust",
]
