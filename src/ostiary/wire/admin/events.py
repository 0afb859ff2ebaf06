"""The journal."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import journal
from ostiary.core.journal.model import Event, Filter
from ostiary.core.work import Work
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant, rfc3339

from ..checking import Nonsense, Wrong
from ..http import Call
from .words import ListQuery, page

LATEST = 1 << 40  # seconds: far beyond any journal, and what an id can still hold


class EventQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`type`: the event's whole name. `since`: RFC 3339, or Unix seconds."""

    user: str | None = None
    type: str | None = None
    since: str | None = None


class EventItem(Struct, frozen=True, kw_only=True):
    id: str
    at: str
    type: str
    user: str | None
    client: str | None
    ip: str | None
    data: dict[str, Any]


def shown(event: Event) -> EventItem:
    return EventItem(
        id=event.id,
        at=rfc3339(event.at),
        type=event.event,
        user=event.user_id,
        client=event.client_id,
        ip=event.ip,
        data=event.data,
    )


async def listed(work: Work, call: Call) -> Response:
    """What happened, newest first."""
    query: EventQuery = call.body
    wanted = Filter(
        user=UserId(query.user) if query.user else None,
        event=query.type,
        since=instant_of(query.since),
    )
    found = await journal.page(work, wanted, before=query.cursor, most=query.limit + 1)
    return page(found, query.limit, shown, lambda event: event.id)


def instant_of(text: str | None) -> Instant | None:
    """RFC 3339, or Unix seconds."""
    if text is None:
        return None
    try:
        seconds = int(text) if text.isdecimal() else int(_moment(text).timestamp())
    except ValueError as error:
        raise _not_an_instant() from error
    if not 0 <= seconds < LATEST:
        raise _not_an_instant()
    return Instant(seconds)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def _not_an_instant() -> Nonsense:
    return Nonsense(Wrong(path="since", message="is neither RFC 3339 nor Unix seconds"))
