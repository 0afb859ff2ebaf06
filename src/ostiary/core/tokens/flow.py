"""Answer a request with a code, redeem it once, rotate what it gave, read and revoke it."""

import hmac
from hashlib import sha256
from typing import Any

from ostiary.terms.assurance import Proof
from ostiary.terms.failures import Forbidden, Refused, Unauthenticated
from ostiary.terms.ids import CredentialId, GrantId, SessionId, UserId
from ostiary.terms.secret import SECRET_SIZE, parse_token
from ostiary.terms.time import Instant, Seconds, after

from .. import journal, keys, projects
from ..clients.model import AuthorizationRequest, Client, GrantType
from ..users.model import User
from ..work import Work
from . import rules, store, unattended
from .model import Access, Grant, Minted


async def issue_code(
    work: Work,
    user: UserId,
    session: SessionId | None,
    request: AuthorizationRequest,
    proofs: tuple[Proof, ...],
) -> str:
    """An authorization code for this request, resting on these proofs."""
    lifetimes = (await projects.settings(work)).tokens
    token = work.new_token()
    await store.add(
        work,
        Grant(
            id=GrantId(token.id),
            user_id=user,
            client_id=request.client_id,
            session_id=session,
            request=request,
            proofs=proofs,
            code_digest=token.digest,
            code_expires_at=after(work.now, Seconds(lifetimes.authorization_code)),
            expires_at=after(work.now, Seconds(lifetimes.refresh)),
        ),
    )
    return str(token)


async def find_code(work: Work, code: str) -> Grant | Refused:
    """The grant that this unredeemed code opens, locked. A code seen again revokes all it gave (OA-3)."""
    token = parse_token(code)
    grant = None if token is None else await store.lock(work, GrantId(token.id))
    if token is None or grant is None or not token.opens(grant.code_digest):
        return Refused("code_invalid")
    if grant.redeemed_at is not None:
        if await store.revoke(work, grant.id):
            await journal.record(
                work,
                "grant.revoked",
                user=grant.user_id,
                client=grant.client_id,
                reason="code_reused",
            )
        return Refused("code_invalid")
    if grant.revoked_at is not None or work.now >= grant.code_expires_at:
        return Refused("code_invalid")
    return grant


async def redeem(work: Work, client: Client, grant: Grant, user: User) -> Minted | Refused:
    """The first tokens of a grant, once."""
    scope = grant.request.scope
    family = own = refresh = None
    if "offline_access" in scope.split() and GrantType.REFRESH_TOKEN in client.grants:
        family, own = work.entropy(rules.FAMILY_SIZE), work.entropy(SECRET_SIZE)
        refresh = rules.join_refresh(grant.id, family, own)
    if not await store.redeem(work, grant.id, family and _digest(family), own and _digest(own)):
        return Refused("code_invalid")
    return await _mint(work, client, grant, user, scope, refresh)


async def find_refresh(work: Work, client: Client, text: str) -> Grant | Refused:
    """The grant that this refresh token may renew, locked.

    A token of the family that is not its newest has been used before, by its owner or by a thief: the
    family is revoked (RFC 9700 §4.14.2).
    """
    parts = rules.split_refresh(text)
    grant = None if parts is None else await store.lock(work, GrantId(parts[0]))
    if parts is None or grant is None or not _same(parts[1], grant.family_digest):
        return Refused("refresh_token_invalid")
    if grant.client_id != client.id:
        return Refused("refresh_token_invalid")
    if grant.revoked_at is not None:
        return Refused("refresh_token_revoked")
    if not _same(parts[2], grant.refresh_digest):
        await store.revoke(work, grant.id)
        await journal.record(
            work,
            "grant.revoked",
            user=grant.user_id,
            client=grant.client_id,
            reason="refresh_reused",
        )
        return Refused("refresh_token_revoked")
    if work.now >= grant.expires_at:
        return Refused("refresh_token_expired")
    return grant


async def rotate(
    work: Work, client: Client, grant: Grant, user: User, text: str, scope: str
) -> Minted | Refused:
    """New tokens for the refresh token that `find_refresh` accepted."""
    parts = rules.split_refresh(text)
    if parts is None:
        return Refused("refresh_token_invalid")
    own = work.entropy(SECRET_SIZE)
    if not await store.rotate(work, grant.id, _digest(parts[2]), _digest(own)):
        return Refused("refresh_token_revoked")
    return await _mint(
        work, client, grant, user, scope, rules.join_refresh(grant.id, parts[1], own)
    )


async def _mint(
    work: Work, client: Client, grant: Grant, user: User, scope: str, refresh: str | None
) -> Minted:
    settings = await projects.settings(work)
    ring = await keys.ring(work)
    alg = client.id_token_signed_response_alg
    assured = rules.assurance(grant, settings.assurance)
    lifetime = Seconds(settings.tokens.access)
    access = rules.sign(
        ring,
        alg,
        rules.ACCESS_TYPE,
        rules.access_claims(
            grant,
            assured,
            issuer=work.issuer,
            scope=scope,
            jti=work.new_id(),
            now=work.now,
            lifetime=lifetime,
        ),
    )
    id_token = None
    if "openid" in scope.split():
        id_token = rules.sign(
            ring,
            alg,
            rules.ID_TYPE,
            rules.id_claims(
                grant,
                assured,
                user,
                issuer=work.issuer,
                scope=scope,
                access_token=access,
                now=work.now,
                lifetime=lifetime,
            ),
        )
    await journal.record(
        work, "tokens.issued", user=grant.user_id, client=client.id, scope=scope, acr=assured.acr
    )
    return Minted(
        access_token=access,
        expires_in=lifetime,
        scope=scope,
        id_token=id_token,
        refresh_token=refresh,
    )


async def read_access(work: Work, text: str) -> Access | None:
    """The access token this text is, if it is valid and its grant lives."""
    claims = rules.verify(await keys.ring(work), text, rules.ACCESS_TYPE, work.issuer, work.now)
    if claims is None or not isinstance(claims.get("gid"), str):
        return None
    grant = await store.get(work, GrantId(claims["gid"]))
    if grant is None or grant.revoked_at is not None:
        return None
    return Access(grant=grant, claims=claims)


async def require_access(work: Work, text: str | None, *, scope: str | None = None) -> Access:
    """As `read_access`; a missing or dead token, or one without the scope, is a failure."""
    if text is None:
        raise Unauthenticated("access_token_missing")
    access = await read_access(work, text)
    if access is None:
        raise Unauthenticated("access_token_invalid")
    if scope is not None and scope not in access.scopes:
        raise Forbidden("scope_missing", detail=scope)
    return access


async def read_refresh(work: Work, text: str) -> Grant | None:
    """The living grant of which this is the newest refresh token; nothing is spent."""
    parts = rules.split_refresh(text)
    grant = None if parts is None else await store.get(work, GrantId(parts[0]))
    if parts is None or grant is None:
        return None
    newest = _same(parts[1], grant.family_digest) and _same(parts[2], grant.refresh_digest)
    if not newest or grant.revoked_at is not None or work.now >= grant.expires_at:
        return None
    return grant


async def introspect(work: Work, client: Client, text: str) -> dict[str, Any] | None:
    """What an access token of this project says now, or the client's own refresh token (RFC 7662 §2.2).

    The assurance is computed from the grant's proofs, as it was when the token was minted (STP-6).
    """
    access = await read_access(work, text)
    if access is not None:
        return {
            **access.claims,
            **await _assurance_claims(work, access.grant),
            "token_type": "Bearer",
        }
    own = await unattended.read(work, text)
    if own is not None:
        return {**own, "token_type": "Bearer"}
    grant = await read_refresh(work, text)
    if grant is None or grant.client_id != client.id:
        return None
    return {
        "iss": work.issuer,
        "sub": grant.user_id,
        "client_id": grant.client_id,
        "scope": grant.request.scope,
        "exp": grant.expires_at,
        "sid": grant.session_id,
        **await _assurance_claims(work, grant),
        "token_type": "refresh_token",
    }


async def _assurance_claims(work: Work, grant: Grant) -> dict[str, Any]:
    assured = rules.assurance(grant, (await projects.settings(work)).assurance)
    return {**rules.assurance_claims(assured), "factors": rules.factors(assured)}


async def revoke(work: Work, client: Client, text: str) -> None:
    """RFC 7009. A refresh token ends every grant its user gave the client; an access token its own.

    What is unknown, or another client's, changes nothing and is no error (§2.2).
    """
    grant = await read_refresh(work, text)
    if grant is not None and grant.client_id == client.id:
        await store.revoke_all(work, grant.user_id, client.id, work.now)
        await journal.record(work, "grants.revoked", user=grant.user_id, client=client.id)
        return
    access = await read_access(work, text)
    if access is not None and access.grant.client_id == client.id:
        await store.revoke(work, access.grant.id)
        await journal.record(
            work, "grant.revoked", user=access.user_id, client=client.id, reason="asked"
        )
        return
    await unattended.revoke(work, client, text)


def fresh(access: Access, now: Instant, age: Seconds) -> bool:
    """Was this access token issued within the last `age` seconds?"""
    return now - access.issued_at <= age


def _digest(part: bytes) -> bytes:
    return sha256(part).digest()


def _same(part: bytes, digest: bytes | None) -> bool:
    return digest is not None and hmac.compare_digest(_digest(part), digest)


async def drop_proof(work: Work, user: UserId, credential: CredentialId) -> None:
    """Grants rest on a removed credential no longer; one that rested on nothing else is over (SES-6)."""
    for grant in await store.of_user(work, user):
        left = tuple(proof for proof in grant.proofs if proof.credential != credential)
        if not left:
            await store.revoke(work, grant.id)
        elif left != grant.proofs:
            await store.keep_proofs(work, grant.id, left)
