"""What is in a token, and what makes one acceptable (RFC 9068, OpenID Connect Core 1.0 §2)."""

import hashlib
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from msgspec import DecodeError, json

from ostiary.terms.assurance import Assurance, AssurancePolicy, assess
from ostiary.terms.ids import ClientId
from ostiary.terms.secret import SECRET_SIZE, Token, parse_token
from ostiary.terms.time import Instant, Seconds, rfc3339

from ..keys.model import Algorithm, KeyRing, VerifyingKey
from ..users.model import User
from .model import Grant

ACCESS_TYPE = "at+jwt"  # RFC 9068 §2.1: neither kind of token passes for the other (OA-9)
ID_TYPE = "JWT"
FAMILY_SIZE = 16  # bytes that all refresh tokens of a grant share
LONGEST_TOKEN = 8192  # characters
_KNOWN_HEADER = {
    "alg",
    "kid",
    "typ",
}  # anything more (`jku`, `jwk`, `crit`, `b64` …) is refused (KEY-1)
_ALLOWING = {alg: jws.JWSRegistry(algorithms=[alg.value]) for alg in Algorithm}


def sign(ring: KeyRing, alg: Algorithm, type_: str, claims: dict[str, Any]) -> str:
    key = ring.signing[alg]
    header = {"alg": alg.value, "typ": type_, "kid": key.kid}
    return jws.serialize_compact(header, json.encode(claims), key, registry=_ALLOWING[alg])


def verify(
    ring: KeyRing, text: str, type_: str, issuer: str, now: Instant
) -> dict[str, Any] | None:
    """The claims of a token of this type that this server signed and that has not expired."""
    claims = signed(ring, text, type_, issuer)
    if claims is None or not isinstance(claims.get("exp"), int) or now >= claims["exp"]:
        return None
    return claims


def signed(ring: KeyRing, text: str, type_: str, issuer: str) -> dict[str, Any] | None:
    """The claims of a token of this type that this server signed, once. The key decides the algorithm, never
    the header."""
    if len(text) > LONGEST_TOKEN or not text.isascii():
        return None
    try:
        header = jws.extract_compact(text.encode()).headers()
        if not header.keys() <= _KNOWN_HEADER or header.get("typ") != type_:
            return None
        known = ring.verifying.get(str(header.get("kid")))
        if known is None or header.get("alg") != known.alg.value:
            return None
        claims = json.decode(_payload(text, known))
    except (JoseError, DecodeError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(claims, dict) or claims.get("iss") != issuer:
        return None
    return claims


@lru_cache(maxsize=1024)
def _payload(text: str, key: VerifyingKey) -> bytes:
    """What this key signed; `JoseError` where it did not.

    That it did is true for ever, and most of what verifying costs: so it is remembered, of tokens that are
    sent again and again. Whether the key still counts and the token has expired is asked every time.
    """
    return jws.deserialize_compact(text, key.key, registry=_ALLOWING[key.alg]).payload


def assurance(grant: Grant, policy: AssurancePolicy) -> Assurance:
    return assess(grant.proofs, policy)


def factors(assured: Assurance) -> list[dict[str, Any]]:
    """Each factor and when it was last proved, so that an application can ask for freshness (M25)."""
    return [
        {
            "kind": proof.kind.value,
            "channel": proof.channel.value if proof.channel else None,
            "last_proved_at": proof.last_at,
        }
        for proof in assured.factors
    ]


def assurance_claims(assured: Assurance) -> dict[str, Any]:
    return {"acr": assured.acr, "amr": assured.amr, "auth_time": assured.auth_time}


def access_claims(
    grant: Grant,
    assured: Assurance,
    *,
    issuer: str,
    scope: str,
    jti: str,
    now: Instant,
    lifetime: Seconds,
) -> dict[str, Any]:
    """RFC 9068 §2.2, with `sid` (the session, if there is one), `gid` (the grant) and the list of factors."""
    session = {} if grant.session_id is None else {"sid": grant.session_id}
    return {
        "iss": issuer,
        "sub": grant.user_id,
        "aud": [grant.client_id, issuer],
        "client_id": grant.client_id,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
        "scope": scope,
        **session,
        "gid": grant.id,
        **assurance_claims(assured),
        "factors": factors(assured),
    }


def client_claims(
    client: ClientId, *, issuer: str, scope: str, jti: str, now: Instant, lifetime: Seconds
) -> dict[str, Any]:
    """RFC 9068 §2.2 where nobody has logged in: no session, no grant, no assurance."""
    return {
        "iss": issuer,
        "sub": client,
        "aud": [client, issuer],
        "client_id": client,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
        "scope": scope,
    }


def id_claims(
    grant: Grant,
    assured: Assurance,
    user: User,
    *,
    issuer: str,
    scope: str,
    access_token: str,
    now: Instant,
    lifetime: Seconds,
) -> dict[str, Any]:
    claims = {
        "iss": issuer,
        "sub": grant.user_id,
        "aud": [grant.client_id],
        "azp": grant.client_id,
        "iat": now,
        "exp": now + lifetime,
        "nonce": grant.request.nonce,
        "at_hash": left_half(access_token),
        "sid": grant.session_id,
        **assurance_claims(assured),
        **profile_claims(user, frozenset(scope.split())),
    }
    return {name: value for name, value in claims.items() if value is not None}


def profile_claims(user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """OpenID Connect Core 1.0 §5.4: what each scope tells of a person."""
    claims: dict[str, Any] = {}
    profile = user.profile
    if "profile" in scopes:
        claims |= {
            "name": profile.full_name,
            "given_name": profile.given_name,
            "family_name": profile.family_name,
            "middle_name": profile.middle_name,
            "nickname": profile.nickname,
            "preferred_username": profile.preferred_username,
            "picture": profile.picture,
            "gender": profile.gender,
            "birthdate": profile.birthdate,
            "locale": profile.locale,
            "updated_at": rfc3339(user.updated_at),
        }
    if "email" in scopes and user.email:
        claims |= {"email": user.email, "email_verified": user.email_verified_at is not None}
    if "phone" in scopes and user.phone_number:
        claims |= {
            "phone_number": user.phone_number,
            "phone_number_verified": user.phone_verified_at is not None,
        }
    if "address" in scopes:
        claims["address"] = profile.address
    return {name: value for name, value in claims.items() if value is not None}


def left_half(token: str) -> str:
    """`at_hash` (OpenID Connect Core 1.0 §3.1.3.6); SHA-256 for both algorithms."""
    half = hashlib.sha256(token.encode()).digest()[:16]
    return urlsafe_b64encode(half).rstrip(b"=").decode()


def code_challenge(verifier: str) -> str:
    """RFC 7636 §4.2, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def split_refresh(text: str) -> tuple[str, bytes, bytes] | None:
    """A refresh token's grant, the part its family shares, and its own part."""
    token = parse_token(text, FAMILY_SIZE + SECRET_SIZE)
    if token is None:
        return None
    return token.id, token.secret[:FAMILY_SIZE], token.secret[FAMILY_SIZE:]


def join_refresh(grant: str, family: bytes, own: bytes) -> str:
    return str(Token(grant, family + own))
