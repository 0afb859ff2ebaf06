"""Who we are and which keys we sign with (OpenID Connect Discovery 1.0, RFC 8414, RFC 7517)."""

from functools import cache
from typing import Any

import msgspec
from starlette.responses import Response

from ostiary.core import keys
from ostiary.core.clients.model import SCOPES
from ostiary.core.grants import SUPPORTED
from ostiary.core.keys.model import Algorithm
from ostiary.core.work import OpenWork, Work
from ostiary.terms.assurance import Acr

from ..http import Call

CACHED = "public, max-age=300"  # seconds; a key is published long before it signs


async def openid_configuration(open_work: OpenWork, call: Call) -> Response:
    """The metadata of this authorization server."""
    return Response(
        _rendered(call.server.public_url),
        media_type="application/json",
        headers={"cache-control": CACHED},
    )


@cache
def _rendered(issuer: str) -> bytes:
    return msgspec.json.encode(metadata(issuer))


def metadata(issuer: str) -> dict[str, Any]:
    algorithms = [alg.value for alg in Algorithm]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "userinfo_endpoint": f"{issuer}/identity/v1/userinfo",
        "end_session_endpoint": f"{issuer}/identity/v1/logout",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "web_message"],
        "grant_types_supported": [grant.value for grant in SUPPORTED],
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
        "id_token_signing_alg_values_supported": algorithms,
        "scopes_supported": list(SCOPES),
        "acr_values_supported": [acr.value for acr in Acr],
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


async def jwks(work: Work, call: Call) -> Response:
    """The public keys: next, current and previous."""
    ring = await keys.ring(work)
    return Response(
        ring.jwks, media_type="application/jwk-set+json", headers={"cache-control": CACHED}
    )
