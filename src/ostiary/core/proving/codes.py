"""A code to an address, and the answer: for a first factor or for a further one, in one call each."""

import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Forbidden, Refused
from ostiary.terms.ids import ClientId, UserId
from ostiary.terms.time import Seconds

from .. import (
    challenges,
    credentials,
    projects,
    transactions,
    users,
)
from ..challenges.model import Question
from ..credentials.model import Proven
from ..factors import OUT_OF_BAND
from ..factors.model import Accepted, Verdict
from ..messages.model import Purpose
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import flow, ownership, rules
from .model import (
    ANYWHERE,
    Address,
    Attributes,
    Authenticated,
    Matching,
    Message,
    Sent,
    Wish,
)

OPEN = Seconds(600)  # the longest that a code may live
_VERIFICATION = {
    Channel.SMS: Purpose.PHONE_VERIFICATION,
    Channel.WHATSAPP: Purpose.PHONE_VERIFICATION,
    Channel.EMAIL: Purpose.EMAIL_VERIFICATION,
}


async def send(work: Work, message: Message, user: UserId | None) -> Sent | Refused:
    """A code to an address of this user, which is added where it is new; of whoever has it where none is named."""
    await _check_feature(work, message.channel)
    sort = message.channel.address
    found, address = await ownership.aim(work, sort, message.address, user)
    return await issue(work, found, address, message)


async def send_or_create(work: Work, message: Message, *, pending: bool) -> Sent | Refused:
    """A code to whoever has this address: to a new user with it where nobody has."""
    await _check_feature(work, message.channel)
    sort = message.channel.address
    user, created = await ownership.owner_or_new(work, sort, message.address, pending=pending)
    sent = await send(work, message, user.id)
    return sent if isinstance(sent, Refused) else msgspec.structs.replace(sent, created=created)


async def authenticate(
    work: Work,
    method: str,
    response: str,
    wish: Wish,
    matching: Matching = ANYWHERE,
) -> Authenticated | Refused:
    """The newest code that was sent to the address of this id.

    The session is found before the code is looked at, so that a bad one burns nothing.
    """
    session = await flow.held(work, wish.session)
    user, address = await ownership.find(work, method)
    flow.check_same_user(session, user.id)
    kind, about = _about(address)
    transaction = await transactions.open_of_user(work, user.id, kind, about)
    challenge = None if transaction is None else await challenges.newest(work, transaction)
    if transaction is None or challenge is None:
        return await _too_late(work, user, address, response, wish)
    attributes = Attributes(wish.asked.ip, wish.asked.user_agent)
    if not rules.match(rules.particulars(transaction), attributes, matching):
        return Refused("attributes_differ")
    verdict = await challenges.judge(work, challenge, transaction, user, response)
    if isinstance(verdict, Refused):
        if verdict.reason == "code_expired":
            return await _too_late(work, user, address, response, wish)
        return verdict
    refused = await _settle(work, user, address, transaction, verdict, wish)
    if refused is not None:
        return await _known(work, user, address, response) or refused
    await transactions.end(work, transaction.id)
    reset = await ownership.confirm(work, user, address, session)
    proof = rules.proof_of(address, challenge.channel, work.now, wish.asked.ip)
    return await flow.conclude(work, user, proof, wish, session, reset=reset)


async def _check_feature(work: Work, channel: Channel) -> None:
    features = (await projects.settings(work)).features
    if channel.address is Channel.SMS and not features.sms:
        raise Forbidden("feature_off")


async def issue(work: Work, user: User, address: Address, message: Message) -> Sent | Refused:
    """A code to this address of this user."""
    kind, about = _about(address)
    particulars = msgspec.json.encode(rules.Particulars(**message.attributes._asdict()))
    project = ClientId((await projects.current(work)).id)
    lifetime = ownership.ADDING if address.tentative else OPEN
    transaction = await transactions.reopen(
        work, kind, user.id, project, lifetime, about=about, particulars=particulars
    )
    sent = await challenges.issue(
        work,
        user,
        transaction,
        Question(
            purpose=_VERIFICATION[message.channel] if address.tentative else Purpose.LOGIN_CODE,
            channel=message.channel,
            recipient=address.text,
            credential=address.credential,
            locale=message.locale,
            lifetime=message.lifetime,
        ),
    )
    if isinstance(sent, Refused):
        return sent
    await transactions.prolong(work, transaction, lifetime, particulars)
    return Sent(user_id=user.id, address_id=address.id)


def _about(address: Address) -> tuple[Kind, str]:
    if address.tentative is not None:
        return Kind.ADD_CONTACT, address.text
    return Kind.ONE_TIME_CODE, address.id


async def _settle(
    work: Work,
    user: User,
    address: Address,
    transaction: Transaction,
    verdict: Verdict,
    wish: Wish,
) -> Refused | None:
    """What the answer means for credential and account: where it is no second factor, for the account alone."""
    ip = wish.asked.ip
    if address.credential is not None:
        outcome = await credentials.settle(work, user, address.credential, verdict, ip=ip)
        return None if isinstance(outcome, Proven) else outcome
    if not isinstance(verdict, Accepted):
        kind = OUT_OF_BAND[address.channel].kind
        await credentials.count_failure(
            work,
            user.id,
            ip=ip,
            kind=kind,
            reason=verdict.reason,
            authenticator=transaction.about,
        )
        return Refused(verdict.reason)
    if transaction.attempts:
        await users.forgive(work, user.id, transaction.attempts)
    await credentials.absolve(work, user.id, transaction.about)
    return None


async def _too_late(work: Work, user: User, address: Address, response: str, wish: Wish) -> Refused:
    """No code waits for an answer: was this one right once? A wrong one counts as ever."""
    _, about = _about(address)
    if refusal := await credentials.barred(work, user, about):
        return refusal
    known = await _known(work, user, address, response)
    if known is None:
        kind = OUT_OF_BAND[address.channel].kind
        await credentials.count_failure(
            work,
            user.id,
            ip=wish.asked.ip,
            kind=kind,
            reason="wrong_code",
            authenticator=about,
        )
    return known or Refused("wrong_code")


async def _known(work: Work, user: User, address: Address, response: str) -> Refused | None:
    """A code that was sent to this address before, and is used, expired or replaced."""
    _, about = _about(address)
    was_sent = await challenges.was_sent(work, user.id, (about, address.text), response)
    return Refused("code_superseded") if was_sent else None
