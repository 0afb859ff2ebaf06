"""Shapes that several resources of this dialect share."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from ostiary.core.clients.model import AuthorizationRequest
from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber, email_address, phone_number
from ostiary.terms.failures import Malformed
from ostiary.terms.ids import ClientId

Text: TypeAlias = Annotated[str, Meta(max_length=2048)]
Long: TypeAlias = Annotated[str, Meta(max_length=8192)]


class AuthParameters(Struct, frozen=True, kw_only=True):
    """The block of authorization parameters that the SDK sends to several endpoints."""

    client_id: Text | None = None
    response_type: Text = "code"
    response_mode: Text | None = None
    redirect_uri: Text | None = None
    scope: Text | None = None
    state: Text | None = None
    nonce: Text | None = None
    code_challenge: Text | None = None
    code_challenge_method: Text | None = None
    display: Text | None = None
    prompt: Text | None = None
    persistent: bool | None = None
    origin: Text | None = None


def asked(
    parameters: AuthParameters, client_id: ClientId, action: str | None = None
) -> AuthorizationRequest:
    """The authorization request that these parameters spell, not yet checked."""
    mode = parameters.response_mode or "query"
    if parameters.response_type == "code" and mode not in ("query", "web_message"):
        raise Malformed("parameter_invalid", field="response_mode", detail="query or web_message")
    return AuthorizationRequest(
        client_id=client_id,
        redirect_uri=parameters.redirect_uri,
        response_type=parameters.response_type,
        response_mode=mode,
        scope=parameters.scope or "",
        state=parameters.state,
        nonce=parameters.nonce,
        code_challenge=parameters.code_challenge,
        code_challenge_method=parameters.code_challenge_method,
        persistent=bool(parameters.persistent),
        action=action,
    )


def channel(auth_type: str) -> Channel:
    try:
        return Channel(auth_type)
    except ValueError as unknown:
        raise Malformed("parameter_invalid", field="auth_type", detail="email or sms") from unknown


def contact_points(
    email: str | None, phone: str | None
) -> tuple[EmailAddress | None, PhoneNumber | None]:
    """Both, in their one spelling; at least one is needed."""
    if not email and not phone:
        raise Malformed("identifier_missing")
    return (
        email_address(email) if email else None,
        phone_number(phone) if phone else None,
    )
