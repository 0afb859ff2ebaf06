"""How long a session in the console lives, and which password is good enough for one."""

from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from ostiary.terms.ids import bytes_of
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds

from ..factors import LONGEST_PASSWORD, PASSKEY, password_strength
from ..factors.model import Ceremony
from ..projects.model import PasswordPolicy
from .model import Question, Session

IDLE = Seconds(900)
ABSOLUTE = Seconds(43_200)
CONFIRMED = Seconds(300)  # how long a code is good for keys, secrets and users' factors (ADM-1)
LINK = Seconds(86_400)
QUESTION = Seconds(300)  # from the question to the answer of a passkey
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


def relying_party(public_url: str) -> str | None:
    """The RP ID: this very host, so that no application beside it can ask for an administrator's passkey."""
    return PASSKEY.domain_of(public_url)


def ceremony(public_url: str, token: Token, owner: str | None) -> Ceremony:
    """What the answer must be for. A passkey verifies its user, and is both factors (ADM-1)."""
    parts = urlsplit(public_url)
    return Ceremony(
        challenge=bytes_of(token.id) + token.secret,
        relying_party=relying_party(public_url) or "",
        origins=(f"{parts.scheme}://{parts.netloc}",),
        verify_user=True,
        user_handle=b"" if owner is None else bytes_of(owner),
    )


def answers(token: Token, question: Question, now: Instant) -> bool:
    return token.opens(question.digest) and now < question.expires_at


def handle(administrator: str) -> str:
    return urlsafe_b64encode(bytes_of(administrator)).rstrip(b"=").decode()
