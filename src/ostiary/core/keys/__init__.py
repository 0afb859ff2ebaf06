"""Signing keys and their rotation; sealing at rest."""

from .flow import digest, digest_matches, ensure, ring, rotate, seal, unseal

__all__ = ["digest", "digest_matches", "ensure", "ring", "rotate", "seal", "unseal"]
