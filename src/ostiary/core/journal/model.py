"""What happened."""

from typing import Any

from msgspec import Struct

from ostiary.terms.ids import ClientId, UserId
from ostiary.terms.time import Instant


class Event(Struct, frozen=True, kw_only=True):
    id: str  # time-ordered
    at: Instant
    event: str  # subject.verb_in_the_past
    user_id: UserId | None
    client_id: ClientId | None
    ip: str | None
    data: dict[str, Any]


class Line(Struct, frozen=True, kw_only=True):
    """An event exactly as it is kept, byte for byte."""

    id: str
    at: Instant
    event: str
    user_id: str | None
    client_id: str | None
    ip: str | None
    data: bytes


class Count(Struct, frozen=True, kw_only=True):
    """How often something happened; `of`: the channel, or the kind of credential, where the event says one."""

    event: str
    of: str | None
    times: int


class Filter(Struct, frozen=True, kw_only=True):
    """Which events are wanted; `None`: whichever."""

    user: UserId | None = None
    event: str | None = None
    since: Instant | None = None
