"""The project this server serves, and its policy."""

from .flow import (
    authenticate,
    configure,
    current,
    digest_secret,
    lock,
    recognise,
    secret_matches,
    settings,
)
from .rules import dependent_pair, missing_prerequisites, unknown_countries
from .store import get

__all__ = [
    "authenticate",
    "configure",
    "current",
    "dependent_pair",
    "digest_secret",
    "get",
    "lock",
    "missing_prerequisites",
    "recognise",
    "secret_matches",
    "settings",
    "unknown_countries",
]
