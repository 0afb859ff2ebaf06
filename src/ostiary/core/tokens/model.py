"""Grants and the tokens minted for them."""

from typing import Any

from msgspec import Struct

from ostiary.terms.assurance import Proof
from ostiary.terms.ids import ClientId, GrantId, SessionId, UserId
from ostiary.terms.time import Instant

from ..clients.model import AuthorizationRequest


class Grant(Struct, frozen=True, kw_only=True):
    """One answered authorization request: its code, its refresh family, the proofs it rests on.

    `proofs` are those of the session at the time of the grant: refreshing renews nothing of them (STP-7).
    """

    id: GrantId
    user_id: UserId
    client_id: ClientId
    session_id: SessionId | None
    request: AuthorizationRequest
    proofs: tuple[Proof, ...]
    code_digest: bytes
    code_expires_at: Instant
    expires_at: Instant  # of the grant: no refreshing beyond it
    redeemed_at: Instant | None = None
    family_digest: bytes | None = None  # of what every refresh token of this grant starts with
    refresh_digest: bytes | None = None  # of what the newest one ends with
    revoked_at: Instant | None = None


class Minted(Struct, frozen=True, kw_only=True):
    access_token: str
    expires_in: int
    scope: str
    id_token: str | None = None
    refresh_token: str | None = None


class Access(Struct, frozen=True, kw_only=True):
    """A valid access token: the claims it carries and the live grant behind it."""

    grant: Grant
    claims: dict[str, Any]

    @property
    def user_id(self) -> UserId:
        return self.grant.user_id

    @property
    def issued_at(self) -> Instant:
        return Instant(self.claims["iat"])

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(str(self.claims["scope"]).split())
