"""The virtual clock of dev mode: an offset in the database, read by every unit of work."""

from .store import advance, offset

__all__ = ["advance", "offset"]
