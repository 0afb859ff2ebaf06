"""openid-client, a certified OpenID Connect client for Node, as strict as it can be made."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import Server

SHOP = "https://shop.demo.localhost:8443/callback"
PASSWORD = "correct horse battery staple"
PROJECT = f"""
project:
  project_id: project-test-11111111-1111-4111-8111-111111111111
clients:
  - client_id: shop
    public: true
    redirect_uris: ["{SHOP}"]
  - client_id: shop-of-old
    public: true
    redirect_uris: ["{SHOP}"]
    id_token_signed_response_alg: RS256
users:
  - email: ann@example.com
    email_verified: true
    password: {PASSWORD}
    given_name: Ann
"""
INVALID_GRANT = {"status": 400, "error": "invalid_grant"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    config = folder / "project.yaml"
    config.write_text(PROJECT, encoding="utf-8")
    with Server(folder / "data", config=config) as started:
        yield started


def told(server: Server, conversation: str, **asked: str) -> Any:
    """What the client saw in one of the conversations kept beside this file."""
    asked = {
        "issuer": server.url,
        "ca": str(server.certificate_authority),
        "client_id": "shop",
        "alg": "ES256",
        "redirect_uri": SHOP,
        "scope": "openid profile email offline_access",
        "email": "ann@example.com",
        "password": PASSWORD,
    } | asked
    script = Path(__file__).parent / "openid-client" / f"{conversation}.mjs"
    command = ["node", str(script), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{conversation}:\n{done.stderr}\n{server.log()}"
    return json.loads(done.stdout)


@pytest.mark.parametrize(("client_id", "alg"), [("shop", "ES256"), ("shop-of-old", "RS256")])
def test_a_code_with_pkce_becomes_tokens_that_a_strict_client_believes(
    server: Server, client_id: str, alg: str
) -> None:
    seen = told(server, "code", client_id=client_id, alg=alg)
    metadata, claims, userinfo = seen["metadata"], seen["claims"], seen["userinfo"]

    assert metadata["issuer"] == seen["iss"] == claims["iss"] == server.url
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert alg in metadata["id_token_signing_alg_values_supported"]

    assert seen["sent_to"] == SHOP
    assert seen["token_type"].lower() == "bearer"
    assert seen["expires_in"] == 3600
    assert claims["aud"] in (client_id, [client_id])
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "urn:ostiary:acr:1fa"
    assert abs(claims["auth_time"] - server.now()) < 60
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["email"] == "ann@example.com"
    assert userinfo["given_name"] == "Ann"


def test_a_client_that_got_something_wrong_is_told_so_in_its_own_words(server: Server) -> None:
    assert told(server, "wrong") == {
        "another_verifier": INVALID_GRANT,
        "another_code": INVALID_GRANT,
        "another_redirect_uri": {"status": 400, "error": "invalid_request"},
    }


def test_a_code_used_twice_takes_back_what_it_gave(server: Server) -> None:
    seen = told(server, "stolen")

    assert seen["again"] == INVALID_GRANT
    assert seen["refresh"] == INVALID_GRANT
    assert seen["userinfo"]["status"] == 401


def test_refreshing_rotates_and_a_reused_refresh_token_ends_its_family(server: Server) -> None:
    seen = told(server, "refresh", new_email="new@example.com")
    first, *refreshed = seen["claims"]

    assert seen["different"] == 3
    for claims in refreshed:  # OpenID Connect Core 1.0 §12.2
        assert {name: claims[name] for name in ("iss", "sub", "aud", "auth_time", "amr")} == {
            name: first[name] for name in ("iss", "sub", "aud", "auth_time", "amr")
        }
    assert first["sub"] == seen["id"]
    assert seen["userinfo"]["email"] == "new@example.com"
    assert seen["reused"] == INVALID_GRANT
    assert seen["newest_after_reuse"] == INVALID_GRANT


def test_a_revoked_refresh_token_is_worth_nothing(server: Server) -> None:
    seen = told(server, "revoke")

    # ReachFive answers 204, which its SDK needs; RFC 7009 §2.2 says 200, and this client minds.
    assert seen["remark"] == {"error": "OAUTH_RESPONSE_IS_NOT_CONFORM"}
    assert seen["refresh"] == INVALID_GRANT
