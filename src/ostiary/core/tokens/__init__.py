"""Grants, and the tokens minted for them: issue, redeem, rotate, read, revoke."""

from . import unattended
from .flow import (
    drop_proof,
    find_code,
    find_refresh,
    fresh,
    introspect,
    issue_code,
    read_access,
    read_refresh,
    redeem,
    require_access,
    revoke,
    rotate,
)
from .rules import code_challenge, profile_claims, sign, signed
from .store import (
    revoke_of_client,
    revoke_of_session,
    revoke_of_user,
    sweep,
    sweep_unattended,
    void_codes,
)

__all__ = [
    "code_challenge",
    "drop_proof",
    "find_code",
    "find_refresh",
    "fresh",
    "introspect",
    "issue_code",
    "profile_claims",
    "read_access",
    "read_refresh",
    "redeem",
    "require_access",
    "revoke",
    "revoke_of_client",
    "revoke_of_session",
    "revoke_of_user",
    "rotate",
    "sign",
    "signed",
    "sweep",
    "sweep_unattended",
    "unattended",
    "void_codes",
]
