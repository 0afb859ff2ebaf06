"""Take from a user what they are reached by or log in with. What rested on it ends with it (SES-6)."""

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict
from ostiary.terms.ids import CredentialId, UserId

from .. import (
    administration,
    credentials,
    devices,
    journal,
    projects,
    proving,
    sessions,
    tokens,
    transactions,
    users,
)
from ..messages.model import Notice
from ..proving.model import Address, Dossier
from ..users.model import User
from ..work import Work
from . import rules
from .flow import locked

_NOTICES = {Channel.EMAIL: Notice.EMAIL_CHANGED, Channel.SMS: Notice.PHONE_NUMBER_CHANGED}


async def drop_address(
    work: Work, channel: Channel, id: str, *, owner: UserId | None = None
) -> Dossier | None:
    """None where nobody has an address of this id; a failure where the user must keep it.

    `owner`: whose it has to be, where somebody asks for themselves.
    """
    found = await proving.ownership.look_up(work, id)
    if found is None or found.channel is not channel or owner not in (None, found.user_id):
        return None
    user = await locked(work, found.user_id)
    dossier = await proving.dossier(work, user.id)
    address = proving.address_of(dossier, channel, found.text)
    if address is None:
        return None
    if address.tentative is not None:
        await transactions.end(work, address.tentative.id)
    else:
        rules.check_removable(dossier, address)
        await _drop(work, dossier, address)
        await _tell(work, user, channel, besides="")
    return await proving.dossier(work, user.id)


async def exchange_address(work: Work, id: UserId, channel: Channel, text: str) -> Dossier:
    """Another address instead of the only factor there is. It is not verified: nobody proved it."""
    user = await locked(work, id)
    dossier = await proving.dossier(work, id)
    only = rules.only_address(dossier)
    if (only.channel, only.text) == (channel, text):
        return dossier
    await _drop(work, dossier, only)
    if not await users.add_contact(work, id, channel, text, None):
        if channel is Channel.EMAIL:
            raise Conflict("email_taken", field="email_address")
        raise Conflict("phone_taken", field="phone_number")
    await journal.record(work, "contact.added", user=id, channel=channel)
    await _tell(work, user, only.channel, besides=text)
    return await proving.dossier(work, id)


async def withdraw(
    work: Work, kind: Kind, id: str, *, owner: UserId | None = None
) -> Dossier | None:
    """A credential of this kind; None where nobody has it, or not this owner."""
    credential = await credentials.get(work, CredentialId(id))
    if credential is None or credential.kind is not kind:
        return None
    if owner not in (None, credential.user_id):
        return None
    await administration.withdraw(work, credential.user_id, credential.id)
    return await proving.dossier(work, credential.user_id)


async def _drop(work: Work, dossier: Dossier, address: Address) -> None:
    user = dossier.user
    if address.credential is not None:
        await administration.withdraw(work, user.id, address.credential.id)
    for contact in dossier.contacts:
        if (contact.channel, contact.address) == (address.channel, address.text):
            await users.remove_contact(work, contact)
            await sessions.drop_proof(work, user.id, CredentialId(contact.id))
            await tokens.drop_proof(work, user.id, CredentialId(contact.id))
    await transactions.end_all(work, user.id)  # what was sent there opens nothing now
    await devices.forget_all(work, user.id)  # trusted on other terms (TD-2)


async def _tell(work: Work, user: User, channel: Channel, *, besides: str) -> None:
    project = await projects.current(work)
    await users.notify_others(work, user, besides, _NOTICES[channel], client_name=project.name)
