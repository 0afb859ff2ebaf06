"""Users, sessions and the factors in them, as this dialect shows them. What is absent is an empty string."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ostiary.core import accounts, proving
from ostiary.core.proving.model import Address, Dossier
from ostiary.core.proving.model import Registration as Passkey
from ostiary.core.sessions.model import Session
from ostiary.core.transactions.model import Kind as Begun
from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.time import Instant, rfc3339

from .words import spell


class Email(Struct, frozen=True, kw_only=True):
    email_id: str
    email: str
    verified: bool


class Phone(Struct, frozen=True, kw_only=True):
    phone_id: str
    phone_number: str
    verified: bool


class Registration(Struct, frozen=True, kw_only=True):
    webauthn_registration_id: str
    domain: str
    user_agent: str
    verified: bool
    authenticator_type: str
    name: str


class TotpItem(Struct, frozen=True, kw_only=True):
    totp_id: str
    verified: bool


class PasswordItem(Struct, frozen=True, kw_only=True):
    password_id: str
    requires_reset: bool


class Name(Struct, frozen=True, kw_only=True):
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""


class UserObject(Struct, frozen=True, kw_only=True):
    user_id: str
    name: Name
    emails: list[Email]
    phone_numbers: list[Phone]
    status: str
    webauthn_registrations: list[Registration]
    providers: list[Any] = []
    totps: list[TotpItem]
    crypto_wallets: list[Any] = []
    biometric_registrations: list[Any] = []
    password: PasswordItem | None
    is_locked: bool
    lock_created_at: str | None
    lock_expires_at: str | None
    roles: list[str]
    trusted_metadata: dict[str, Any]
    untrusted_metadata: dict[str, Any]
    external_id: str | None
    created_at: str


class PhoneFactor(Struct, frozen=True, kw_only=True):
    phone_id: str
    phone_number: str


class EmailFactor(Struct, frozen=True, kw_only=True):
    email_id: str
    email_address: str


class AuthenticatorAppFactor(Struct, frozen=True, kw_only=True):
    totp_id: str


class RecoveryCodeFactor(Struct, frozen=True, kw_only=True):
    totp_recovery_code_id: str


class WebauthnFactor(Struct, frozen=True, kw_only=True):
    webauthn_registration_id: str
    domain: str
    user_agent: str = ""


class EmbeddedFactor(Struct, frozen=True, kw_only=True):
    embedded_id: str


class FactorObject(Struct, frozen=True, kw_only=True):
    """One proof. `created_at`: when it was first made in this session."""

    type: str
    delivery_method: str
    last_authenticated_at: str
    created_at: str
    updated_at: str
    phone_number_factor: PhoneFactor | UnsetType = UNSET
    email_factor: EmailFactor | UnsetType = UNSET
    authenticator_app_factor: AuthenticatorAppFactor | UnsetType = UNSET
    recovery_code_factor: RecoveryCodeFactor | UnsetType = UNSET
    webauthn_factor: WebauthnFactor | UnsetType = UNSET
    embeddable_magic_link_factor: EmbeddedFactor | UnsetType = UNSET


class SessionAttributes(Struct, frozen=True, kw_only=True):
    ip_address: str
    user_agent: str


class SessionObject(Struct, frozen=True, kw_only=True):
    session_id: str
    user_id: str
    started_at: str
    last_accessed_at: str
    expires_at: str
    attributes: SessionAttributes
    authentication_factors: list[FactorObject]
    custom_claims: dict[str, Any]
    roles: list[str]


def user_object(dossier: Dossier, env: str, now: Instant) -> UserObject:
    user, metadata = dossier.user, accounts.annotations(dossier.user)
    addresses = proving.addresses(dossier)
    locked = user.locked_until is not None and now < user.locked_until
    return UserObject(
        user_id=spell("user", env, user.id),
        name=Name(
            first_name=user.profile.given_name or "",
            middle_name=user.profile.middle_name or "",
            last_name=user.profile.family_name or "",
        ),
        emails=[email_object(a, env) for a in addresses if a.channel is Channel.EMAIL],
        phone_numbers=[phone_object(a, env) for a in addresses if a.channel is Channel.SMS],
        status="pending" if user.pending else "active",
        webauthn_registrations=registrations(dossier, env),
        totps=totp_objects(dossier, env),
        password=password_object(dossier, env),
        is_locked=locked,
        lock_created_at=rfc3339(user.locked_at) if locked and user.locked_at else None,
        lock_expires_at=rfc3339(user.locked_until) if locked and user.locked_until else None,
        roles=list(metadata.roles),
        trusted_metadata=metadata.trusted,
        untrusted_metadata=metadata.untrusted,
        external_id=user.external_id,
        created_at=rfc3339(user.created_at),
    )


def email_object(address: Address, env: str) -> Email:
    id = spell("email", env, address.id)
    return Email(email_id=id, email=address.text, verified=address.verified)


def phone_object(address: Address, env: str) -> Phone:
    id = spell("phone-number", env, address.id)
    return Phone(phone_id=id, phone_number=address.text, verified=address.verified)


def registrations(dossier: Dossier, env: str) -> list[Registration]:
    return [registration_object(one, env) for one in proving.passkeys.registrations(dossier)]


def registration_object(one: Passkey, env: str) -> Registration:
    return Registration(
        webauthn_registration_id=spell("webauthn-registration", env, one.credential.id),
        domain=one.described.relying_party,
        user_agent=one.described.agent,
        verified=True,
        authenticator_type=one.described.attachment,
        name=one.described.name,
    )


def totp_objects(dossier: Dossier, env: str) -> list[TotpItem]:
    proved = [
        TotpItem(totp_id=spell("totp", env, one.id), verified=True)
        for one in dossier.of_kind(Kind.TOTP)
    ]
    waiting = [
        TotpItem(totp_id=spell("totp", env, begun.id), verified=False)
        for begun in dossier.unfinished
        if begun.kind is Begun.ADD_TOTP
    ]
    return proved + waiting


def password_object(dossier: Dossier, env: str) -> PasswordItem | None:
    found = dossier.of_kind(Kind.PASSWORD)
    if not found:
        return None
    id = spell("password", env, found[0].id)
    return PasswordItem(password_id=id, requires_reset=proving.passwords.distrusted(dossier))


def session_object(session: Session, dossier: Dossier, env: str) -> SessionObject:
    return SessionObject(
        session_id=spell("session", env, session.id),
        user_id=spell("user", env, session.user_id),
        started_at=rfc3339(session.started_at),
        last_accessed_at=rfc3339(session.seen_at),
        expires_at=rfc3339(session.expires_at),
        attributes=SessionAttributes(
            ip_address=session.ip or "", user_agent=session.user_agent or ""
        ),
        authentication_factors=[factor_object(p, dossier, env) for p in session.proofs],
        custom_claims=msgspec.json.decode(session.claims),
        roles=list(accounts.annotations(dossier.user).roles),
    )


def factor_object(proof: Proof, dossier: Dossier, env: str) -> FactorObject:
    type_, delivery = _named(proof)
    return FactorObject(
        type=type_,
        delivery_method=delivery,
        last_authenticated_at=rfc3339(proof.last_at),
        created_at=rfc3339(proof.first_at),
        updated_at=rfc3339(proof.last_at),
        **_nested(proof, dossier, env),
    )


def _named(proof: Proof) -> tuple[str, str]:
    """The type of a factor and how it reached its user; both lists are closed in the vendor's SDK."""
    if proof.kind is Kind.EMAIL and proof.link:
        return "magic_link", "email"
    channel = proof.channel.value if proof.channel else ""
    return {
        Kind.PASSWORD: ("password", "knowledge"),
        Kind.SMS: ("otp", channel),
        Kind.EMAIL: ("otp", channel),
        Kind.WEBAUTHN: ("webauthn", "webauthn_registration"),
        Kind.TOTP: ("totp", "authenticator_app"),
        Kind.RECOVERY_CODE: ("recovery_codes", "recovery_code"),
        Kind.EMBEDDED_LINK: ("magic_link", "embedded"),
    }[proof.kind]


def _nested(proof: Proof, dossier: Dossier, env: str) -> dict[str, Any]:
    id = proof.credential
    match proof.kind:
        case Kind.SMS:
            phone = PhoneFactor(
                phone_id=spell("phone-number", env, id), phone_number=_text(dossier, id)
            )
            return {"phone_number_factor": phone}
        case Kind.EMAIL:
            email = EmailFactor(email_id=spell("email", env, id), email_address=_text(dossier, id))
            return {"email_factor": email}
        case Kind.TOTP:
            totp = AuthenticatorAppFactor(totp_id=spell("totp", env, id))
            return {"authenticator_app_factor": totp}
        case Kind.RECOVERY_CODE:
            code = RecoveryCodeFactor(totp_recovery_code_id=spell("totp-recovery-code", env, id))
            return {"recovery_code_factor": code}
        case Kind.WEBAUTHN:
            return {"webauthn_factor": _webauthn(id, dossier, env)}
        case Kind.EMBEDDED_LINK:
            link = EmbeddedFactor(embedded_id=spell("embedded", env, id))
            return {"embeddable_magic_link_factor": link}
        case Kind.PASSWORD:
            return {}


def _webauthn(id: str, dossier: Dossier, env: str) -> WebauthnFactor:
    passkeys = proving.passkeys.registrations(dossier)
    found = next((one.described for one in passkeys if one.credential.id == id), None)
    return WebauthnFactor(
        webauthn_registration_id=spell("webauthn-registration", env, id),
        domain=found.relying_party if found else "",
        user_agent=found.agent if found else "",
    )


def _text(dossier: Dossier, id: str) -> str:
    """The address that was proved; empty where it is the user's no longer."""
    found = (a.text for a in proving.addresses(dossier) if a.id == id)
    return next(found, next((c.address for c in dossier.contacts if c.id == id), ""))
