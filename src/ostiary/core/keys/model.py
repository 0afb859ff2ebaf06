"""Signing keys and their stages."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from ostiary.terms.time import Instant


class Algorithm(StrEnum):
    """RFC 7518 §3.1. ES256 by default; RS256 because OpenID Connect Discovery 1.0 §3 demands it."""

    ES256 = "ES256"
    RS256 = "RS256"


class Stage(StrEnum):
    """A key is published before it signs, and as long as anything it signed may live."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


class StoredKey(Struct, frozen=True, kw_only=True):
    kid: str  # RFC 7638 thumbprint
    alg: Algorithm
    stage: Stage
    public: bytes  # the JWK, as JSON
    sealed: bytes  # the private JWK, sealed under the master key
    created_at: Instant
    activated_at: Instant | None = None
    retired_at: Instant | None = None


class VerifyingKey(Struct, frozen=True, eq=False):
    """A public key and the one algorithm it is for; equal to nothing but itself."""

    alg: Algorithm
    key: Any  # joserfc's


class KeyRing(Struct, frozen=True):
    """Every key this server knows at one revision. `jwks`: the public set, ready to send."""

    stored: tuple[StoredKey, ...]
    signing: dict[Algorithm, Any]  # joserfc keys, current
    verifying: dict[str, VerifyingKey]  # by kid
    jwks: bytes
