"""How this dialect spells instants and lists."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.terms.time import Instant, rfc3339

from ..http import json

T = TypeVar("T")
S = TypeVar("S")


class ListQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: the `next` of the page before."""

    cursor: Annotated[str, Meta(pattern="^[0-9a-f-]{36}$")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Listed(Struct, Generic[T], frozen=True):
    """One page of a list; `next` is null on the last one."""

    items: tuple[T, ...]
    next: str | None = None


def page(
    found: Sequence[T], limit: int, show: Callable[[T], S], cursor: Callable[[T], str]
) -> Response:
    """The first `limit` of what was found: one more than that was asked for, to know whether there is more."""
    shown = found[:limit]
    following = cursor(shown[-1]) if len(found) > limit else None
    return json(Listed(tuple(show(one) for one in shown), following))


def whole(items: Iterable[T]) -> Response:
    """A list that is never long."""
    return json(Listed(tuple(items)))


def perhaps(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant)
