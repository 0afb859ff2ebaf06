"""What only dev mode has: read every message, move the clock, start over, break a carrier."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import clock
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel
from ostiary.terms.failures import NotFound
from ostiary.terms.time import Seconds, rfc3339

from ..http import Call, Endpoint, json, no_content


class Inbox(Protocol):
    """What keeps the messages."""

    def find(
        self, *, to: str | None, channel: str | None, purpose: str | None, limit: int
    ) -> list[dict[str, Any]]: ...

    def clear(self) -> None: ...

    def set_mode(self, channel: Channel, mode: str, seconds: float) -> None: ...


class InboxQuery(Struct, frozen=True, kw_only=True):
    to: str | None = None
    channel: str | None = None
    purpose: str | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Advance(Struct, frozen=True, kw_only=True):
    advance: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Mode(StrEnum):
    OK = "ok"
    FAIL = "fail"
    SLOW = "slow"


class CarrierMode(Struct, frozen=True, kw_only=True):
    mode: Mode
    seconds: Annotated[float, Meta(ge=0, le=600)] = 0


def endpoints(inbox: Inbox, reset: Callable[[], Awaitable[None]]) -> tuple[Endpoint, ...]:
    async def messages(open_work: OpenWork, call: Call) -> Response:
        """Every message that was sent, newest first."""
        query: InboxQuery = call.body
        found = inbox.find(
            # no address holds a space: it is the plus that somebody typed into an address bar
            to=(query.to or "").replace(" ", "+") or None,
            channel=query.channel or None,
            purpose=query.purpose or None,
            limit=query.limit,
        )
        return json({"messages": [_message(row) for row in found]})

    async def clear(open_work: OpenWork, call: Call) -> Response:
        """Empty the inbox."""
        inbox.clear()
        return no_content()

    async def carrier(open_work: OpenWork, call: Call) -> Response:
        """Make a carrier fail or dawdle."""
        body: CarrierMode = call.body
        try:
            channel = Channel(call.path_values["channel"])
        except ValueError as unknown:
            raise NotFound("route_not_found") from unknown
        inbox.set_mode(channel, body.mode, body.seconds)
        return json({"channel": channel, "mode": body.mode, "seconds": body.seconds})

    async def start_over(open_work: OpenWork, call: Call) -> Response:
        """An empty database with the configuration applied again; keys and certificate stay."""
        await reset()
        return no_content()

    return (
        Endpoint(method="GET", path="/dev/inbox.json", free=messages, query=InboxQuery),
        Endpoint(method="DELETE", path="/dev/inbox.json", free=clear),
        Endpoint(method="GET", path="/dev/clock", handler=now, reading=True),
        Endpoint(method="POST", path="/dev/clock", handler=advance, body=Advance),
        Endpoint(method="POST", path="/dev/reset", free=start_over),
        Endpoint(method="POST", path="/dev/carriers/{channel}", free=carrier, body=CarrierMode),
    )


def _message(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "to": row["recipient"],
        "from": row["sender"],
        "subject": row["subject"],
        "text": row["text"],
        "html": row["html"],
        "purpose": row["purpose"],
        "locale": row["locale"],
        "sent_at": rfc3339(row["sent_at"]),
        "code": row["code"],
        "link": row["link"],
    }


async def now(work: Work, call: Call) -> Response:
    """The server's clock."""
    return json({"now": work.now, "offset": await clock.offset(work)})


async def advance(work: Work, call: Call) -> Response:
    """Move the clock forward, for every lifetime; every worker's next request reads it."""
    body: Advance = call.body
    now, offset = await clock.advance(work, Seconds(body.advance))
    return json({"now": now, "offset": offset})
