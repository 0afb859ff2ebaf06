"""One factor proved in one call, for an application that keeps the session itself."""

from . import codes, embedded, links, ownership, pages, passkeys, passwords, resets, sessions, totps
from .flow import conclude, dossier, dossiers, held
from .rules import address_of, addresses, unverified

__all__ = [
    "address_of",
    "addresses",
    "codes",
    "conclude",
    "dossier",
    "dossiers",
    "embedded",
    "held",
    "links",
    "ownership",
    "pages",
    "passkeys",
    "passwords",
    "resets",
    "sessions",
    "totps",
    "unverified",
]
