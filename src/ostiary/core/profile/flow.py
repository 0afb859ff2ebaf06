"""Change a profile, an address or a password; confirm an address by the code that was sent to it.

A verified address changes only once the new one is confirmed. One that is a second factor changes only
after a step-up (M6).
"""

from msgspec.structs import replace

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.failures import Malformed, Refused, Unauthenticated
from ostiary.terms.time import Seconds

from .. import (
    challenges,
    clients,
    credentials,
    devices,
    journal,
    login,
    projects,
    stepup,
    tokens,
    transactions,
    users,
)
from ..challenges.model import Challenge, Link, Question
from ..clients.model import AuthorizationRequest
from ..factors import PASSWORD
from ..factors.model import Accepted
from ..messages.model import Notice, Purpose
from ..stepup.model import Operation
from ..tokens.model import Access
from ..transactions.model import Kind, Transaction
from ..users.model import Profile, User
from ..work import Crunch, OpenWork, Work
from .model import PasswordChange

CONFIRMATION = Seconds(86_400)  # how long an address waits to be confirmed (ML-8)
_KINDS = {
    Channel.EMAIL: (Kind.VERIFY_EMAIL, Purpose.EMAIL_VERIFICATION, Notice.EMAIL_CHANGED),
    Channel.SMS: (Kind.VERIFY_PHONE, Purpose.PHONE_VERIFICATION, Notice.PHONE_NUMBER_CHANGED),
}


async def update(work: Work, access: Access, profile: Profile) -> User:
    """The profile with what is given here; what is not given stays."""
    user = await _owner(work, access)
    given = {name: value for name in profile.__struct_fields__ if (value := getattr(profile, name))}
    await users.update_profile(work, user.id, replace(user.profile, **given))
    await journal.record(work, "profile.updated", user=user.id, fields=sorted(given))
    return await _owner(work, access)


async def change_address(
    work: Work,
    access: Access,
    channel: Channel,
    address: EmailAddress | PhoneNumber,
    *,
    redirect: AuthorizationRequest | None = None,
    locale: str | None = None,
    ip: str | None = None,
) -> User | Refused:
    """Another e-mail or phone number: at once where the present one is not verified, else once confirmed."""
    user = await _owner(work, access)
    if user.address(channel) == address:
        return user
    if await _is_second_factor(work, user, channel):
        await stepup.protect(work, Operation.CHANGE_ADDRESS, access)
    if await users.by_contact(work, channel, address) is not None:
        taken = "email" if channel is Channel.EMAIL else "phone_number"
        raise Malformed("email_taken" if channel is Channel.EMAIL else "phone_taken", field=taken)
    if user.verified_at(channel) is None:
        await users.set_address(work, user, channel, address, verified=False, ip=ip)
        user = await _owner(work, access)
    sent = await _send(work, user, access, channel, address, redirect, locale)
    return sent if isinstance(sent, Refused) else user


async def send_verification(
    work: Work,
    access: Access,
    channel: Channel,
    *,
    redirect: AuthorizationRequest | None = None,
    locale: str | None = None,
) -> bool | Refused:
    """Send a code to the profile's own address; False where it is verified already."""
    user = await _owner(work, access)
    address = user.address(channel)
    if address is None:
        raise Malformed("email_missing" if channel is Channel.EMAIL else "phone_missing")
    if user.verified_at(channel) is not None:
        return False
    sent = await _send(work, user, access, channel, address, redirect, locale)
    return sent if isinstance(sent, Refused) else True


async def verify_address(
    work: Work,
    access: Access,
    channel: Channel,
    address: str,
    response: str,
    *,
    ip: str | None = None,
) -> Refused | None:
    """The address whose code this is becomes the person's verified one."""
    user = await _owner(work, access)
    transaction = await transactions.open_of_user(work, user.id, _KINDS[channel][0])
    if transaction is None:
        return Refused("challenge_not_found")
    challenge = await challenges.newest(work, transaction)
    if challenge is None or challenge.recipient != address:
        return Refused("challenge_not_found")
    redeemed = await challenges.redeem(work, user, transaction, response, ip=ip)
    if isinstance(redeemed, Refused):
        return redeemed
    await _confirmed(work, user, redeemed, transaction, ip)
    return None


async def verify_link(
    work: Work, challenge: Challenge, transaction: Transaction, *, ip: str | None = None
) -> Refused | None:
    """The address whose mail held the link becomes the person's verified one."""
    user = await users.lock(work, transaction.user_id)
    if user is None or not await transactions.end(work, transaction.id):
        return Refused("link_invalid")
    await _confirmed(work, user, challenge, transaction, ip)
    return None


async def change_password(
    open_work: OpenWork, crunch: Crunch, bearer: str | None, change: PasswordChange
) -> Refused | None:
    """A new password, for who knows the old one or has logged in just now.

    Every other session and grant of the person ends.
    """
    async with open_work(reading=True) as work:
        access = await tokens.require_access(work, bearer)
        user = await users.get(work, access.user_id)
        if user is None:
            raise Unauthenticated("access_token_invalid")
        known = await credentials.of_kind(work, user.id, CredentialKind.PASSWORD)
        settings = await projects.settings(work)
        now = work.now
    fresh = tokens.fresh(access, now, Seconds(settings.mfa.fresh_token_age))
    if not fresh and (change.old is None or known is None):
        raise Unauthenticated("access_token_not_fresh")  # who has no password proves nothing by one
    login.check_new_password(change.new.reveal(), settings.password, *_context(user))
    verdict, unchanged = None, False
    if known is not None:
        if change.old is not None:
            login.check_length(change.old.reveal())
            verdict = await crunch(PASSWORD.check, known.state, change.old.reveal())
        same = await crunch(PASSWORD.check, known.state, change.new.reveal())
        unchanged = isinstance(same, Accepted) or not same.guess
    hashed = await crunch(PASSWORD.enrol, change.new.reveal())
    async with open_work() as work:
        present = await users.lock(work, user.id)
        if present is None:
            raise Unauthenticated("access_token_invalid")
        if verdict is not None and known is not None:
            settled = await credentials.settle(work, present, known, verdict, ip=change.ip)
            if isinstance(settled, Refused):
                return settled
        if unchanged:  # said only now: it tells what the password is
            raise Malformed("password_unchanged", field="password")
        await login.set_password(work, present, hashed, besides=access.grant, ip=change.ip)
        return None


def _context(user: User) -> tuple[str, ...]:
    return tuple(word for word in (user.email, user.profile.full_name) if word)


async def _owner(work: Work, access: Access) -> User:
    user = await users.lock(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    return user


async def _is_second_factor(work: Work, user: User, channel: Channel) -> bool:
    enrolled = await credentials.of_user(work, user.id)
    if channel is Channel.EMAIL:
        return any(credential.kind is CredentialKind.EMAIL for credential in enrolled)
    return any(
        credential.kind is CredentialKind.SMS and credential.address == user.phone_number
        for credential in enrolled
    )


async def _send(
    work: Work,
    user: User,
    access: Access,
    channel: Channel,
    address: str,
    redirect: AuthorizationRequest | None,
    locale: str | None,
) -> Refused | None:
    kind, purpose, _ = _KINDS[channel]
    transaction = await transactions.resume(
        work, kind, user.id, access.grant.client_id, CONFIRMATION, request=redirect
    )
    asked = Question(
        purpose=purpose, channel=channel, recipient=address, locale=locale, link=Link.OURS
    )
    sent = await challenges.issue(work, user, transaction, asked)
    return sent if isinstance(sent, Refused) else None


async def _confirmed(
    work: Work, user: User, challenge: Challenge, transaction: Transaction, ip: str | None
) -> None:
    channel, before = challenge.channel, user.address(challenge.channel)
    if before == challenge.recipient:
        await users.verify_contact(work, user.id, channel, challenge.recipient)
        await journal.record(work, "contact.verified", user=user.id, ip=ip, channel=channel)
        return
    was_factor = await _is_second_factor(work, user, channel)
    await users.set_address(work, user, channel, challenge.recipient, verified=True, ip=ip)
    if was_factor:
        await devices.forget_all(work, user.id)  # trusted on other terms (TD-2)
        for credential in await credentials.of_user(work, user.id):
            if credential.kind is CredentialKind.SMS and credential.address == before:
                await credentials.move(work, credential.id, challenge.recipient)
    client = await clients.get(work, transaction.client_id)
    notice = _KINDS[channel][2]
    # the old address, too, is told: it is still in `user`
    await users.notify_others(work, user, challenge.recipient, notice, client_name=client.name)
