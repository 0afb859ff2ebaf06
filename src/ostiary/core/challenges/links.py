"""Links straight to a page of the application, which brings their secret back: send one, find what it opens.

A link is no code: it is too long to be guessed, so that nothing is counted, and what is asked anew is a
transaction of its own. How many are sent is counted like any other message.
"""

from collections.abc import Container

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Refused
from ostiary.terms.ids import ChallengeId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds, after

from .. import clients, journal, messages, transactions, users
from ..messages.model import Purpose
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import flow, rules, store
from .model import Challenge

NO_CODE = b""  # no digest is this short: there is nothing to type


async def issue_link(
    work: Work,
    user: User,
    transaction: Transaction,
    purpose: Purpose,
    recipient: str,
    target: str,
    lifetime: Seconds,
    *,
    locale: str | None = None,
    besides: str | None = None,
    though_locked: bool = False,
) -> Refused | None:
    """Send a link to this address. `target`: where it leads, whole but for its secret, which comes last.

    `besides`: another link, which logs in, for the same message. `though_locked`: for recovery.
    """
    refusal = await flow.admit(
        work, user, transaction, Channel.EMAIL, recipient, though_locked=though_locked
    )
    if refusal is not None:
        return refusal
    secret = await pose(work, transaction, purpose, recipient, lifetime)
    await messages.queue(
        work,
        purpose,
        Channel.EMAIL,
        recipient,
        users.person(user),
        client_name=await clients.name_of(work, transaction.client_id),
        link=f"{target}{secret}",
        login_link=besides,
        lifetime=lifetime,
        locale=locale,
        drop=user.ghost,
    )
    await journal.record(
        work,
        "code.queued",
        user=user.id,
        client=transaction.client_id,
        purpose=purpose,
        channel=Channel.EMAIL,
    )
    return None


async def pose(
    work: Work, transaction: Transaction, purpose: Purpose, recipient: str, lifetime: Seconds
) -> Token:
    """The secret of a link for this transaction; sending it is another's business."""
    token = work.new_token()
    until = after(work.now, lifetime)
    challenge = Challenge(
        id=ChallengeId(token.id),
        transaction_id=transaction.id,
        digest=NO_CODE,
        purpose=purpose,
        channel=Channel.EMAIL,
        recipient=recipient,
        credential_id=None,
        expected=NO_CODE,
        digits=0,
        created_at=work.now,
        expires_at=until,
        link_digest=token.digest,
        link_expires_at=until,
    )
    await store.add(work, challenge)
    return token


async def find_link(
    work: Work, token: Token | None, kinds: Container[Kind]
) -> tuple[Challenge, Transaction, User] | Refused:
    """What this link of one of these kinds opens, with its user, both locked. Nothing is spent.

    `link_invalid`: there was never such a one (ML-5). `code_superseded`: it is used, expired or replaced.
    """
    peeked = None if token is None else await store.get(work, ChallengeId(token.id))
    if token is None or peeked is None or not token.opens(peeked.link_digest):
        return Refused("link_invalid")
    begun = await transactions.get(work, peeked.transaction_id)
    if begun is None or begun.kind not in kinds:
        return Refused("link_invalid")
    user = await users.lock(work, begun.user_id)  # first, as whoever sends one does
    transaction = await transactions.by_id(work, begun.id)
    challenge = await store.get(work, peeked.id)
    if (
        user is None
        or transaction is None
        or challenge is None
        or not rules.link_open(challenge, work.now)
    ):
        return await spent(work, begun)
    return challenge, transaction, user


async def spent(work: Work, transaction: Transaction) -> Refused:
    """A link that was good once: refused, and worth knowing of (ML-6)."""
    await journal.record(
        work,
        "code.refused",
        user=transaction.user_id,
        client=transaction.client_id,
        reason="code_superseded",
    )
    return Refused("code_superseded")
