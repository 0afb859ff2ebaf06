"""The demo as it is started: a server of its own for each module."""

from tests.browsing import server

__all__ = ["server"]
