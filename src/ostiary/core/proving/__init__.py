"""One factor proved in one call, for an application that keeps the session itself."""

from . import codes, ownership, passkeys, passwords, sessions, totps
from .flow import conclude, dossier, dossiers, held
from .rules import address_of, addresses, unverified

__all__ = [
    "address_of",
    "addresses",
    "codes",
    "conclude",
    "dossier",
    "dossiers",
    "held",
    "ownership",
    "passkeys",
    "passwords",
    "sessions",
    "totps",
    "unverified",
]
