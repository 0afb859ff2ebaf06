"""The journal: filtered, leafed through, exported."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.responses import Response

from ostiary.core import journal
from ostiary.core.journal.model import Event, Filter
from ostiary.core.work import Work
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant

from ..http import json
from .doors import HOME, Visit

PAGE = 50
EXPORTED = 10_000


class Row(Struct, frozen=True):
    """An event, and what it says beside its own columns."""

    event: Event
    said: tuple[tuple[str, str], ...]


async def show(work: Work, visit: Visit) -> Response:
    """What happened, newest first."""
    asked = {name: _asked(visit, name) for name in ("event", "user", "since")}
    before = visit.call.parameters.get("before")
    found = await journal.page(work, _filter(asked), before=before, most=PAGE + 1)
    query = urlencode({name: value for name, value in asked.items() if value})
    older = ""
    if len(found) > PAGE:
        older = f"{HOME}/journal?{query}&before={found[PAGE - 1].id}"
    return visit.html(
        "journal.html",
        asked=asked,
        rows=[_row(event) for event in found[:PAGE]],
        older=older,
        export=f"{HOME}/journal.json?{query}",
    )


async def export(work: Work, visit: Visit) -> Response:
    """The newest of what the filter lets through, as JSON."""
    asked = {name: _asked(visit, name) for name in ("event", "user", "since")}
    response = json(await journal.page(work, _filter(asked), most=EXPORTED))
    response.headers["content-disposition"] = 'attachment; filename="journal.json"'
    return response


def _asked(visit: Visit, name: str) -> str:
    return visit.call.parameters.get(name, "").strip()


def _filter(asked: dict[str, str]) -> Filter:
    return Filter(
        user=UserId(asked["user"]) if asked["user"] else None,
        event=asked["event"] or None,
        since=_midnight(asked["since"]),
    )


def _midnight(day: str) -> Instant | None:
    """As a date field spells it; None where it is no day."""
    try:
        return Instant(int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()))
    except ValueError:
        return None


def _row(event: Event) -> Row:
    data = sorted(event.data.items(), key=lambda item: item[0] != "actor")  # who did it, first
    said = tuple(
        (name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for name, value in data
        if value is not None
    )
    return Row(event, said)
