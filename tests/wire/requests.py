"""A well-formed request for every route, made from the route table; and what can be wrong with one."""

from typing import Any

import msgspec
from msgspec import Struct, inspect

from ostiary.wire.http import Endpoint
from tests.world import AUTHORIZATION, CALLBACK, PASSWORD

# what a field is filled with; a text that no field of this name is for stands in for the others
VALUES: dict[str, Any] = {
    **AUTHORIZATION,
    "auth_type": "sms",
    "email": "nobody@demo.localhost",
    "grant_type": "authorization_code",
    "max_age": 60,
    "password": PASSWORD,
    "persistent": True,
    "phone_number": "+33600000000",
    "redirect_uri": CALLBACK,
    "response_mode": "query",
    "verification_code": "123456",
}


class Request(Struct, frozen=True, kw_only=True):
    body: Any = None
    query: Any = None


def path_of(endpoint: Endpoint) -> str:
    return endpoint.path.format(id="x", name="x.json")


def fields_of(type_: Any) -> dict[str, inspect.Field]:
    """The fields of a request's struct by the name they have on the wire."""
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field for field in info.fields}


def example(endpoint: Endpoint, *, full: bool = False) -> Request:
    """A request that can be read: with everything that must be there, or with everything there is."""
    body = None if endpoint.body is None else filled(endpoint.body, full=full)
    query = None if endpoint.query is None else filled(endpoint.query, full=full)
    return Request(body=body, query=query and {k: said_in_a_query(v) for k, v in query.items()})


def filled(type_: Any, *, full: bool) -> dict[str, Any]:
    return {
        name: value_for(name, field.type, full=full)
        for name, field in fields_of(type_).items()
        if full or field.required or name in ("client_id", "redirect_uri")
    }


def value_for(name: str, type_: inspect.Type, *, full: bool = False) -> Any:
    match type_:
        case inspect.StructType(cls=cls):
            return filled(cls, full=full)
        case inspect.UnionType(types=types):
            present = next(t for t in types if not isinstance(t, inspect.NoneType))
            return value_for(name, present, full=full)
        case inspect.BoolType():
            return False
        case inspect.IntType():
            return VALUES.get(name, 1)
        case inspect.DictType():
            return {}
        case inspect.ListType(item_type=item):
            return [value_for(name, item)]
        case inspect.StrType():
            return VALUES.get(name, "x")
        case other:
            raise NotImplementedError(other)


def said_in_a_query(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


__all__ = ["Request", "example", "fields_of", "path_of", "said_in_a_query", "value_for"]
