"""An OpenAPI 3.1 document, assembled from a dialect's own route table."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from .http import Endpoint

JSON = "application/json"
_IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"},
    "client": {"type": "http", "scheme": "basic"},
    "admin": {"type": "http", "scheme": "bearer"},
}


def document(
    title: str,
    version: str,
    server: str,
    endpoints: Sequence[Endpoint],
    error: Any,
    *,
    error_media: str = JSON,
) -> dict[str, Any]:
    """`answer` and `shape` may name several types: one of them it is."""
    types = {
        type_
        for e in endpoints
        for named in (e.shape or e.body, e.query, e.answer)
        for type_ in (named if isinstance(named, tuple) else (named,))
        if type_ is not None
    } | {error}
    ordered = sorted(types, key=str)
    schemas, components = msgspec.json.schema_components(
        ordered, ref_template="#/components/schemas/{name}"
    )
    of = dict(zip(ordered, schemas, strict=True))
    failed = _response("What is wrong, and what to do.", of[error], error_media)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = _IN_PATH.sub(r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(
            endpoint, of, components, failed
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _operation(
    endpoint: Endpoint, of: dict[Any, Any], components: dict[str, Any], failed: dict[str, Any]
) -> dict[str, Any]:
    doc = (endpoint.handler or endpoint.free).__doc__ or endpoint.path
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.method.lower()}_{endpoint.path.strip('/').replace('/', '_')}",
        "summary": doc.strip().splitlines()[0],
        "responses": {
            str(endpoint.status): _response("As asked.", _schema(endpoint.answer, of)),
            "default": failed,
        },
    }
    if endpoint.body is not None:
        media = [JSON]
        if endpoint.form:
            media.append("application/x-www-form-urlencoded")
        schema = _schema(endpoint.shape or endpoint.body, of)
        operation["requestBody"] = {"content": {name: {"schema": schema} for name in media}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        parameters += _parameters(of[endpoint.query], components)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.secured:
        operation["security"] = [{endpoint.secured: []}]
    return operation


def _schema(named: Any, of: dict[Any, Any]) -> Any:
    if isinstance(named, tuple):
        return {"anyOf": [of[one] for one in named]}
    return of.get(named)


def _parameters(schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    name = schema["$ref"].rpartition("/")[2]
    struct = components[name]
    return [
        {"name": field, "in": "query", "required": field in struct["required"], "schema": of}
        for field, of in struct["properties"].items()
    ]


def _response(description: str, schema: Any, media: str = JSON) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {media: {"schema": schema}}}
