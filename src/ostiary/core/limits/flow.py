"""Take one from each budget, or say how long to wait."""

from msgspec import Struct

from ostiary.terms.time import Seconds

from ..work import Work
from . import store


class Window(Struct, frozen=True):
    """At most `allowed` uses of `bucket` in `length` seconds, counted from the first of them."""

    bucket: str
    allowed: int
    length: Seconds


async def take(work: Work, *windows: Window) -> Seconds | None:
    """None where every budget had room; else the seconds until the exhausted one has room again.

    The shortest comes first, and what it refuses does not use up the longer ones.
    """
    for window in sorted(windows, key=lambda window: window.length):
        started_at, used = await store.use(work, window.bucket, window.length)
        if used > window.allowed:
            return Seconds(max(1, started_at + window.length - work.now))
    return None
