from collections import Counter
from functools import cache
from typing import Any

import msgspec

from ostiary.terms.ids import ClientId, UserId, time_ordered
from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import Count, Event, Filter, Line

_WRITE = "INSERT INTO journal (id, at, event, user_id, client_id, ip, data) VALUES "
_LINE = "(:id{0}, :at{0}, :event{0}, :user{0}, :client{0}, :ip{0}, :data{0})"
AT_ONCE = 8  # lines of one statement: each number of them is a statement of its own, kept prepared
SPAN = "SELECT * FROM journal WHERE id >= :first AND id < :until ORDER BY id LIMIT :most"
SINCE_ID = "SELECT COUNT(*) AS lines, MIN(at) AS oldest FROM journal WHERE id >= :first"
REMOVE = "DELETE FROM journal WHERE id >= :first AND id < :until"
_PAGE = "SELECT * FROM journal WHERE {conditions} ORDER BY id DESC LIMIT :most"
SINCE = "SELECT event, data FROM journal WHERE id >= :earliest"
_CONDITIONS = {
    "user": "user_id = :user",
    "event": "event = :event",
    "earliest": "id >= :earliest",
    "before": "id < :before",
}
_SAID = msgspec.json.Decoder(dict[str, Any])


async def record(
    work: Work,
    event: str,
    *,
    user: UserId | None = None,
    client: ClientId | None = None,
    ip: str | None = None,
    **data: object,
) -> None:
    """`event` is subject.verb_in_the_past. Never a secret or a code: the journal is kept for years.

    Who acts on another's account is named, and the address is theirs. It is kept for the end of the unit of
    work, which writes all its lines at once.
    """
    if work.actor is not None:
        data["actor"], ip = work.actor.name, ip or work.actor.ip
    work.lines.append(
        {
            "id": work.new_id(),
            "at": work.now,
            "event": event,
            "user": user,
            "client": client,
            "ip": ip,
            "data": msgspec.json.encode(data),
        }
    )


async def write(work: Work) -> None:
    """What was recorded so far, in its order."""
    lines, work.lines = work.lines, []
    for start in range(0, len(lines), AT_ONCE):
        some = lines[start : start + AT_ONCE]
        values = {
            f"{name}{n}": value for n, line in enumerate(some) for name, value in line.items()
        }
        await work.sql.run(_writing(len(some)), **values)


@cache
def _writing(lines: int) -> str:
    return _WRITE + ", ".join(_LINE.format(n) for n in range(lines))


async def page(
    work: Work, wanted: Filter, *, before: str | None = None, most: int
) -> tuple[Event, ...]:
    """The newest events that are wanted, or those before one of them."""
    await write(work)
    values = {
        "user": wanted.user,
        "event": wanted.event,
        "earliest": None if wanted.since is None else first_id(wanted.since),
        "before": before,
    }
    given = {name: value for name, value in values.items() if value is not None}
    conditions = " AND ".join(_CONDITIONS[name] for name in given) or "1 = 1"
    rows = await work.sql.all(_PAGE.format(conditions=conditions), most=most, **given)
    return tuple(_event(row) for row in rows)


async def tally(work: Work, since: Instant) -> tuple[Count, ...]:
    """How often each thing happened since then, by channel or kind where it has one."""
    await write(work)
    counted = Counter[tuple[str, str | None]]()
    for row in await work.sql.all(SINCE, earliest=first_id(since)):
        said = _SAID.decode(row["data"])
        counted[row["event"], said.get("channel") or said.get("kind")] += 1
    return tuple(Count(event=event, of=of, times=times) for (event, of), times in counted.items())


async def span(work: Work, first: str, until: str, most: int) -> tuple[Line, ...]:
    """The lines from one id up to another, the oldest first, as they are kept."""
    rows = await work.sql.all(SPAN, first=first, until=until, most=most)
    return tuple(Line(**row) for row in rows)


async def since(work: Work, first: str) -> tuple[int, Instant | None]:
    """How many lines there are from this id on, and when the oldest of them was written."""
    row = await work.sql.one(SINCE_ID, first=first)
    return (0, None) if row is None else (row["lines"], row["oldest"])


async def remove(work: Work, first: str, until: str) -> int:
    """For what the operator keeps no longer, and for nothing else."""
    return await work.sql.run(REMOVE, first=first, until=until)


def first_id(at: Instant) -> str:
    """Ids are time-ordered: this is the first that an event of that instant could have."""
    return time_ordered(at, 0, bytes(8))


def _event(row: Row) -> Event:
    return Event(**{**row, "data": msgspec.json.decode(row["data"])})
