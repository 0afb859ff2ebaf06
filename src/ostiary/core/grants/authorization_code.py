"""`grant_type=authorization_code` (OAuth 2.1 §4.1.3, PKCE by RFC 7636)."""

import hmac

from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.ids import made_at

from .. import clients, credentials, tokens, users
from ..clients.model import Client
from ..tokens.model import Grant, Minted
from ..work import Work
from .model import TokenRequest


async def exchange(work: Work, client: Client, request: TokenRequest) -> Minted | Refused:
    """Everything is checked before the code is spent: a mistaken client may try again."""
    if not request.code:
        raise Malformed("code_missing", field="code")
    grant = await tokens.find_code(work, request.code)
    if isinstance(grant, Refused):
        return grant
    if grant.client_id != client.id:
        return Refused("code_invalid")
    if not clients.redeemable_with(client, grant.request, request.redirect_uri):
        raise Malformed("redirect_uri_mismatch", field="redirect_uri")
    if not _verified(grant, request.code_verifier):
        return Refused("code_verifier_wrong")
    user = await users.get(work, grant.user_id)
    if user is None:
        return Refused("code_invalid")
    if refusal := credentials.locked_since(user, made_at(grant.id), work.now):
        return refusal
    return await tokens.redeem(work, client, grant, user)


def _verified(grant: Grant, verifier: str | None) -> bool:
    """A verifier is demanded if, and only if, a challenge was sent (RFC 9700 §4.8.2)."""
    challenge = grant.request.code_challenge
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    return hmac.compare_digest(tokens.code_challenge(verifier).encode(), challenge.encode())
