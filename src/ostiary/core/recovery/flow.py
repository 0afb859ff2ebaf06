"""Getting back in: a code, or the application's own page with the code, to a known address.

Nothing here logs anybody in, and no second factor is removed (REC-5). An unknown address is answered like a
known one, with the same work, and nothing is sent (AB-1).
"""

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret
from ostiary.terms.time import Seconds

from .. import challenges, credentials, login, projects, transactions, users
from ..challenges.model import Link, Question
from ..clients.model import AuthorizationRequest, Client
from ..factors import PASSWORD
from ..messages.model import Purpose
from ..transactions.model import Kind
from ..work import Crunch, OpenWork, Work

LIFETIME = Seconds(86_400)  # ML-8: at most a day for what gets a person back in
_PURPOSES = {
    Kind.RESET_PASSWORD: Purpose.PASSWORD_RESET,
    Kind.RECOVER_ACCOUNT: Purpose.ACCOUNT_RECOVERY,
}


async def request(
    work: Work,
    client: Client,
    kind: Kind,
    channel: Channel,
    address: str,
    *,
    redirect_uri: str | None = None,
    locale: str | None = None,
) -> Refused | None:
    """Send what gets the owner of this address back in, if there is one."""
    user = await users.by_contact(work, channel, address) or users.ghost(work, address)
    transaction = await transactions.resume(
        work,
        kind,
        user.id,
        client.id,
        LIFETIME,
        request=AuthorizationRequest(client_id=client.id, redirect_uri=redirect_uri),
    )
    sent = await challenges.issue(
        work,
        user,
        transaction,
        Question(
            purpose=_PURPOSES[kind],
            channel=channel,
            recipient=address,
            locale=locale,
            link=Link.THEIRS,
        ),
        though_locked=True,
    )
    return sent if isinstance(sent, Refused) else None


async def reset_password(
    open_work: OpenWork,
    crunch: Crunch,
    channel: Channel,
    address: str,
    response: str,
    password: Secret,
    *,
    ip: str | None = None,
) -> Refused | None:
    """A new password for who holds the code. It lifts a lock, and ends every session and grant."""
    async with open_work(reading=True) as work:
        policy = (await projects.settings(work)).password
    login.check_new_password(password.reveal(), policy, address)
    hashed = await crunch(PASSWORD.enrol, password.reveal())
    async with open_work() as work:
        awaited = await challenges.awaited(work, Kind.RESET_PASSWORD, channel, address)
        if awaited is None:
            return Refused("challenge_not_found")
        user, transaction = awaited
        redeemed = await challenges.redeem(
            work, user, transaction, response, ip=ip, though_locked=True
        )
        if isinstance(redeemed, Refused):
            return redeemed
        await users.verify_contact(work, user.id, channel, address)
        await users.unlock(work, user.id)
        await credentials.forget_failures(work, user.id)
        await login.set_password(work, user, hashed, besides=None, ip=ip)
        return None
