"""What happened today, and what waits."""

from collections.abc import Iterable

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import journal, messages
from ostiary.core.journal.model import Count
from ostiary.core.work import Work
from ostiary.terms.contact import ADDRESSES
from ostiary.terms.time import Instant

from . import rendering
from .doors import Visit

DAY = 86_400


class Bar(Struct, frozen=True):
    """`width`: of the longest one's hundred."""

    name: str
    times: int
    width: int


async def overview(work: Work, visit: Visit) -> Response:
    """Counts since midnight UTC."""
    today = Instant(work.now - work.now % DAY)
    counts = await journal.tally(work, today)
    waiting, oldest = await messages.waiting(work)
    return visit.html(
        "overview.html",
        since=today,
        codes=_bars(
            (f"{rendering.spoken(channel)} {what}", _sum(counts, event, channel))
            for channel in ADDRESSES
            for what, event in (("sent", "code.queued"), ("verified", "credential.proved"))
        ),
        happened=_bars(
            (name, _sum(counts, event))
            for name, event in (
                ("logins", "login.proved"),
                ("step-ups begun", "step_up.begun"),
                ("step-ups completed", "step_up.completed"),
                ("factors enabled", "mfa.enabled"),
                ("wrong answers", "credential.refused"),
                ("codes held back", "code.throttled"),
                ("messages given up", "message.given_up"),
            )
        ),
        lockouts=_sum(counts, "account.locked"),
        waiting=waiting,
        age=0 if oldest is None else work.now - oldest,
    )


def _sum(counts: tuple[Count, ...], event: str, of: str | None = None) -> int:
    return sum(c.times for c in counts if c.event == event and of in (None, c.of))


def _bars(numbers: Iterable[tuple[str, int]]) -> list[Bar]:
    counted = list(numbers)
    longest = max((times for _, times in counted), default=0) or 1
    return [Bar(name, times, round(100 * times / longest)) for name, times in counted]
