"""Enrolled authenticators."""

from typing import TypeAlias

from msgspec import Struct

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.failures import Refused
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Instant


class Credential(Struct, frozen=True, kw_only=True):
    id: CredentialId
    user_id: UserId
    kind: Kind
    # where its codes go, its authenticator's own name for it, or the credential it stands in for; else empty
    address: str
    state: bytes  # the factor's own
    created_at: Instant
    failures: int = 0  # wrong answers in a row
    proved_at: Instant | None = None
    enrolled: str = (
        ""  # a time-ordered id: what was enrolled later sorts later, also in the same second
    )


class Proven(Struct, frozen=True):
    proof: Proof


Outcome: TypeAlias = Proven | Refused
