"""How often a thing may be done, counted in the database with the decision it belongs to."""

from .flow import Window, take
from .store import forget, sweep

__all__ = ["Window", "forget", "sweep", "take"]
