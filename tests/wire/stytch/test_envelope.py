"""What every answer has in common: who may ask, what is wrong, and in which shape that is said."""

import pytest

from tests.wire.stytch.conftest import Ask
from tests.world import PROJECT, World

DEAF = "project-test-22222222-2222-4222-8222-222222222222"


async def test_who_am_i(ask: Ask) -> None:
    answer = await ask("GET /debug/whoami")
    assert (answer["project_id"], answer["name"]) == (PROJECT, "Demo")


async def test_the_keys_are_open_to_everybody(world: World, ask: Ask) -> None:
    """As the SDKs read them: without a secret, certificates and all."""
    answer = await world.http.get(f"/v1/sessions/jwks/{PROJECT}")
    assert answer.json()["status_code"] == answer.status_code == 200
    for key in answer.json()["keys"]:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert (key["key_ops"], len(key["x5c"])) == (["verify"], 1)
        assert key["x5tS256"] == key["x5t#S256"]
        assert not key.keys() & {"d", "p", "q"}
    told = await ask(f"GET /sessions/jwks/{DEAF}")
    assert (told["status_code"], told["error_type"]) == (404, "project_not_found")
    again = await world.http.get(f"/v1/sessions/jwks/{PROJECT}")
    assert again.json()["keys"] == answer.json()["keys"], "every worker shows the same"


async def test_the_document(world: World) -> None:
    method, path = (line := "GET /openapi.json").split()
    answer = await world.back_end().request(method, path)
    assert answer.json()["openapi"].startswith("3."), line


@pytest.mark.parametrize(
    ("line", "status", "error_type"),
    [
        ("GET /nothing", 404, "route_not_found"),
        ("POST /oauth/authenticate", 404, "route_not_found"),
        ("GET /rbac/policy", 404, "route_not_found"),
        ("POST /b2b/sessions/authenticate", 404, "route_not_found"),
        ("DELETE /debug/whoami", 405, "method_not_allowed"),
        ("GET /users/user-test-1%2F%2B2", 400, "invalid_user_id"),
        ("GET /users/somebody", 404, "user_not_found"),
        (
            "GET /users/user-test-0198f2a0-0000-7000-8000-000000000000",
            404,
            "user_not_found",
        ),
    ],
)
async def test_what_is_not_there(ask: Ask, line: str, status: int, error_type: str) -> None:
    answer = await ask(line)
    assert (answer["status_code"], answer["error_type"]) == (status, error_type)
    assert answer.keys() == {
        "status_code",
        "request_id",
        "error_type",
        "error_message",
        "error_url",
    }


@pytest.mark.parametrize(
    ("headers", "status", "error_type"),
    [
        ({}, 401, "unauthorized_credentials"),
        ({"authorization": "Bearer x"}, 400, "invalid_authorization_header"),
        ({"authorization": "Basic é"}, 400, "invalid_authorization_header"),
        ({"authorization": "Basic eA=="}, 400, "invalid_authorization_header"),
    ],
)
async def test_who_does_not_say_who_they_are(
    world: World, headers: dict[str, str], status: int, error_type: str
) -> None:
    encoded = {name.encode(): value.encode() for name, value in headers.items()}
    answer = await world.browser().get("/v1/debug/whoami", headers=encoded)
    assert (answer.status_code, answer.json()["error_type"]) == (status, error_type)


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b'{"email": 5}', "application/json", 400),
        (b'{"email": null}', "application/json", 400),
        (b"x" * 70_000, "application/json", 413),
    ],
)
async def test_a_body_that_is_none(
    world: World, content: bytes, media_type: str, status: int
) -> None:
    answer = await world.back_end().post(
        "/otps/email/send", content=content, headers={"content-type": media_type}
    )
    assert answer.status_code == answer.json()["status_code"] == status


async def test_no_page_may_read_this(world: World) -> None:
    """It is for back ends: a browser has no project secret to keep."""
    answer = await world.http.get(f"/v1/sessions/jwks/{PROJECT}")
    assert "access-control-allow-origin" not in answer.headers


async def test_unknown_fields_are_ignored_and_null_is_absent(ask: Ask) -> None:
    answer = await ask(
        "POST /otps/email/send",
        {
            "email": "ann@demo.localhost",
            "session_token": None,
            "user_id": None,
            "telemetry_id": "x",
            "new_in_the_next_version": {},
        },
    )
    assert answer["status_code"] == 200
