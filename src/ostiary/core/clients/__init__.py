"""Relying parties: who they are, where they may be answered, what they may ask for."""

from .flow import (
    authenticate,
    digest_secret,
    get,
    name_of,
    register,
    registry,
    remove,
    secret_matches,
)
from .rules import (
    accept,
    check_grant,
    check_redirect,
    granted_scope,
    origin_of,
    redeemable_with,
    unattended_scope,
    unfit,
)
from .store import lock

__all__ = [
    "accept",
    "authenticate",
    "check_grant",
    "check_redirect",
    "digest_secret",
    "get",
    "granted_scope",
    "lock",
    "name_of",
    "origin_of",
    "redeemable_with",
    "register",
    "registry",
    "remove",
    "secret_matches",
    "unattended_scope",
    "unfit",
]
