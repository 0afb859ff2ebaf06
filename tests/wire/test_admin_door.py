"""Who is let into the admin API, and what is said of who is not (ADM-2)."""

import hmac
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from ostiary.dev import ADMIN_TOKEN
from ostiary.production import DEV_SECRETS
from ostiary.terms.secret import Secret
from ostiary.wire.admin.routes import ENDPOINTS, PREFIX
from ostiary.wire.decoding import LARGEST_BODY
from ostiary.wire.http import Endpoint
from ostiary.wire.problems import MEDIA_TYPE
from tests.wire.test_openapi import everything
from tests.world import (
    ISSUER,
    SHOP,
    Person,
    Templates,
    World,
    demo_configuration,
    deployment_at,
    world_at,
)

every_route = pytest.mark.parametrize(
    "endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}"
)
NOBODY = "01a3185c-5000-7000-8000-000000000000"
PLACES = {
    "{purpose}": "mfa_step_up",
    "{channel}": "sms",
    "{id}": NOBODY,
    "{client_id:path}": "demo-shop",
}


def path_of(endpoint: Endpoint) -> str:
    path = endpoint.path
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path.replace("{", "").replace("}", "")


def anybody(world: World, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(world.running.identity)
    return httpx2.AsyncClient(transport=transport, base_url=ISSUER, headers=headers)


def refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "type": "urn:ostiary:problem:admin_token_needed",
        "title": "admin token needed",
        "status": 401,
    }


STRANGERS: dict[str, dict[str, str]] = {
    "nothing": {},
    "an empty token": {"authorization": "Bearer "},
    "another token": {"authorization": "Bearer dev-admin-tokem"},
    "half a token": {"authorization": "Bearer dev-admin"},
    "a token and more": {"authorization": f"Bearer {ADMIN_TOKEN}x"},
    "another scheme": {"authorization": f"Basic {ADMIN_TOKEN}"},
    "no scheme": {"authorization": ADMIN_TOKEN},
    "a cookie": {"cookie": f"admin_token={ADMIN_TOKEN}"},
    "None": {"authorization": "Bearer None"},
}


@every_route
async def test_no_route_answers_a_stranger(world: World, endpoint: Endpoint) -> None:
    for headers in STRANGERS.values():
        async with anybody(world, **headers) as http:
            refused(await http.request(endpoint.method, path_of(endpoint)))


@every_route
async def test_every_route_is_marked_and_closed_to_pages(endpoint: Endpoint) -> None:
    assert endpoint.path.startswith(PREFIX)
    assert endpoint.secured == "admin"
    assert not endpoint.cors


@every_route
async def test_the_token_opens_every_route(world: World, endpoint: Endpoint) -> None:
    async with anybody(world, authorization=f"Bearer {ADMIN_TOKEN}") as http:
        answer = await http.request(endpoint.method, path_of(endpoint), json={})
    assert answer.status_code not in (401, 405, 500), answer.text


@every_route
async def test_without_a_token_configured_nobody_comes_in(
    tokenless: World, endpoint: Endpoint
) -> None:
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer None"}):
        async with anybody(tokenless, **headers) as http:
            refused(await http.request(endpoint.method, path_of(endpoint)))


@pytest.fixture
async def tokenless(templates: Templates, tmp_path: Path) -> Any:
    configuration = demo_configuration()
    url = await templates.copy(tmp_path / "tokenless.sqlite3", configuration, "demo")
    async with world_at(replace(deployment_at(url, configuration), admin_token=None)) as world:
        yield world


@pytest.mark.parametrize("path", ["/admin/", "/admin/v1/", "/admin/v1/nothing", "/admin/v2/users"])
async def test_a_stranger_is_not_told_what_exists(world: World, path: str) -> None:
    async with anybody(world) as http:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            refused(await http.request(method, path))


async def test_a_stranger_is_refused_before_anything_is_read(world: World) -> None:
    large = b"x" * (LARGEST_BODY + 1)
    async with anybody(world) as http:
        for content in (b"{", large):
            answer = await http.patch("/admin/v1/settings", content=content)
            refused(answer)


async def test_a_persons_token_is_not_the_administrators(world: World, cleo: Person) -> None:
    await cleo.log_in()
    await cleo.step_up()
    refused(await cleo.http.get("/admin/v1/settings", headers=cleo.bearer))


async def test_no_page_may_ask_or_read(world: World) -> None:
    """No CORS: not for an answer, not for an error, not for what is not there."""
    token = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    async with anybody(world, origin=SHOP) as http:
        for path in ("/admin/v1/settings", "/admin/v1/nothing"):
            asking = {"access-control-request-method": "PATCH"}
            for answer in (
                await http.options(path, headers=asking),
                await http.get(path),
                await http.get(path, headers=token),
            ):
                assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert Secret("a guess") != Secret("the token")
    assert compared == [(b"a guess", b"the token")]


def test_the_token_of_dev_mode_is_refused_in_production() -> None:
    assert ADMIN_TOKEN in DEV_SECRETS


async def test_errors_are_problem_documents(world: World) -> None:
    admin = world.admin()
    answers = {
        404: await admin.get("/nothing"),
        405: await admin.post("/settings"),
        400: await admin.patch(
            "/settings", content=b"{", headers={"content-type": "application/json"}
        ),
        415: await admin.patch("/settings", content=b"a=b", headers={"content-type": "text/plain"}),
        413: await admin.patch("/settings", content=b"x" * (LARGEST_BODY + 1)),
        422: await admin.patch("/settings", json=[]),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["type"] == f"urn:ostiary:problem:{problem['title'].replace(' ', '_')}"
    assert answers[405].headers["allow"] == "GET, PATCH"


async def test_the_openapi_document_is_made_of_the_routes(world: World) -> None:
    document = (await world.admin().get("/openapi.json")).json()
    told = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert told == {(e.method, e.path.replace(":path", "")) for e in ENDPOINTS}
    places = dict(everything(document))
    for _, part in everything(document):
        if isinstance(part, dict) and "$ref" in part:
            assert part["$ref"] in places
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["security"] == [{"admin": []}]
            assert operation["responses"]["default"]["content"].keys() == {MEDIA_TYPE}
            named = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
            assert named == [part.strip("{}") for part in path.split("/") if "{" in part]
