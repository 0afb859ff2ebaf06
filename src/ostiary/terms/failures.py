"""The two ways a request can go wrong, never mixed.

An *outcome* (`Refused`) is returned: what was counted and recorded stays, the unit of work commits.
A *failure* (an exception) means that nothing happened: the unit of work is rolled back.
`reason` is a word of the vocabulary that every dialect translates in its `errors.py`.
"""

from msgspec import Struct

from .time import Seconds


class Refused(Struct, frozen=True):
    """No, and the fact that it was asked has been recorded."""

    reason: str
    retry_after: Seconds | None = None


class Failure(Exception):
    """Nothing happened. `field` names the offending input, where there is one."""

    def __init__(self, reason: str, *, field: str | None = None, detail: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.detail = detail  # told to the caller; must hold no secret


class Malformed(Failure):
    """The request cannot be understood, or asks for what does not exist."""


class Unauthenticated(Failure):
    """Who asks is not known, or no longer known well enough."""


class Forbidden(Failure):
    """Known, and not allowed."""


class NotFound(Failure):
    """There is no such thing, or it is not yours to know of."""


class Conflict(Failure):
    """Another unit of work changed the same row first; nothing happened, try again."""


class Throttled(Failure):
    """Too often; try again after so many seconds."""

    def __init__(self, reason: str, retry_after: Seconds) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unavailable(Failure):
    """Something this server leans on does not answer."""
