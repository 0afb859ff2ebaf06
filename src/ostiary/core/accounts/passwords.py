"""A user who comes with a password: chosen here, or known to another system by its hash."""

from msgspec.structs import replace

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, Malformed
from ostiary.terms.secret import Secret

from .. import credentials, devices, projects, proving, users
from ..factors import PASSWORD
from ..factors.model import Imported
from ..messages.model import Notice
from ..proving.model import Authenticated, Dossier, Wish
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import rules
from .flow import change, locked, open_account
from .model import Newcomer


async def sign_up(
    open_work: OpenWork, crunch: Crunch, newcomer: Newcomer, password: Secret, wish: Wish
) -> Authenticated:
    """Somebody new, who has just chosen this password."""
    context = [word for word in (newcomer.email, *rules.names(newcomer.said)) if word]
    async with open_work(reading=True) as work:
        if newcomer.email and await users.by_contact(work, Channel.EMAIL, newcomer.email):
            raise Conflict("email_taken", field="email")
    state = await proving.passwords.new(open_work, crunch, password, *context)
    async with open_work() as work:
        dossier = await open_account(work, newcomer)
        user, ip = dossier.user, wish.asked.ip
        credential = await credentials.enrol(work, user.id, Kind.PASSWORD, state=state)
        proof = credentials.proof_of(credential, work.now, ip)
        return await proving.conclude(work, user, proof, wish, None)


async def take_over(
    work: Work, newcomer: Newcomer, made_elsewhere: Imported
) -> tuple[Dossier, bool]:
    """The hash is the user's password: of whoever has the e-mail address, or somebody new, and then True."""
    state = PASSWORD.take_over(made_elsewhere)
    known = newcomer.email and await users.by_contact(work, Channel.EMAIL, newcomer.email)
    if not known:
        dossier = await open_account(work, newcomer)
        await credentials.enrol(work, dossier.user.id, Kind.PASSWORD, state=state)
        return await proving.dossier(work, dossier.user.id), True
    user = await locked(work, known.id)
    if await credentials.of_kind(work, user.id, Kind.PASSWORD):
        raise Malformed("password_exists")
    await _complete(work, user, newcomer)
    await credentials.enrol(work, user.id, Kind.PASSWORD, state=state)
    await devices.forget_all(work, user.id)  # trusted on other terms (TD-2)
    project = await projects.current(work)
    await users.notify_others(work, user, "", Notice.CREDENTIAL_ADDED, client_name=project.name)
    return await proving.dossier(work, user.id), False


async def _complete(work: Work, user: User, newcomer: Newcomer) -> None:
    """What is said of somebody who is known already. An id that they have of the application's stays."""
    await change(work, user.id, replace(newcomer.said, external_id=None))
    for channel, address, verified in (
        (Channel.EMAIL, newcomer.email, newcomer.email_verified),
        (Channel.SMS, newcomer.phone_number, newcomer.phone_verified),
    ):
        if address is None:
            continue
        owner = await users.by_contact(work, channel, address)
        if owner is None:
            await users.add_contact(work, user.id, channel, address, None)
        elif owner.id != user.id:
            raise Conflict("phone_taken", field="phone_number")
        if verified:
            await users.verify_contact(work, user.id, channel, address)
