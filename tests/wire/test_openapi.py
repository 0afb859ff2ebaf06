"""The OpenAPI document is made of the route table; here it is checked against OpenAPI 3.1 and the table."""

from collections.abc import Iterator
from typing import Any

import pytest

from ostiary import __version__
from ostiary.wire.http import Endpoint
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.wire.requests import fields_of
from tests.world import ISSUER, World

TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}
IDS = [f"{e.method} {e.path}" for e in ENDPOINTS]


@pytest.fixture
async def document(world: World) -> dict[str, Any]:
    answer = await world.http.get("/identity/v1/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def everything(value: Any, at: str = "#") -> Iterator[tuple[str, Any]]:
    """Every object and list in a JSON document, with its JSON pointer."""
    yield at, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from everything(member, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from everything(member, f"{at}/{index}")


async def test_the_document_says_what_it_is(document: dict[str, Any]) -> None:
    assert document.keys() == {"openapi", "info", "servers", "paths", "components"}
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "Ostiary: Identity API", "version": __version__}
    assert document["servers"] == [{"url": ISSUER}]


async def test_every_route_is_there_and_no_other(document: dict[str, Any]) -> None:
    told = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert told == {(e.method, e.path) for e in ENDPOINTS}


async def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    operations = [op for path in document["paths"].values() for op in path.values()]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names))
    assert all(op["summary"] for op in operations)


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    places = {at for at, _ in everything(document)}
    references = {
        value["$ref"]
        for _, value in everything(document)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str)
    }
    assert references
    assert references <= places


async def test_every_schema_is_one(document: dict[str, Any]) -> None:
    """JSON Schema 2020-12, as far as structs are written in it."""
    schemas = document["components"]["schemas"]
    assert schemas
    for name, schema in schemas.items():
        assert schema["type"] == "object", name
        assert set(schema["required"]) <= schema["properties"].keys(), name
        for at, part in everything(schema["properties"]):
            if isinstance(part, dict) and isinstance(part.get("type"), str):
                assert part["type"] in TYPES, at
            if isinstance(part, dict) and "anyOf" in part:
                assert part["anyOf"], at


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=IDS)
async def test_an_operation_says_what_it_takes_and_gives(
    document: dict[str, Any], endpoint: Endpoint
) -> None:
    operation = document["paths"][endpoint.path][endpoint.method.lower()]
    responses = operation["responses"]
    assert responses.keys() == {str(endpoint.status), "default"}
    assert all(response["description"] for response in responses.values())
    problem = responses["default"]["content"]["application/json"]["schema"]
    assert problem == {"$ref": "#/components/schemas/ErrorBody"}
    assert ("content" in responses[str(endpoint.status)]) == (endpoint.answer is not None)

    media = set(operation.get("requestBody", {}).get("content", {}))
    form = {"application/x-www-form-urlencoded"} if endpoint.form else set()
    assert media == (set() if endpoint.body is None else {"application/json"} | form)

    parameters = operation.get("parameters", [])
    in_path = {p["name"] for p in parameters if p["in"] == "path"}
    assert in_path == {part.strip("{}") for part in endpoint.path.split("/") if "{" in part}
    assert all(p["required"] for p in parameters if p["in"] == "path")
    in_query = {p["name"]: p["required"] for p in parameters if p["in"] == "query"}
    fields = {} if endpoint.query is None else fields_of(endpoint.query)
    assert in_query == {name: field.required for name, field in fields.items()}

    schemes = document["components"]["securitySchemes"]
    named = [name for requirement in operation.get("security", []) for name in requirement]
    assert named == ([endpoint.secured] if endpoint.secured else [])
    assert set(named) <= schemes.keys()
