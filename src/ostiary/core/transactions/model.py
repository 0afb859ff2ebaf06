"""A login, a step-up or an enrolment in progress. It opens nothing but its own next step."""

from enum import StrEnum

from msgspec import Struct

from ostiary.terms.assurance import Proof
from ostiary.terms.ids import ClientId, SessionId, TransactionId, UserId
from ostiary.terms.time import Instant

from ..clients.model import AuthorizationRequest


class Kind(StrEnum):
    LOGIN = "login"  # a first factor is proved; redeemed for a session, or for a step-up
    STEP_UP = "step_up"
    ENROL_SMS = "enrol_sms"
    ENROL_EMAIL = "enrol_email"
    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"
    AUTHORIZE = "authorize"  # a request that waits for a login on the application's own page
    LOGIN_CODE = "login_code"
    LOGIN_LINK = "login_link"
    RESET_PASSWORD = "reset_password"
    RECOVER_ACCOUNT = "recover_account"
    ADD_PASSKEY = "add_passkey"
    PASSKEY_LOGIN = "passkey_login"
    PASSKEY_SIGN_UP = "passkey_sign_up"
    RESET_PASSKEYS = "reset_passkeys"
    # of applications that keep the session themselves
    ONE_TIME_CODE = "one_time_code"  # about a contact point
    ADD_CONTACT = "add_contact"  # about its address; its id is the contact's from then on
    MAGIC_LINK = "magic_link"  # about a contact point, like the next
    INVITATION = "invitation"
    EMBEDDED_LINK = "embedded_link"
    REGISTER_PASSKEY = "register_passkey"
    PROVE_PASSKEY = "prove_passkey"
    ADD_TOTP = "add_totp"  # its id is the credential's from then on


class Transaction(Struct, frozen=True, kw_only=True):
    """`about`: which of several things of its kind, or "". `particulars`: what its own flow remembers, opaque.
    `request`: what will be answered at the end. `proofs`: what was proved before it began, where no
    session holds it. `sends` and `attempts` are counted over every code it ever sent (S3)."""

    id: TransactionId
    kind: Kind
    digest: bytes
    user_id: UserId
    client_id: ClientId
    expires_at: Instant
    session_id: SessionId | None = None
    about: str = ""
    particulars: bytes = b""
    request: AuthorizationRequest | None = None
    proofs: tuple[Proof, ...] = ()
    mfa_required: int = 0  # 1: good for a step-up and nothing else
    sends: int = 0
    attempts: int = 0
    ended_at: Instant | None = None
