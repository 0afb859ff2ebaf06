"""The token endpoint: the phases every grant shares, and one module per grant. Adding one is a line here."""

from collections.abc import Awaitable, Callable, Mapping

from ostiary.terms.failures import Malformed, Refused

from .. import clients
from ..clients.model import Client, GrantType
from ..tokens.model import Minted
from ..work import Crunch, OpenWork, Work
from . import authorization_code, client_credentials, password, refresh_token
from .model import TokenRequest

GRANTS: dict[GrantType, Callable[[Work, Client, TokenRequest], Awaitable[Minted | Refused]]] = {
    GrantType.AUTHORIZATION_CODE: authorization_code.exchange,
    GrantType.REFRESH_TOKEN: refresh_token.exchange,
    GrantType.CLIENT_CREDENTIALS: client_credentials.exchange,
}
SLOW = {GrantType.PASSWORD: password.exchange}  # they hash, which no transaction waits for
SUPPORTED = (*GRANTS, *SLOW)


async def exchange(work: Work, request: TokenRequest) -> Minted | Refused:
    """Authenticate the client, find the grant it names and is allowed, hand over."""
    client, grant = await _admit(work, request, GRANTS)
    return await GRANTS[grant](work, client, request)


async def exchange_slowly(
    open_work: OpenWork, crunch: Crunch, request: TokenRequest
) -> Minted | Refused:
    """As `exchange`, for a grant of `SLOW`."""
    async with open_work(reading=True) as work:
        client, grant = await _admit(work, request, SLOW)
    return await SLOW[grant](open_work, crunch, client, request)


async def _admit(
    work: Work, request: TokenRequest, among: Mapping[GrantType, object]
) -> tuple[Client, GrantType]:
    client = await clients.authenticate(work, request.client_id, request.client_secret)
    if not request.grant_type:
        raise Malformed("grant_type_missing", field="grant_type")
    grant = next((known for known in among if known == request.grant_type), None)
    if grant is None:
        raise Malformed("grant_type_unsupported", field="grant_type")
    clients.check_grant(client, grant)
    return client, grant


__all__ = ["GRANTS", "SLOW", "SUPPORTED", "exchange", "exchange_slowly"]
