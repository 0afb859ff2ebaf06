"""`grant_type=refresh_token`, rotated at each use (OAuth 2.1 §4.3, RFC 9700 §4.14)."""

from ostiary.terms.failures import Malformed, Refused

from .. import tokens, users
from ..clients.model import Client
from ..tokens.model import Minted
from ..work import Work
from .model import TokenRequest


async def exchange(work: Work, client: Client, request: TokenRequest) -> Minted | Refused:
    if not request.refresh_token:
        raise Malformed("refresh_token_missing", field="refresh_token")
    grant = await tokens.find_refresh(work, client, request.refresh_token)
    if isinstance(grant, Refused):
        return grant
    user = await users.get(work, grant.user_id)
    if user is None:
        return Refused("refresh_token_invalid")
    scope = grant.request.scope
    if request.scope:
        asked = request.scope.split()
        if not grant.request.scopes.issuperset(asked):
            return Refused("scope_widened")  # never more than was granted (OA-8)
        scope = " ".join(dict.fromkeys(asked))
    return await tokens.rotate(work, client, grant, user, request.refresh_token, scope)
