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
    """None where every budget had room; else the seconds until the last exhausted one has room again."""
    waits = []
    for window in windows:
        started_at, used = await store.use(work, window.bucket, window.length)
        if used > window.allowed:
            waits.append(Seconds(max(1, started_at + window.length - work.now)))
    return max(waits, default=None)
