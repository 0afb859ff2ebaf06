from collections import Counter
from typing import Any

import msgspec

from ostiary.terms.ids import ClientId, UserId, time_ordered
from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import Count, Event, Filter

RECORD = """
INSERT INTO journal (id, at, event, user_id, client_id, ip, data)
VALUES (:id, :at, :event, :user, :client, :ip, :data)
"""
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

    Who acts on another's account is named, and the address is theirs.
    """
    if work.actor is not None:
        data["actor"], ip = work.actor.name, ip or work.actor.ip
    await work.sql.run(
        RECORD,
        id=work.new_id(),
        at=work.now,
        event=event,
        user=user,
        client=client,
        ip=ip,
        data=msgspec.json.encode(data),
    )


async def page(
    work: Work, wanted: Filter, *, before: str | None = None, most: int
) -> tuple[Event, ...]:
    """The newest events that are wanted, or those before one of them."""
    values = {
        "user": wanted.user,
        "event": wanted.event,
        "earliest": None if wanted.since is None else _first_id(wanted.since),
        "before": before,
    }
    given = {name: value for name, value in values.items() if value is not None}
    conditions = " AND ".join(_CONDITIONS[name] for name in given) or "1 = 1"
    rows = await work.sql.all(_PAGE.format(conditions=conditions), most=most, **given)
    return tuple(_event(row) for row in rows)


async def tally(work: Work, since: Instant) -> tuple[Count, ...]:
    """How often each thing happened since then, by channel or kind where it has one."""
    counted = Counter[tuple[str, str | None]]()
    for row in await work.sql.all(SINCE, earliest=_first_id(since)):
        said = _SAID.decode(row["data"])
        counted[row["event"], said.get("channel") or said.get("kind")] += 1
    return tuple(Count(event=event, of=of, times=times) for (event, of), times in counted.items())


def _first_id(at: Instant) -> str:
    """Ids are time-ordered: this is the first that an event of that instant could have."""
    return time_ordered(at, 0, bytes(8))


def _event(row: Row) -> Event:
    return Event(**{**row, "data": msgspec.json.decode(row["data"])})
