"""Which passwords are taken, and which are trusted."""

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed

from ..factors import LONGEST_PASSWORD, password_strength
from ..projects.model import PasswordPolicy
from ..users.model import User


def foreign_password(user: User, channel: Channel, beside: tuple[Proof, ...]) -> bool:
    """May it have been set by somebody else than who now proves the address? Not by who gave it as well."""
    unproved = channel is Channel.EMAIL and user.email_verified_at is None
    return unproved and all(proof.kind is not Kind.PASSWORD for proof in beside)


def check_length(password: str) -> None:
    """Refused before any hashing: work must not grow with what a stranger sends (PW-2)."""
    if len(password.encode()) > LONGEST_PASSWORD:
        raise Malformed("password_too_long", field="password")


def check_new_password(password: str, policy: PasswordPolicy, *context: str) -> None:
    check_length(password)
    if len(password) < policy.min_length:
        least = f"at least {policy.min_length} characters"
        raise Malformed("password_too_short", field="password", detail=least)
    if password_strength(password, *context) < policy.min_strength:
        raise Malformed("password_too_weak", field="password")
