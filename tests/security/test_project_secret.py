"""The back ends' API with every kind of token: the project's secret opens it, and nothing else does.

SES-3, OA-9, TOTP-7, WA-6: no token of a person, finished or half-finished, is a key to it; a new route is covered
the moment it is in the table.
"""

import re
from base64 import b64encode
from typing import Any

import pytest

from ostiary.wire.http import Endpoint
from ostiary.wire.stytch.routes import ENDPOINTS
from tests.security.lab import all_rows
from tests.world import PASSWORD, PROJECT, PROJECT_SECRET, Person, World

ID = "0198f2a0-0000-7000-8000-000000000000"
SECURED = [endpoint for endpoint in ENDPOINTS if endpoint.secured]


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


async def impostors(world: World) -> dict[str, str | None]:
    """What somebody may show instead of the secret."""
    bob = Person(world, "bob@demo.localhost")
    tkn = await bob.tkn()
    tokens = await bob.log_in()
    step_up = await bob.step_up_token()
    session = await world.back_end().post(
        "/passwords/authenticate",
        json={"email": bob.email, "password": PASSWORD, "session_duration_minutes": 5},
    )
    kept = session.json()
    secrets = {
        "nothing": "",
        "a wrong secret": "secret-test-anythinG",
        "a tkn": tkn,
        "an access token": tokens["access_token"],
        "a refresh token": tokens["refresh_token"],
        "a step-up token": step_up,
        "a session token": kept["session_token"],
        "a session JWT": kept["session_jwt"],
        "the public token": "public-token-test-11111111-1111-4111-8111-111111111111",
        "a client's secret": "backend-secret",
        "the admin token": "dev-admin-token",
    }
    shown: dict[str, str | None] = {name: basic(PROJECT, s) for name, s in secrets.items()}
    shown["no header"] = None
    shown["a bearer"] = f"Bearer {tokens['access_token']}"
    shown["an administrator's bearer"] = "Bearer dev-admin-token"
    shown["another project's id"] = basic("project-test-other", PROJECT_SECRET)
    shown["a client's name and secret"] = basic("backend", "backend-secret")
    return shown


async def everything(world: World) -> list[list[dict[str, Any]]]:
    return [
        await all_rows(world, f"SELECT * FROM {table} ORDER BY id")
        for table in ("users", "contacts", "credentials", "sessions", "transactions", "outbox")
    ]


def path_of(endpoint: Endpoint) -> str:
    return re.sub(r"\{[^}]*\}", f"user-test-{ID}", endpoint.path)


async def test_only_the_secret_opens_it(world: World) -> None:
    """And who is refused has changed nothing."""
    shown = await impostors(world)
    before = await everything(world)
    http = world.browser()
    for endpoint in SECURED:
        for name, authorization in shown.items():
            headers = {} if authorization is None else {"authorization": authorization}
            body: Any = None if endpoint.method in ("GET", "DELETE") else {}
            answer = await http.request(
                endpoint.method, path_of(endpoint), json=body, headers=headers
            )
            told = (answer.status_code, answer.json()["error_type"])
            line = f"{endpoint.method} {endpoint.path} with {name}"
            if authorization is not None and authorization.startswith("Bearer"):
                assert told == (400, "invalid_authorization_header"), line
            else:
                assert told == (401, "unauthorized_credentials"), line
    assert await everything(world) == before


@pytest.mark.parametrize("endpoint", SECURED, ids=lambda e: f"{e.method} {e.path}")
async def test_who_has_it_is_heard(world: World, endpoint: Endpoint) -> None:
    """So that the test before this one can fail."""
    body: Any = None if endpoint.method in ("GET", "DELETE") else {}
    answer = await world.back_end().request(
        endpoint.method, path_of(endpoint).removeprefix("/v1"), json=body
    )
    assert answer.status_code in (200, 400, 404), answer.text
    assert answer.json()["status_code"] == answer.status_code
