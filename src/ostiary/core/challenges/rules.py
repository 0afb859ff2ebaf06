"""When a code may be sent, and when an answer is still judged."""

from urllib.parse import urlencode

from ostiary.terms.contact import Channel, PhoneNumber, country_of
from ostiary.terms.failures import Refused
from ostiary.terms.ids import ChallengeId, TransactionId
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds, after

from ..factors.model import Begun
from ..limits import Window
from ..messages.model import MessageTerms
from ..projects.model import Codes, Sends
from ..transactions.model import Transaction
from .model import Challenge, Question

# 66 bits: from 64 on, NIST SP 800-63B-4 §3.1.3.2 asks for no limit on guesses
UNGUESSABLE = 20  # digits
HOUR = Seconds(3600)
DAY = Seconds(86_400)


def unsendable(
    transaction: Transaction,
    sends: Sends,
    codes: Codes,
    channel: Channel,
    recipient: str,
    now: Instant,
    *,
    recovering: bool,
) -> Refused | None:
    """Why no further code may be sent for this transaction, if none may.

    Whoever knows an address can begin its recovery and guess: that must not end it for the owner (AB-4).
    """
    remaining = Seconds(max(1, transaction.expires_at - now))
    spent = transaction.attempts >= codes.wrong_answers or transaction.sends >= sends.per_step_up
    if spent and not recovering:
        return Refused("too_many_sends", retry_after=remaining)
    if (
        channel.address is Channel.SMS
        and sends.countries
        and country_of(PhoneNumber(recipient)) not in sends.countries
    ):
        return Refused("country_not_allowed")
    return None


def length(transaction: Transaction, codes: Codes, *, recovering: bool) -> int:
    """Digits of the next code. After too many guesses at a recovery, one that nobody can guess."""
    guessed = recovering and transaction.attempts >= codes.wrong_answers
    return UNGUESSABLE if guessed else codes.length


def budgets(sends: Sends, recipient: str, *, recovering: bool) -> tuple[Window, ...]:
    """What one more message to this address is counted against.

    Recovery has a budget of its own, which no other message uses up, and none for the whole day (AB-4).
    """
    if recovering:
        return (Window(f"recover:{recipient}:hour", sends.per_recipient_per_hour, HOUR),)
    windows = [
        Window(f"send:{recipient}:hour", sends.per_recipient_per_hour, HOUR),
        Window(f"send:{recipient}:day", sends.per_recipient_per_day, DAY),
    ]
    if sends.cooldown:
        windows.insert(0, Window(f"send:{recipient}:cooldown", 1, Seconds(sends.cooldown)))
    return tuple(windows)


def closed(
    challenge: Challenge, transaction: Transaction, codes: Codes, now: Instant
) -> Refused | None:
    """Why an answer to this challenge is not even looked at, if it is not."""
    if challenge.closed_at is not None:
        return Refused("code_superseded")
    if now >= challenge.expires_at:
        return Refused("code_expired")
    if transaction.attempts >= codes.wrong_answers and challenge.digits < UNGUESSABLE:
        return Refused("too_many_attempts")
    return None


def link_open(challenge: Challenge, now: Instant) -> bool:
    return (
        challenge.closed_at is None
        and challenge.link_expires_at is not None
        and now < challenge.link_expires_at
    )


def same_browser(challenge: Challenge, browser: Token | None) -> bool:
    """Is it the browser that asked for this link, where one did that could be told again (ML-3)?"""
    if challenge.browser_digest is None:
        return True
    return browser is not None and browser.opens(challenge.browser_digest)


def link_to(target: str, recipient: str, code: str) -> str:
    """The application's page with what it needs to go on: the address and the code."""
    name = "email" if "@" in recipient else "phone_number"
    separator = "&" if "?" in target else "?"
    return f"{target}{separator}{urlencode({'verification_code': code, name: recipient})}"


def challenge(
    asked: Question,
    transaction: TransactionId,
    token: Token,
    linking: Token | None,
    begun: Begun,
    digits: int,
    terms: MessageTerms,
    now: Instant,
) -> Challenge:
    """The question as it is kept: digests of what opens it, never the code."""
    return Challenge(
        id=ChallengeId(token.id),
        transaction_id=transaction,
        digest=token.digest,
        purpose=asked.purpose,
        channel=asked.channel,
        recipient=asked.recipient,
        credential_id=asked.credential.id if asked.credential else None,
        expected=begun.expected,
        digits=digits,
        created_at=now,
        expires_at=after(now, terms.code_lifetime),
        link_digest=linking.digest if linking else None,
        browser_digest=asked.browser.digest if linking and asked.browser else None,
        link_expires_at=after(now, terms.link_lifetime) if linking else None,
    )
