"""How long a session in the console lives, and which password is good enough for one."""

from ostiary.terms.time import Instant, Seconds

from ..factors import LONGEST_PASSWORD, password_strength
from ..projects.model import PasswordPolicy
from .model import Session

IDLE = Seconds(1800)
ABSOLUTE = Seconds(43_200)
CONFIRMED = Seconds(300)  # how long a code is good for keys, secrets and users' factors (ADM-1)
LINK = Seconds(86_400)
STRENGTH = 3  # zxcvbn's score: whoever is in here is in everywhere


def living(session: Session, now: Instant) -> bool:
    return now < session.seen_at + IDLE and now < session.started_at + ABSOLUTE


def confirmed_lately(session: Session, now: Instant) -> bool:
    return now < session.confirmed_at + CONFIRMED


def weakness(password: str, email: str, policy: PasswordPolicy) -> str | None:
    """Why an administrator may not have this password; None where they may."""
    if len(password) < policy.min_length:
        return f"The password has {len(password)} characters; {policy.min_length} are needed."
    if len(password.encode()) > LONGEST_PASSWORD:
        return "The password is too long."
    if password_strength(password, email, email.partition("@")[0]) < STRENGTH:
        return "The password is too easy to guess. Several words that nobody would put together are hard to."
    return None
