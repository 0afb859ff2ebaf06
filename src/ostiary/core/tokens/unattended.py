"""Access tokens without a user: a client's own, kept apart so that none is ever taken for a person's."""

from typing import Any

from ostiary.terms.time import Seconds, after

from .. import clients, journal, keys, projects
from ..clients.model import Client, GrantType
from ..work import Work
from . import rules, store
from .model import Minted


async def issue(work: Work, client: Client, scope: str) -> Minted:
    """A token whose subject is the client (RFC 9068 §2.2)."""
    lifetime = Seconds((await projects.settings(work)).tokens.access)
    id = work.new_id()
    await store.add_unattended(work, id, client.id, after(work.now, lifetime))
    claims = rules.client_claims(
        client.id, issuer=work.issuer, scope=scope, jti=id, now=work.now, lifetime=lifetime
    )
    ring, alg = await keys.ring(work), client.id_token_signed_response_alg
    await journal.record(work, "tokens.issued", client=client.id, scope=scope)
    return Minted(
        access_token=rules.sign(ring, alg, rules.ACCESS_TYPE, claims),
        expires_in=lifetime,
        scope=scope,
    )


async def read(work: Work, text: str) -> dict[str, Any] | None:
    """The claims of a client's own token, while it lives and its client may still have one."""
    claims = rules.verify(await keys.ring(work), text, rules.ACCESS_TYPE, work.issuer, work.now)
    if claims is None or "gid" in claims or not isinstance(claims.get("jti"), str):
        return None
    if not await store.unattended_lives(work, claims["jti"]):
        return None
    client = (await clients.registry(work)).by_id.get(claims["client_id"])
    allowed = client is not None and GrantType.CLIENT_CREDENTIALS in client.grants
    return claims if allowed else None


async def revoke(work: Work, client: Client, text: str) -> None:
    """The client's own, if this is one (RFC 7009 §2.1)."""
    claims = await read(work, text)
    if claims is not None and claims["client_id"] == client.id:
        await store.revoke_unattended(work, claims["jti"])
        await journal.record(work, "grant.revoked", client=client.id, reason="asked")
