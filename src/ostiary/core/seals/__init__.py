"""Was the journal altered? Its lines are sealed in a chain, some time after they were written."""

from .flow import MOST, forget, seal, verify, waiting

__all__ = ["MOST", "forget", "seal", "verify", "waiting"]
