"""Signing keys and their rotation; sealing at rest."""

from .flow import (
    certificates,
    digest,
    digest_matches,
    ensure,
    reseal,
    ring,
    rotate,
    seal,
    unseal,
    unveil,
    veil,
)

__all__ = [
    "certificates",
    "digest",
    "digest_matches",
    "ensure",
    "reseal",
    "ring",
    "rotate",
    "seal",
    "unseal",
    "unveil",
    "veil",
]
