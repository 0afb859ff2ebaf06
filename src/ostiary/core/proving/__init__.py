"""One factor proved in one call, for an application that keeps the session itself."""

from . import codes, passkeys, passwords, sessions, totps
from .flow import conclude, dossier, held
from .rules import address_of, addresses, unverified

__all__ = [
    "address_of",
    "addresses",
    "codes",
    "conclude",
    "dossier",
    "held",
    "passkeys",
    "passwords",
    "sessions",
    "totps",
    "unverified",
]
