"""`grant_type=client_credentials`: a confidential client acts for itself (RFC 6749 §4.4)."""

from .. import clients, tokens
from ..clients.model import Client
from ..tokens.model import Minted
from ..work import Work
from .model import TokenRequest


async def exchange(work: Work, client: Client, request: TokenRequest) -> Minted:
    """Never a refresh token (§4.4.3), and no scope that speaks of a person."""
    scope = clients.unattended_scope(client, request.scope)
    return await tokens.unattended.issue(work, client, scope)
