from msgspec import Struct


class TokenRequest(Struct, frozen=True, kw_only=True):
    """The parameters of the token endpoint (OAuth 2.1 §3.2.2, RFC 6749 §4.3.2), from JSON or a form."""

    grant_type: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    username: str | None = None
    password: str | None = None
    scope: str | None = None
    ip: str | None = None
