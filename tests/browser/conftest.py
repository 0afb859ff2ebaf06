"""Pages as a person meets them, in a real Chromium."""

from tests.browsing import chromium, page, server

__all__ = ["chromium", "page", "server"]
