"""Relying parties, and what one of them asks for (OAuth 2.1, OpenID Connect Core 1.0)."""

from enum import StrEnum

import msgspec
from msgspec import Struct

from ostiary.terms.ids import ClientId
from ostiary.terms.time import Seconds

from ..keys.model import Algorithm

SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access", "mfa")


class GrantType(StrEnum):
    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"
    PASSWORD = "password"


class Client(Struct, frozen=True, kw_only=True):
    """`secret_digest`: a keyed digest of a confidential client's secret, never the secret."""

    id: ClientId
    name: str = ""
    public: bool = True
    secret_digest: bytes | None = None
    grants: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    login_url: str | None = None
    scopes: tuple[str, ...] = SCOPES
    default_scope: str = " ".join(scope for scope in SCOPES if scope != "address")
    id_token_signed_response_alg: Algorithm = Algorithm.ES256
    step_up_by_access_token: bool = True


class AuthorizationRequest(Struct, frozen=True, kw_only=True):
    """What a client wants answered with a code. Kept with the transaction and with the grant, unchanged.

    How freshly and how surely who asks must be known (OpenID Connect Core 1.0 §3.1.2.1): `prompt`; `max_age` in
    seconds since `auth_time`; `acr_values`, of which any one will do.
    """

    client_id: ClientId
    redirect_uri: str | None = None
    response_type: str = "code"
    response_mode: str = "query"
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    persistent: bool = False
    action: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: Seconds | None = None
    acr_values: tuple[str, ...] = ()

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


_REQUEST: msgspec.json.Decoder[AuthorizationRequest | None] = msgspec.json.Decoder(
    AuthorizationRequest | None
)


def read_request(kept: bytes) -> AuthorizationRequest | None:
    return _REQUEST.decode(kept)


class Registry(Struct, frozen=True):
    """Every client at one revision, and the origins that any of them speaks from."""

    by_id: dict[str, Client]
    origins: frozenset[str]
    links: frozenset[str]  # every registered redirect URI: where a message's link may lead
