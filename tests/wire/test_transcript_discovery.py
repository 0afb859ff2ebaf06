"""Who we are and what we sign with (OpenID Connect Discovery 1.0, RFC 8414, RFC 7517)."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest

from tests.wire.transcript import FOREIGN, HARDENED, ISSUER, Say, Shape, said, tells
from tests.world import Person

OPENID = "GET /.well-known/openid-configuration"
OAUTH = "GET /.well-known/oauth-authorization-server"
JWKS = "GET /.well-known/jwks.json"
OPENAPI = "GET /identity/v1/openapi.json"
CACHED = "public, max-age=300"

METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/oauth/authorize",
    "token_endpoint": f"{ISSUER}/oauth/token",
    "revocation_endpoint": f"{ISSUER}/oauth/revoke",
    "introspection_endpoint": f"{ISSUER}/oauth/introspect",
    "userinfo_endpoint": f"{ISSUER}/identity/v1/userinfo",
    "end_session_endpoint": f"{ISSUER}/identity/v1/logout",
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
    "response_types_supported": ["code"],
    "response_modes_supported": ["query", "web_message"],
    "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
    ],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": [
        "none",
        "client_secret_basic",
        "client_secret_post",
    ],
    "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
    ],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256", "RS256"],
    "scopes_supported": [
        "openid",
        "profile",
        "email",
        "phone",
        "address",
        "offline_access",
        "mfa",
    ],
    "acr_values_supported": ["urn:ostiary:acr:1fa", "urn:ostiary:acr:mfa"],
    "claims_supported": [
        "sub",
        "acr",
        "amr",
        "auth_time",
        "nonce",
        "name",
        "given_name",
        "family_name",
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
        "locale",
        "updated_at",
    ],
    "prompt_values_supported": ["none", "login"],
    "authorization_response_iss_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "claims_parameter_supported": False,
}


@tells(OPENID, OAUTH)
async def test_the_server_describes_itself(say: Say) -> None:
    for line in (OPENID, OAUTH):
        said(await say(line), 200, METADATA, cache=CACHED)
        said(await say(line, origin=None), 200, METADATA, cache=CACHED, shared=False)
        said(await say(line, origin=FOREIGN), 200, METADATA, cache=CACHED, shared=False)


@tells(OPENID)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "http"},
        {"forwarded": "host=evil.example;proto=http"},
    ],
)
async def test_nobody_else_says_who_we_are(say: Say, headers: dict[str, str]) -> None:
    """SND-6: the public URL and nothing else."""
    said(await say(OPENID, headers=headers), 200, METADATA, cache=CACHED)


ES256 = {
    "crv": "P-256",
    "x": Shape(r"[\w-]{43}"),
    "y": Shape(r"[\w-]{43}"),
    "kty": "EC",
    "kid": Shape(r"[\w-]{43}"),
    "alg": "ES256",
    "use": "sig",
}
RS256 = {
    "n": Shape(r"[\w-]{342}"),
    "e": "AQAB",
    "kty": "RSA",
    "kid": Shape(r"[\w-]{43}"),
    "alg": "RS256",
    "use": "sig",
}


@tells(JWKS)
async def test_the_keys_that_sign_now_and_next_are_public(say: Say, ann: Person) -> None:
    """KEY-3; no private member among them (KEY-4); each named by its thumbprint (RFC 7638)."""
    answer = await say(JWKS)
    keys: list[dict[str, Any]] = sorted(answer.json()["keys"], key=lambda key: key["alg"])
    assert keys == [ES256, ES256, RS256, RS256]
    for key in keys:
        required = {name: key[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in key}
        canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
        thumbprint = urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode()
        assert key["kid"] == thumbprint
    said(
        answer,
        200,
        Shape(r"\{\"keys\":\[.*\]\}"),
        cache=CACHED,
        media="application/jwk-set+json",
    )
    assert HARDENED.items() <= dict(answer.headers).items()


@tells(OPENAPI)
async def test_the_dialect_describes_itself(say: Say) -> None:
    """What it says is `test_openapi.py`'s matter."""
    said(await say(OPENAPI), 200, Shape(r'\{"openapi":"3\.1\.0",.*\}'))
