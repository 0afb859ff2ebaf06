"""The token endpoint: the phases every grant shares, and one module per grant. Adding one is a line here."""

from collections.abc import Awaitable, Callable

from ostiary.terms.failures import Malformed, Refused

from .. import clients
from ..clients.model import Client, GrantType
from ..tokens.model import Minted
from ..work import Work
from . import authorization_code, refresh_token
from .model import TokenRequest

GRANTS: dict[GrantType, Callable[[Work, Client, TokenRequest], Awaitable[Minted | Refused]]] = {
    GrantType.AUTHORIZATION_CODE: authorization_code.exchange,
    GrantType.REFRESH_TOKEN: refresh_token.exchange,
}


async def exchange(work: Work, request: TokenRequest) -> Minted | Refused:
    """Authenticate the client, find the grant it names and is allowed, hand over."""
    client = await clients.authenticate(work, request.client_id, request.client_secret)
    if not request.grant_type:
        raise Malformed("grant_type_missing", field="grant_type")
    grant = next((known for known in GRANTS if known == request.grant_type), None)
    if grant is None:
        raise Malformed("grant_type_unsupported", field="grant_type")
    clients.check_grant(client, grant)
    return await GRANTS[grant](work, client, request)


__all__ = ["GRANTS", "exchange"]
