"""How often a thing may be done, counted in the database with the decision it belongs to."""

from .flow import Window, take

__all__ = ["Window", "take"]
