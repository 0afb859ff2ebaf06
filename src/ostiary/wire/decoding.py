"""From bytes to what an endpoint asked for; what cannot be understood, or kept, is refused."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from ostiary.terms.failures import Failure, Malformed

from .checking import explained

T = TypeVar("T")

LARGEST_BODY = 65_536  # bytes; no request of any dialect comes near it
DEEPEST = 32  # lists and objects within each other (RFC 8259 §9 lets a parser draw the line)
MERGE_PATCH = "application/merge-patch+json"  # RFC 7396 §4


class TooLarge(Failure):
    """More than `LARGEST_BODY` was sent."""


class UnsupportedMediaType(Failure):
    """A body in a format the endpoint does not read."""


def parameters_of(request: Request) -> dict[str, str]:
    """Of the query."""
    query = request.scope["query_string"]
    return parse_parameters(_text(query)) if query else {}


async def body_of(request: Request, type_: type[T], *, form: bool) -> T:
    """JSON; where `form`, also form-encoded; a merge patch where it is a PATCH."""
    raw = await _read(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not raw and not media_type:
        return convert({}, type_)
    if media_type == "application/json" or (
        request.method == "PATCH" and media_type == MERGE_PATCH
    ):
        return decode_json(raw or b"{}", type_)
    if form and media_type == "application/x-www-form-urlencoded":
        return convert(parse_parameters(_text(raw)), type_)
    raise UnsupportedMediaType("media_type_unsupported")


async def _read(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise TooLarge("body_too_large")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise TooLarge("body_too_large")
        chunks.append(chunk)
    return b"".join(chunks)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed("body_malformed") from error


def parse_parameters(text: str) -> dict[str, str]:
    """Form-encoded parameters; one given twice is refused (RFC 6749 §3.1, OA-7)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise Malformed("body_malformed") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed("parameter_repeated", field=name[:64])
        if "\0" in value:
            raise Malformed("parameter_invalid", field=name[:64], detail="holds a NUL character")
        found[name] = value
    return found


def decode_json(raw: bytes, type_: type[T]) -> T:
    try:
        decoded = msgspec.json.decode(raw, type=type_)
        if b"\\u0000" in raw or raw.count(b"[") + raw.count(b"{") > DEEPEST:
            _inspect(msgspec.json.decode(raw))
    except msgspec.ValidationError as error:
        raise explained(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("body_malformed") from error
    return decoded


def convert(values: Mapping[str, Any], type_: type[T]) -> T:
    try:
        return msgspec.convert(values, type_, strict=False)
    except msgspec.ValidationError as error:
        raise explained(error) from error


def _inspect(value: object, field: str = "", depth: int = 0) -> None:
    """Refuse what no column of PostgreSQL holds, and what is too deep to be written again."""
    if depth > DEEPEST:
        raise Malformed("body_malformed")
    if isinstance(value, str) and "\0" in value:
        raise Malformed("parameter_invalid", field=field, detail="holds a NUL character")
    if isinstance(value, dict):
        for name, member in value.items():
            _inspect(name, field, depth)
            _inspect(member, name, depth + 1)
    if isinstance(value, list):
        for member in value:
            _inspect(member, field, depth + 1)
