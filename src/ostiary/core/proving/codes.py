"""A code to an address, and the answer: for a first factor or for a further one, in one call each."""

from typing import NoReturn

import msgspec

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.failures import Forbidden, Malformed, NotFound, Refused
from ostiary.terms.ids import ClientId, CredentialId, TransactionId, UserId
from ostiary.terms.time import Seconds

from .. import (
    challenges,
    credentials,
    enrolment,
    journal,
    projects,
    transactions,
    users,
)
from ..credentials.model import Proven
from ..factors import OUT_OF_BAND
from ..factors.model import Accepted, Verdict
from ..messages.model import Purpose
from ..transactions.model import Kind, Transaction
from ..users.model import Profile, User
from ..work import Work
from . import flow, rules
from .model import (
    ANYWHERE,
    Address,
    Attributes,
    Authenticated,
    Dossier,
    Matching,
    Message,
    Sent,
    Wish,
)

ADDING = Seconds(300)  # how long a new address waits for its code
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
    if user is None:
        owner = await users.by_contact(work, sort, message.address)
        if owner is None and sort is Channel.EMAIL:
            raise NotFound("email_not_found")
        if owner is None:
            raise NotFound("phone_not_found")
        user = owner.id
    if await users.lock(work, user) is None:
        raise NotFound("user_not_found")
    dossier = await flow.dossier(work, user)
    address = rules.address_of(dossier, sort, message.address)
    if address is None:
        address = await _add(work, dossier, message)
    return await _issue(work, dossier.user, address, message)


async def send_or_create(work: Work, message: Message, *, pending: bool) -> Sent | Refused:
    """A code to whoever has this address: to a new user with it where nobody has."""
    await _check_feature(work, message.channel)
    sort = message.channel.address
    known = await users.by_contact(work, sort, message.address)
    if known is None:
        known = await users.create(
            work,
            Profile(),
            email=EmailAddress(message.address) if sort is Channel.EMAIL else None,
            phone_number=PhoneNumber(message.address) if sort is Channel.SMS else None,
        )
        if pending:
            await users.pend(work, known.id, pending=True)
        sent = await send(work, message, known.id)
        return sent if isinstance(sent, Refused) else msgspec.structs.replace(sent, created=True)
    return await send(work, message, known.id)


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
    address = await find(work, method)
    flow.check_same_user(session, address.user_id)
    user = await users.lock(work, address.user_id)
    if user is None:
        raise NotFound("method_not_found")
    kind, about = _about(address)
    transaction = await transactions.open_of_user(work, user.id, kind, about)
    challenge = None if transaction is None else await challenges.newest(work, transaction)
    if transaction is None or challenge is None:
        return await _too_late(work, user, address, response, wish)
    attributes = Attributes(wish.asked.ip, wish.asked.user_agent)
    if not rules.match(_particulars(transaction), attributes, matching):
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
    await confirm(work, user, address, with_session=session is not None)
    proof = rules.proof_of(address, challenge.channel, work.now, wish.asked.ip)
    return await flow.conclude(work, user, proof, wish, session)


async def find(work: Work, id: str) -> Address:
    """The address of this id; `NotFound("method_not_found")` where there is none."""
    owner = None
    if (contact := await users.contact(work, id)) is not None:
        owner, id = contact.user_id, contact.id
    elif (credential := await credentials.get(work, CredentialId(id))) is not None:
        owner = credential.user_id
    elif (adding := await transactions.by_id(work, TransactionId(id))) is not None:
        owner = adding.user_id
    if owner is not None:
        dossier = await flow.dossier(work, owner)
        text = contact.address if contact else None
        for address in rules.addresses(dossier):
            if id == address.id or (contact and text == address.text):
                return address
    raise NotFound("method_not_found")


async def confirm(work: Work, user: User, address: Address, *, with_session: bool) -> None:
    """What a right answer says of the address: it is the user's, verified; a phone that was proved beside
    another factor is a second factor from now on."""
    if address.tentative is not None:
        await users.release(work, user.id, address.channel, address.text)
        if not await users.add_contact(
            work, user.id, address.channel, address.text, work.now, id=address.id
        ):
            _taken(address.channel)
        await journal.record(work, "contact.added", user=user.id, channel=address.channel)
    else:
        await users.verify_contact(work, user.id, address.channel, address.text)
    wanted = (await projects.settings(work)).mfa_channels & {Channel.SMS}
    if with_session and address.credential is None and address.channel in wanted:
        project = ClientId((await projects.current(work)).id)
        await enrolment.enable(
            work, user, address.channel, address.text, project, contact=address.id
        )


async def _check_feature(work: Work, channel: Channel) -> None:
    features = (await projects.settings(work)).features
    if channel.address is Channel.SMS and not features.sms:
        raise Forbidden("feature_off")


async def _add(work: Work, dossier: Dossier, message: Message) -> Address:
    """A new address waits for its code, and is gone again where none comes back."""
    if rules.unverified(dossier):
        raise Malformed("unverified_factors")
    sort = message.channel.address
    other = await users.by_contact(work, sort, message.address)
    if other is not None and other.has_verified(sort, message.address):
        _taken(sort)
    project = ClientId((await projects.current(work)).id)
    begun = await transactions.reopen(
        work, Kind.ADD_CONTACT, dossier.user.id, project, ADDING, about=message.address
    )
    return rules.tentative(begun)


def _taken(channel: Channel) -> NoReturn:
    if channel is Channel.EMAIL:
        raise Malformed("email_taken", field="email")
    raise Malformed("phone_taken", field="phone_number")


async def _issue(work: Work, user: User, address: Address, message: Message) -> Sent | Refused:
    kind, about = _about(address)
    particulars = rules.Particulars(**message.attributes._asdict())
    transaction = await transactions.reopen(
        work,
        kind,
        user.id,
        ClientId((await projects.current(work)).id),
        ADDING if address.tentative else OPEN,
        about=about,
        particulars=msgspec.json.encode(particulars),
    )
    adding = address.tentative is not None
    sent = await challenges.issue(
        work,
        user,
        transaction,
        _VERIFICATION[message.channel] if adding else Purpose.LOGIN_CODE,
        message.channel,
        address.text,
        credential=address.credential,
        locale=message.locale,
        lifetime=message.lifetime,
    )
    if isinstance(sent, Refused):
        return sent
    return Sent(user_id=user.id, address_id=address.id)


def _about(address: Address) -> tuple[Kind, str]:
    if address.tentative is not None:
        return Kind.ADD_CONTACT, address.text
    return Kind.ONE_TIME_CODE, address.id


def _particulars(transaction: Transaction) -> rules.Particulars:
    return msgspec.json.decode(transaction.particulars or b"{}", type=rules.Particulars)


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
        await credentials.count_failure(work, user.id, ip=ip, kind=kind, reason=verdict.reason)
        return Refused(verdict.reason)
    if transaction.attempts:
        await users.forgive(work, user.id, transaction.attempts)
    return None


async def _too_late(work: Work, user: User, address: Address, response: str, wish: Wish) -> Refused:
    """No code waits for an answer: was this one right once? A wrong one counts as ever."""
    if refusal := credentials.locked(user, work.now):
        return refusal
    known = await _known(work, user, address, response)
    if known is None:
        kind = OUT_OF_BAND[address.channel].kind
        await credentials.count_failure(
            work, user.id, ip=wish.asked.ip, kind=kind, reason="wrong_code"
        )
    return known or Refused("wrong_code")


async def _known(work: Work, user: User, address: Address, response: str) -> Refused | None:
    """A code that was sent to this address before, and is used, expired or replaced."""
    _, about = _about(address)
    was_sent = await challenges.was_sent(work, user.id, (about, address.text), response)
    return Refused("code_superseded") if was_sent else None
