"""Until when a session lives, which secrets open it, and what an application has it say."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import msgspec

from ostiary.terms.failures import Malformed
from ostiary.terms.merge_patch import patched
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds, after

from .model import Session

LARGEST_CLAIMS = 4096  # bytes


def alive(session: Session, now: Instant, idle: Seconds) -> bool:
    """`idle` 0 means that rest does not end a session (settings.sessions.idle)."""
    if session.ended_at is not None or now >= session.expires_at:
        return False
    return idle == 0 or now < session.seen_at + idle


def opened_by(session: Session, secret: Token, now: Instant) -> bool:
    """By its secret; by the one before for as long as the settings say (settings.sessions.superseded_grace)."""
    return any(secret.opens(digest) for digest in _digests(session, now))


def generation(session: Session) -> str:
    """Names the session's present secret without giving it away: a token that says so dies with it."""
    return _name(session.digest)


def is_of_generation(session: Session, name: str, now: Instant) -> bool:
    """A token lives as long as the secret that it names, the settings' grace included."""
    return any(compare_digest(_name(digest), name) for digest in _digests(session, now))


def _digests(session: Session, now: Instant) -> Iterator[bytes]:
    yield session.digest
    if session.former_digest and session.former_until is not None and now < session.former_until:
        yield session.former_digest


def _name(digest: bytes) -> str:
    return urlsafe_b64encode(sha256(b"generation " + digest).digest()[:16]).decode()[:22]


def until(session: Session, now: Instant, lifetime: Seconds | None) -> Instant:
    """When it ends after this use. `lifetime`: as asked for now; it may also shorten what is left."""
    if lifetime is not None:
        return after(now, lifetime)
    return after(now, session.lifetime) if session.lifetime else session.expires_at


def claimed(claims: bytes, patch: dict[str, Any] | None) -> bytes:
    """The application's claims after this change; null takes one away."""
    if patch is None:
        return claims
    changed = msgspec.json.encode(patched(msgspec.json.decode(claims), patch))
    if len(changed) > LARGEST_CLAIMS:
        raise Malformed("claims_too_large", field="session_custom_claims")
    return changed
