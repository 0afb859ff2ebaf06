"""A new passkey for who has lost theirs, by the code of an account recovery.

Nobody is logged in by it and no second factor is removed (REC-5). The person whose code it is stays the same
from the first step to the last (REC-11).
"""

from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Refused

from .. import (
    challenges,
    clients,
    credentials,
    devices,
    journal,
    login,
    sessions,
    tokens,
    transactions,
    users,
)
from ..clients.model import Client
from ..factors import PASSKEY
from ..factors.model import Attested, Made, Rejected
from ..messages.model import Notice
from ..transactions.model import Kind
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import ceremonies, rules
from .flow import exists, keep, of_user, withdraw
from .model import Creation


async def begin_reset(
    work: Work,
    client: Client,
    origin: str,
    name: str,
    address: tuple[Channel, str],
    code: str,
    *,
    ip: str | None = None,
) -> Creation | Refused:
    """Ask for a passkey, if this is the code; it stays good for the passkey to come with."""
    remembered = await ceremonies.pending(work, client, origin, name=name)
    recovering = await challenges.awaited(work, Kind.RECOVER_ACCOUNT, *address)
    if recovering is None:
        return Refused("challenge_not_found")
    user, recovery = recovering
    checked = await challenges.check(work, user, recovery, code, ip=ip, though_locked=True)
    if isinstance(checked, Refused):
        return checked
    remembered = replace(remembered, recovery=recovery.id)
    challenge = await ceremonies.begin(work, Kind.RESET_PASSKEYS, user.id, client.id, remembered)
    return await ceremonies.creation(work, challenge, remembered, rules.owner(user))


async def reset(
    open_work: OpenWork,
    crunch: Crunch,
    address: tuple[Channel, str],
    code: str,
    answer: Attested,
    *,
    ip: str | None = None,
) -> Refused | None:
    """The only passkey, from now on, of who holds the code. It lifts a lock, and ends every session and grant."""
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        recovering = await challenges.awaited(work, Kind.RECOVER_ACCOUNT, *address)
        taken = await ceremonies.take(work, challenge, Kind.RESET_PASSKEYS)
        if recovering is None or taken is None:
            return Refused("challenge_not_found")
        user, recovery = recovering
        if taken.transaction.user_id != user.id or taken.pending.recovery != recovery.id:
            return Refused("challenge_not_found")
        made = PASSKEY.register(answer, taken.asked, taken.pending.name, recovered=True)
        if isinstance(made, Rejected):
            return Refused(made.reason)
        if await exists(work, made):
            return Refused("passkey_exists")
        redeemed = await challenges.redeem(work, user, recovery, code, ip=ip, though_locked=True)
        if isinstance(redeemed, Refused):
            return redeemed
        await users.verify_contact(work, user.id, *address)
        await login.distrust_password(work, user, address[0])
        await _replace(work, user, made, ip)
        client = await clients.get(work, taken.transaction.client_id)
        await users.notify_others(work, user, "", Notice.CREDENTIAL_ADDED, client_name=client.name)
        return None


async def _replace(work: Work, user: User, made: Made, ip: str | None) -> None:
    for passkey in await of_user(work, user.id):
        await withdraw(work, user, passkey, ip=ip)
    await keep(work, user, made)
    await users.unlock(work, user.id)
    await credentials.forget_failures(work, user.id)
    await sessions.end_all(work, user.id, None)
    await tokens.revoke_of_user(work, user.id, None)
    await transactions.end_all(work, user.id)
    await devices.forget_all(work, user.id)
    await journal.record(work, "passkeys.reset", user=user.id, ip=ip)
