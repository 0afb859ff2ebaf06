"""Whose an address is: found, or added for now; and its user's for good once it is proved."""

from typing import NoReturn

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.failures import Malformed, NotFound
from ostiary.terms.ids import ClientId, CredentialId, TransactionId, UserId
from ostiary.terms.time import Seconds

from .. import credentials, enrolment, journal, login, projects, transactions, users
from ..sessions.model import Session
from ..transactions.model import Kind
from ..users.model import Profile, User
from ..work import Work
from . import flow, rules
from .model import Address, Dossier

ADDING = Seconds(300)  # how long a new address waits for its proof


async def aim(work: Work, channel: Channel, text: str, user: UserId | None) -> tuple[User, Address]:
    """This address of this user, who is locked; it is added where it is new. Where no user is named: of its owner."""
    if user is None:
        owner = await users.by_contact(work, channel, text)
        if owner is None and channel is Channel.EMAIL:
            raise NotFound("email_not_found")
        if owner is None:
            raise NotFound("phone_not_found")
        user = owner.id
    locked = await users.lock(work, user)
    if locked is None:
        raise NotFound("user_not_found")
    dossier = await flow.dossier_of(work, locked)
    address = rules.address_of(dossier, channel, text)
    if address is None:
        address = await _add(work, dossier, channel, text)
    return locked, address


async def owner_or_new(
    work: Work, channel: Channel, text: str, *, pending: bool
) -> tuple[User, bool]:
    """Whoever has this address; a new user with it where nobody has, and then True."""
    await work.sql.hold(f"address {text}")  # so that two who ask at once make one
    known = await users.by_contact(work, channel, text)
    if known is not None:
        return known, False
    created = await users.create(
        work,
        Profile(),
        email=EmailAddress(text) if channel is Channel.EMAIL else None,
        phone_number=PhoneNumber(text) if channel is Channel.SMS else None,
    )
    if pending:
        await users.pend(work, created.id, pending=True)
    return created, True


async def find(work: Work, id: str) -> tuple[User, Address]:
    """The address of this id, and whose it is, who is locked; `NotFound("method_not_found")` where there is none."""
    owner = await _owner(work, id)
    user = None if owner is None else await users.lock(work, owner)
    address = None
    if user is not None:
        address = rules.address_by_id(await flow.dossier_of(work, user), id)
    if user is None or address is None:
        raise NotFound("method_not_found")
    return user, address


async def look_up(work: Work, id: str) -> Address | None:
    owner = await _owner(work, id)
    return None if owner is None else rules.address_by_id(await flow.dossier(work, owner), id)


async def _owner(work: Work, id: str) -> UserId | None:
    if (contact := await users.contact(work, id)) is not None:
        return contact.user_id
    if (credential := await credentials.get(work, CredentialId(id))) is not None:
        return credential.user_id
    adding = await transactions.by_id(work, TransactionId(id))
    return adding.user_id if adding is not None else None


async def confirm(work: Work, user: User, address: Address, session: Session | None) -> bool:
    """What a right answer says of the address: it is the user's, verified; a phone that was proved beside
    another factor is a second factor from now on. True where the user's other sessions ended with it."""
    reset = False
    if address.tentative is not None:
        await users.release(work, user.id, address.channel, address.text)
        if not await users.add_contact(
            work, user.id, address.channel, address.text, work.now, id=address.id
        ):
            _taken(address.channel)
        await journal.record(work, "contact.added", user=user.id, channel=address.channel)
    else:
        if not address.verified:
            reset = await login.distrust_password(work, user, address.channel, session)
        await users.verify_contact(work, user.id, address.channel, address.text)
    wanted = (await projects.settings(work)).mfa_channels & {Channel.SMS}
    if session is not None and address.credential is None and address.channel in wanted:
        project = ClientId((await projects.current(work)).id)
        await enrolment.enable(
            work, user, address.channel, address.text, project, contact=address.id
        )
    return reset


async def _add(work: Work, dossier: Dossier, sort: Channel, text: str) -> Address:
    """A new address waits for its proof, and is gone again where none comes."""
    if rules.unverified(dossier):
        raise Malformed("unverified_factors")
    other = await users.by_contact(work, sort, text)
    if other is not None:
        theirs = rules.address_of(await flow.dossier(work, other.id), sort, text)
        if theirs is not None and theirs.verified:
            _taken(sort)
    project = ClientId((await projects.current(work)).id)
    begun = await transactions.reopen(
        work, Kind.ADD_CONTACT, dossier.user.id, project, ADDING, about=text
    )
    return rules.tentative(begun)


def _taken(channel: Channel) -> NoReturn:
    if channel is Channel.EMAIL:
        raise Malformed("email_taken", field="email")
    raise Malformed("phone_taken", field="phone_number")
