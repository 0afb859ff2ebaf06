"""From plain values to a struct; or everything that is wrong with them, where, and what may be meant."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import EnumMeta
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, inspect

from ostiary.terms.failures import Malformed

T = TypeVar("T")
_CLOSE = 0.5  # of difflib's ratio: `factors` is near `facors`, and `codes` is not


class Wrong(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: where, why, and the valid name most like what is there."""

    path: str
    message: str
    nearest: str | None = None
    line: int | None = None  # of a template

    def __str__(self) -> str:
        told = self.nearest is None or self.nearest in self.message
        hint = "" if told else f"; did you mean `{self.nearest}`?"
        return f"{self.path}: {self.message}{hint}" if self.path else f"{self.message}{hint}"


class Nonsense(Malformed):
    """Understood, and not acceptable."""

    def __init__(self, *wrongs: Wrong) -> None:
        super().__init__("not_acceptable", detail="; ".join(map(str, wrongs)))
        self.wrongs = wrongs


def checked(values: Any, type_: type[T], where: str = "") -> T:
    """The values as this type; `Nonsense` where they are none of it. `where` they come from."""
    check_names(values, type_, where)
    try:
        return msgspec.convert(values, type_)
    except msgspec.ValidationError as error:
        failure = explained(error)
        path = ".".join(part for part in (where, failure.field or "") if part)
        raise Nonsense(Wrong(path=path, message=failure.detail or "is missing")) from error


def check_names(values: Any, type_: Any, where: str = "") -> None:
    """`Nonsense` where a key or a word is none of this type's: in a patch, even of what is to be taken away."""
    if wrongs := tuple(_misnamed(values, _shape(type_), where)):
        raise Nonsense(*wrongs)


def explained(error: msgspec.ValidationError) -> Malformed:
    """msgspec says «Object missing required field `x`» or «Expected `str`, got `int` - at `$.x`»."""
    text, _, where = str(error).partition(" - at `$")
    field = where.strip("`").lstrip(".")
    if text.startswith("Object missing required field"):
        missing = text.split("`")[1]
        return Malformed("parameter_missing", field=f"{field}.{missing}" if field else missing)
    return Malformed("parameter_invalid", field=field or None, detail=text)


def nearest(name: str, names: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name, sorted(names), n=1, cutoff=_CLOSE)), None)


def unknown(name: str, names: Iterable[str], path: str, what: str = "key") -> Wrong:
    """A name that is none of these: the one most like it, else all of them."""
    near = nearest(name, names)
    message = f"unknown {what}" if near else f"unknown {what}; known: {', '.join(sorted(names))}"
    return Wrong(path=path, message=message, nearest=near)


@lru_cache
def _shape(type_: Any) -> inspect.Type:
    return inspect.type_info(type_)


def _misnamed(values: Any, shape: inspect.Type, path: str) -> Iterator[Wrong]:
    """Keys and words that no struct and no enum knows; a key is looked at even where its value is null."""
    match shape:
        case inspect.StructType() if isinstance(values, dict):
            fields = {field.encode_name: field.type for field in shape.fields}
            for name, value in values.items():
                below = f"{path}.{name}" if path else str(name)
                if name in fields:
                    yield from _misnamed(value, fields[name], below)
                else:
                    yield unknown(str(name), fields, below)
        case inspect.DictType() if isinstance(values, dict):
            for name, value in values.items():
                yield from _misnamed(value, shape.value_type, f"{path}.{name}" if path else name)
        case inspect.VarTupleType() if isinstance(values, list | tuple):
            for index, value in enumerate(values):
                yield from _misnamed(value, shape.item_type, f"{path}[{index}]")
        case inspect.EnumType() if isinstance(values, str):
            if values not in (words := _words(shape.cls)):
                yield unknown(values, words, path, f"word {values!r}")
        case inspect.UnionType():
            for one in shape.types:
                yield from _misnamed(values, one, path)
        case _:
            return


def _words(enum: EnumMeta) -> list[str]:
    return [str(member.value) for member in enum]  # type: ignore[var-annotated]
