"""Grants, and the tokens minted for them: issue, redeem, rotate, read, revoke."""

from .flow import (
    find_code,
    find_refresh,
    fresh,
    issue_code,
    read_access,
    read_refresh,
    redeem,
    require_access,
    revoke,
    rotate,
)
from .rules import assurance, assurance_claims, code_challenge, factors, profile_claims

__all__ = [
    "assurance",
    "assurance_claims",
    "code_challenge",
    "factors",
    "find_code",
    "find_refresh",
    "fresh",
    "issue_code",
    "profile_claims",
    "read_access",
    "read_refresh",
    "redeem",
    "require_access",
    "revoke",
    "rotate",
]
