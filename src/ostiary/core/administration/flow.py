"""Open, change and close accounts; take away credentials, sessions and clients.

Nothing here asks for a proof: who may do this is decided where it is asked for. Nothing outlives what it
rested on, either: what is taken away ends at once, in sessions, grants and whatever is in progress.
"""

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import ADDRESSES, Channel
from ostiary.terms.failures import Malformed
from ostiary.terms.ids import CredentialId, SessionId, UserId

from .. import (
    clients,
    credentials,
    devices,
    enrolment,
    journal,
    login,
    projects,
    sessions,
    tokens,
    transactions,
    users,
)
from ..clients.model import Client
from ..credentials.model import Credential
from ..messages.model import Notice
from ..users.model import User
from ..work import Work
from .model import Account

_NOTICES = {Channel.EMAIL: Notice.EMAIL_CHANGED, Channel.SMS: Notice.PHONE_NUMBER_CHANGED}


async def open_account(
    work: Work,
    account: Account,
    *,
    password: bytes | None = None,
    factors: tuple[tuple[Kind, str], ...] = (),
) -> User:
    """A new person. `password`: as its factor keeps it. `factors`: second ones, each with its address."""
    if account.email is None and account.phone_number is None:
        raise Malformed("identifier_missing")
    user = await users.create(
        work,
        account.profile,
        email=account.email,
        email_verified=account.email_verified,
        phone_number=account.phone_number,
        phone_verified=account.phone_verified,
    )
    if password is not None:
        await credentials.enrol(work, user.id, Kind.PASSWORD, state=password)
    for kind, address in factors:
        channel = Channel(kind.value)
        await credentials.enrol_address(work, user, channel, address or user.email or "")
    return user


async def change(
    work: Work, id: UserId, account: Account, *, password: bytes | None = None
) -> User | None:
    """The person, changed to this; `None` where there is none. Whoever has the old address is told."""
    user = await users.lock(work, id)
    if user is None:
        return None
    if account.email is None and account.phone_number is None:
        raise Malformed("identifier_missing")
    if account.profile != user.profile:
        await users.update_profile(work, id, account.profile)
        await journal.record(work, "profile.updated", user=id, fields=_differing(user, account))
    for channel in ADDRESSES:
        await _set_address(work, user, account, channel)
    if password is not None:
        await login.set_password(work, user, password, besides=None)
    return await users.get(work, id)


async def unlock(work: Work, id: UserId) -> bool:
    """Wrong answers are forgotten, and right ones are taken again; False where there is no such person."""
    user = await users.lock(work, id)
    if user is None:
        return False
    await users.unlock(work, id)
    await credentials.reinstate(work, id)
    await journal.record(work, "account.unlocked", user=id)
    return True


async def close(work: Work, id: UserId) -> bool:
    """Everything of a person but what the journal tells; False where there is no such person."""
    await transactions.remove_all(work, id)
    if not await users.remove(work, id):
        return False
    await journal.record(work, "user.removed", user=id)
    return True


async def withdraw(work: Work, id: UserId, credential: CredentialId) -> bool:
    """Take a credential away, and what it had raised with it (SES-6); False where the user has none such."""
    user = await users.lock(work, id)
    found = await credentials.get(work, credential)
    if user is None or found is None or found.user_id != id:
        return False
    await _withdraw(work, user, found)
    return True


async def end_session(work: Work, user: UserId, id: SessionId) -> bool:
    """End one session and every grant given in it; False where the user has no such session now."""
    session = await sessions.by_id(work, id)
    if session is None or session.user_id != user:
        return False
    await sessions.end(work, session)
    await tokens.revoke_of_session(work, user, id)
    return True


async def end_sessions(work: Work, user: UserId) -> None:
    """Log a person out everywhere: sessions, grants, and what is half-way to either."""
    await sessions.end_all(work, user, None)
    await tokens.revoke_of_user(work, user, None)
    await transactions.end_all(work, user)
    await journal.record(work, "sessions.ended", user=user)


async def remove_client(work: Work, client: Client) -> None:
    """The client, and every grant that anybody gave it."""
    await tokens.revoke_of_client(work, client.id)
    await clients.remove(work, client)


async def _set_address(work: Work, user: User, account: Account, channel: Channel) -> None:
    before, wanted = user.address(channel), account.address(channel)
    verified = user.verified_at(channel) is not None
    if before == wanted and (wanted is None or verified == account.verified(channel)):
        return
    if wanted is None:
        if channel is Channel.EMAIL:
            await _withdraw_email_factor(work, user)
        await users.drop_address(work, user, channel)
    else:
        await users.set_address(work, user, channel, wanted, verified=account.verified(channel))
    if before == wanted:
        return
    await transactions.end_all(work, user.id)  # what was sent to the old address opens nothing now
    await devices.forget_all(work, user.id)  # trusted on other terms (TD-2)
    project = await projects.current(work)
    await users.notify_others(work, user, wanted or "", _NOTICES[channel], client_name=project.name)


async def _withdraw_email_factor(work: Work, user: User) -> None:
    """Its codes go to the profile's address: without one it could never be proved."""
    for credential in await credentials.of_user(work, user.id):
        if credential.kind is Kind.EMAIL:
            await _withdraw(work, user, credential)


async def _withdraw(work: Work, user: User, credential: Credential) -> None:
    await journal.record(
        work,
        "credential.removed",
        user=user.id,
        kind=credential.kind,
        credential=credential.id,
    )
    project = await projects.current(work)
    await enrolment.withdraw(work, user, credential, client_name=project.name)
    await transactions.end_all(work, user.id)


def _differing(user: User, account: Account) -> list[str]:
    before, after = user.profile, account.profile
    return [
        name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)
    ]
