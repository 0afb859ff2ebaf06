"""A question put to a user, waiting for its answer."""

from enum import Enum

from msgspec import Struct

from ostiary.terms.contact import Channel
from ostiary.terms.ids import ChallengeId, CredentialId, TransactionId
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds

from ..credentials.model import Credential
from ..messages.model import Purpose

LINK_PATH = "/link/"  # of the page that a message's link opens


class Link(Enum):
    """What link an e-mail carries beside its code."""

    NONE = "none"
    OURS = "a page of ours, whose button does it"
    THEIRS = "the application's own page, told the code"


class Question(Struct, frozen=True, kw_only=True):
    """What is to be asked, and how it is put. `lifetime`: of the code, where the application says so and not the
    template. `browser`: the only one that the link works in."""

    purpose: Purpose
    channel: Channel
    recipient: str
    credential: Credential | None = None
    action: str | None = None
    locale: str | None = None
    link: Link = Link.NONE
    browser: Token | None = None
    lifetime: Seconds | None = None


class Challenge(Struct, frozen=True, kw_only=True):
    id: ChallengeId
    transaction_id: TransactionId
    digest: bytes
    purpose: Purpose
    channel: Channel
    recipient: str
    credential_id: CredentialId | None  # None while the credential is only being enrolled
    expected: bytes
    digits: int  # of its code
    created_at: Instant
    expires_at: Instant
    link_digest: bytes | None = None  # of the secret that only the message's link holds
    link_expires_at: Instant | None = None
    browser_digest: bytes | None = None  # of the browser that asked, the only one the link works in
    closed_at: Instant | None = None
