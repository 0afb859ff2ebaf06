"""A question put to a user, waiting for its answer."""

from msgspec import Struct

from ostiary.terms.contact import Channel
from ostiary.terms.ids import ChallengeId, CredentialId, TransactionId
from ostiary.terms.time import Instant

from ..messages.model import Purpose


class Challenge(Struct, frozen=True, kw_only=True):
    id: ChallengeId
    transaction_id: TransactionId
    digest: bytes
    purpose: Purpose
    channel: Channel
    recipient: str
    credential_id: CredentialId | None  # None while the credential is only being enrolled
    expected: bytes
    created_at: Instant
    expires_at: Instant
    closed_at: Instant | None = None
