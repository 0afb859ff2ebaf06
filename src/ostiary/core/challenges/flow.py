"""Send a code; find the challenge an answer is for; judge the answer, counting it."""

from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Refused
from ostiary.terms.ids import ChallengeId, UserId
from ostiary.terms.secret import Token

from .. import clients, credentials, journal, keys, limits, messages, projects, transactions, users
from ..factors import OUT_OF_BAND
from ..factors.model import Accepted, Rejected, Verdict
from ..messages.model import MessageTerms
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import rules, store
from .model import LINK_PATH, Challenge, Link, Question

REMEMBERED = 5  # codes about one thing: an older one is as good as unknown
CODE = "one-time code"  # the purpose its digest key is derived for


async def issue(
    work: Work,
    user: User,
    transaction: Transaction,
    asked: Question,
    *,
    though_locked: bool = False,
) -> Token | Refused:
    """Send a new code for this transaction; it replaces the one before and resets no count (S3).

    `though_locked`: for recovery, which lifts a lock, and for nothing else.
    """
    refusal = await admit(
        work, user, transaction, asked.channel, asked.recipient, though_locked=though_locked
    )
    if refusal is not None:
        return refusal
    codes = (await projects.settings(work)).codes
    length = rules.length(transaction, codes, recovering=though_locked)
    terms = await messages.terms_of(
        work, asked.purpose, asked.channel, (user.profile.locale, asked.locale)
    )
    if asked.lifetime is not None:
        terms = replace(terms, code_lifetime=asked.lifetime)
    token = work.new_token()
    linked = asked.link is Link.OURS and asked.channel is Channel.EMAIL
    linking = work.new_token(token.id) if linked else None
    begun = OUT_OF_BAND[asked.channel].begin(
        token.id, length, entropy=work.entropy, digest=lambda text: keys.digest(work, CODE, text)
    )
    await store.add(
        work, rules.challenge(asked, transaction.id, token, linking, begun, length, terms, work.now)
    )
    await _deliver(work, user, transaction, asked, begun.code, linking, terms)
    return token


async def _deliver(
    work: Work,
    user: User,
    transaction: Transaction,
    asked: Question,
    code: str | None,
    linking: Token | None,
    terms: MessageTerms,
) -> None:
    await messages.queue(
        work,
        asked.purpose,
        asked.channel,
        asked.recipient,
        users.person(user),
        client_name=await clients.name_of(work, transaction.client_id),
        code=code,
        link=_url(work, asked.link, linking, transaction, asked.recipient, code),
        lifetime=terms.code_lifetime,
        action=asked.action,
        locale=asked.locale,
        drop=user.ghost,
    )
    await journal.record(
        work,
        "code.queued",
        user=user.id,
        client=transaction.client_id,
        purpose=asked.purpose,
        channel=asked.channel,
    )


async def admit(
    work: Work,
    user: User,
    transaction: Transaction,
    channel: Channel,
    recipient: str,
    *,
    though_locked: bool,
) -> Refused | None:
    """May one more message be sent for this transaction? Then it counts, and replaces the one before."""
    if not though_locked and (refusal := credentials.locked(user, work.now)):
        return refusal
    settings = await projects.settings(work)
    refusal = rules.unsendable(
        transaction,
        settings.sends,
        settings.codes,
        channel,
        recipient,
        work.now,
        recovering=though_locked,
    )
    if refusal:
        return refusal
    windows = rules.budgets(settings.sends, recipient, recovering=though_locked)
    wait = await limits.take(work, *windows)
    if wait is not None:
        await journal.record(work, "code.throttled", user=user.id, channel=channel)
        return Refused("too_many_sends", retry_after=wait)
    if transaction.sends:
        await store.close_all(work, transaction.id)
    await transactions.count_send(work, transaction.id)
    return None


def _url(
    work: Work,
    link: Link,
    linking: Token | None,
    transaction: Transaction,
    recipient: str,
    code: str | None,
) -> str | None:
    if linking is not None:
        return f"{work.issuer}{LINK_PATH}{linking}"
    target = transaction.request.redirect_uri if transaction.request else None
    if link is Link.THEIRS and target is not None and code is not None:
        return rules.link_to(target, recipient, code)
    return None


async def find(work: Work, token: Token | None) -> tuple[Challenge, Transaction] | Refused:
    """The challenge that this token opens and its open transaction, locked."""
    peeked = None if token is None else await store.get(work, ChallengeId(token.id))
    if token is None or peeked is None or not token.opens(peeked.digest):
        return Refused("challenge_not_found")
    transaction = await transactions.by_id(work, peeked.transaction_id)
    if transaction is None:
        await _note_replay(work, peeked)
        return Refused("challenge_not_found")
    challenge = await store.get(work, peeked.id)  # again, now that the transaction is locked
    return Refused("challenge_not_found") if challenge is None else (challenge, transaction)


async def _note_replay(work: Work, challenge: Challenge) -> None:
    """An answer to what was answered before: refused like any other, and worth knowing of (OTP-4)."""
    ended = await transactions.ended(work, challenge.transaction_id)
    if ended is not None:
        await journal.record(
            work,
            "code.refused",
            user=ended.user_id,
            client=ended.client_id,
            reason="code_replayed",
            purpose=challenge.purpose,
        )


async def awaited(
    work: Work, kind: Kind, channel: Channel, address: str
) -> tuple[User, Transaction] | None:
    """Who has this address, and what the newest code that was sent there is to answer.

    For an unknown address it is nobody, after the same work, and their answer is judged like any other (AB-1).
    """
    found = await users.by_contact(work, channel, address) or users.ghost(work, address)
    transaction = await transactions.open_of_user(work, found.id, kind)
    user = await users.lock(work, found.id) or (found if found.ghost else None)
    challenge = transaction and await store.newest(work, transaction.id)
    if user is None or transaction is None or not challenge:
        return None
    return None if challenge.recipient != address else (user, transaction)


async def newest(work: Work, transaction: Transaction) -> Challenge | None:
    return await store.newest(work, transaction.id)


async def judge(
    work: Work,
    challenge: Challenge,
    transaction: Transaction,
    user: User,
    response: str,
    *,
    though_locked: bool = False,
) -> Verdict | Refused:
    """Is this the answer? `Refused` where it was not even looked at.

    A wrong one is counted on the transaction; what it means for credential and account is settled by
    `credentials`. The transaction is locked, so that no two answers are judged at once (OTP-7).
    """
    if not though_locked and (
        refusal := await credentials.barred(
            work, user, _authenticator(user, transaction, challenge)
        )
    ):
        return refusal
    codes = (await projects.settings(work)).codes
    if refusal := rules.closed(challenge, transaction, codes, work.now):
        await journal.record(
            work, "code.refused", user=user.id, reason=refusal.reason, purpose=challenge.purpose
        )
        return refusal
    verdict = OUT_OF_BAND[challenge.channel].check(
        b"",
        challenge.expected,
        challenge.id,
        response,
        now=work.now,
        matches=lambda text, digest: keys.digest_matches(work, CODE, text, digest),
    )
    if user.ghost:
        verdict = Rejected("wrong_code")  # whatever it was: it was sent to nobody
    if not isinstance(verdict, Accepted):
        await transactions.count_attempt(work, transaction.id)
    return verdict


async def was_sent(work: Work, user: UserId, about: tuple[str, str], response: str) -> bool:
    """Is this a code that was sent about this before? It is good for nothing: it only tells late from wrong."""
    return any(
        isinstance(
            OUT_OF_BAND[challenge.channel].check(
                b"",
                challenge.expected,
                challenge.id,
                response,
                now=work.now,
                matches=lambda text, digest: keys.digest_matches(work, CODE, text, digest),
            ),
            Accepted,
        )
        for challenge in await store.recent(work, user, *about, REMEMBERED)
    )


async def find_by_link(
    work: Work, token: Token | None, *, browser: Token | None = None
) -> tuple[Challenge, Transaction] | Refused:
    """The challenge whose message held this link, and its open transaction, locked. Nothing is spent."""
    peeked = None if token is None else await store.get(work, ChallengeId(token.id))
    if token is None or peeked is None or not token.opens(peeked.link_digest):
        return Refused("link_invalid")
    transaction = await transactions.by_id(work, peeked.transaction_id)
    challenge = None if transaction is None else await store.get(work, peeked.id)
    if transaction is None or challenge is None or not rules.link_open(challenge, work.now):
        return Refused("link_invalid")
    if not rules.same_browser(challenge, browser):
        return Refused("link_elsewhere")
    return challenge, transaction


async def redeem(
    work: Work,
    user: User,
    transaction: Transaction,
    response: str,
    *,
    ip: str | None = None,
    though_locked: bool = False,
) -> Challenge | Refused:
    """Judge an answer to the newest code of this transaction; a right one ends the transaction.

    For what proves an address and no credential: failures count on the transaction and on the account.
    """
    judged = await check(work, user, transaction, response, ip=ip, though_locked=though_locked)
    if isinstance(judged, Refused):
        return judged
    if not await transactions.end(work, transaction.id):
        return Refused("challenge_not_found")
    if transaction.attempts:
        await users.forgive(work, user.id, transaction.attempts)
    await credentials.absolve(work, user.id, _authenticator(user, transaction, judged))
    return judged


async def check(
    work: Work,
    user: User,
    transaction: Transaction,
    response: str,
    *,
    ip: str | None = None,
    though_locked: bool = False,
) -> Challenge | Refused:
    """As `redeem`, and a right answer stays good; a wrong one is counted all the same."""
    challenge = await store.newest(work, transaction.id)
    if challenge is None:
        return Refused("challenge_not_found")
    verdict = await judge(work, challenge, transaction, user, response, though_locked=though_locked)
    if isinstance(verdict, Refused):
        return verdict
    if not isinstance(verdict, Accepted):
        kind = OUT_OF_BAND[challenge.channel].kind
        await credentials.count_failure(
            work,
            user.id,
            ip=ip,
            kind=kind,
            reason=verdict.reason,
            authenticator=None if though_locked else _authenticator(user, transaction, challenge),
        )
        return Refused(verdict.reason)
    return challenge


def _authenticator(user: User, transaction: Transaction, challenge: Challenge) -> str:
    """What a wrong answer is counted against: the credential, else the address that the code went to."""
    contact = user.contact_of(challenge.channel.address, challenge.recipient)
    return challenge.credential_id or transaction.about or contact or challenge.recipient
