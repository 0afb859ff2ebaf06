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


class Filter(Struct, frozen=True, kw_only=True):
    """Which events are wanted; `None`: whichever."""

    user: UserId | None = None
    event: str | None = None
    since: Instant | None = None
