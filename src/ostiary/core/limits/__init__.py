"""How often a thing may be done, counted in the database with the decision it belongs to."""

from .flow import Window, take
from .store import sweep

__all__ = ["Window", "sweep", "take"]
