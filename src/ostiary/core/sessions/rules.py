"""Until when a session lives."""

from ostiary.terms.time import Instant, Seconds

from .model import Session


def alive(session: Session, now: Instant, idle: Seconds) -> bool:
    """`idle` 0 means that rest does not end a session (settings.sessions.idle)."""
    if session.ended_at is not None or now >= session.expires_at:
        return False
    return idle == 0 or now < session.seen_at + idle
