"""Add a second factor: send a code to the address, enable the credential when it comes back."""

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.contact import ADDRESSES, Channel
from ostiary.terms.failures import Forbidden, Malformed, Refused, Unauthenticated
from ostiary.terms.ids import ClientId
from ostiary.terms.time import Seconds

from .. import (
    challenges,
    clients,
    credentials,
    devices,
    journal,
    projects,
    sessions,
    stepup,
    tokens,
    transactions,
    users,
)
from ..challenges.model import Challenge, Link, Question
from ..clients.model import AuthorizationRequest
from ..credentials.model import Credential
from ..messages.model import Notice, Purpose
from ..projects.model import Settings
from ..stepup.model import Operation
from ..tokens.model import Access
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import rules
from .model import CodeSent, Enabled, Started

_KINDS = {
    Channel.SMS: (CredentialKind.SMS, Kind.ENROL_SMS),
    Channel.EMAIL: (CredentialKind.EMAIL, Kind.ENROL_EMAIL),
}
_CHANGES = {Channel.SMS: Kind.VERIFY_PHONE, Channel.EMAIL: Kind.VERIFY_EMAIL}


async def listed(work: Work, access: Access) -> tuple[User, tuple[Credential, ...]]:
    """The user and their second factors."""
    settings = await projects.settings(work)
    if not settings.features.mfa:
        raise Forbidden("feature_off")
    user = await users.get(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    enrolled = await credentials.of_user(work, user.id)
    return user, rules.second_factors(enrolled, frozenset(ADDRESSES))


async def start(
    work: Work,
    access: Access,
    channel: Channel,
    address: str | None = None,
    *,
    action: str | None = None,
    locale: str | None = None,
    redirect: AuthorizationRequest | None = None,
    ip: str | None = None,
) -> Started | Refused:
    """Send an activation code, or enable at once what was verified before (M9).

    A further credential must be protected by one that is there already (STP-9); the first one by a fresh
    token alone (S1). E-mail is always the profile's own address.
    """
    settings = await projects.settings(work)
    user = await _permitted(work, access, channel, settings)
    recipient = _recipient(user, channel, address)
    kind, transaction_kind = _KINDS[channel]
    enrolled = await credentials.of_user(work, user.id)
    kept = "" if channel is Channel.EMAIL else recipient
    for credential in enrolled:
        if credential.kind is kind and credential.address == kept:
            return Enabled(credential)
    await stepup.protect(work, Operation.ADD_CREDENTIAL, access)
    if user.has_verified(channel, recipient):
        return Enabled(await enable(work, user, channel, recipient, access.grant.client_id, ip=ip))
    session = access.grant.session_id
    if session is None:
        raise Unauthenticated("access_token_invalid")
    transaction = await transactions.resume(
        work,
        transaction_kind,
        user.id,
        access.grant.client_id,
        Seconds(settings.mfa.step_up_token_lifetime),
        session=session,
        request=redirect,
    )
    sent = await challenges.issue(
        work,
        user,
        transaction,
        Question(
            purpose=Purpose.MFA_ACTIVATION,
            channel=channel,
            recipient=recipient,
            action=action,
            locale=locale,
            link=Link.OURS,
        ),
    )
    return sent if isinstance(sent, Refused) else CodeSent()


async def verify(
    work: Work, access: Access, channel: Channel, response: str, *, ip: str | None = None
) -> Credential | Refused:
    """Enable the credential whose code this is. The address is the one the code was sent to (OTP-16).

    What protects the start protects the end, too: another credential may have come in between (STP-9).
    """
    settings = await projects.settings(work)
    user = await _permitted(work, access, channel, settings)
    await stepup.protect(work, Operation.ADD_CREDENTIAL, access)
    session, transaction_kind = access.grant.session_id, _KINDS[channel][1]
    transaction = (
        None
        if session is None
        else await transactions.open_of_session(work, user.id, session, transaction_kind)
    )
    if transaction is None:
        return Refused("challenge_not_found")
    challenge = await challenges.redeem(work, user, transaction, response, ip=ip)
    if isinstance(challenge, Refused):
        return challenge
    return await enable(work, user, channel, challenge.recipient, access.grant.client_id, ip=ip)


async def verify_link(
    work: Work, challenge: Challenge, transaction: Transaction, *, ip: str | None = None
) -> Credential | Refused:
    """Enable the address whose mail held the link. A further factor needs the code, and its bearer's proof."""
    user = await users.lock(work, transaction.user_id)
    if user is None or credentials.locked(user, work.now):
        return Refused("link_invalid")
    if await stepup.guarded(work, Operation.ADD_CREDENTIAL, user.id):
        return Refused("link_invalid")
    if not await transactions.end(work, transaction.id):
        return Refused("link_invalid")
    return await enable(
        work, user, challenge.channel, challenge.recipient, transaction.client_id, ip=ip
    )


async def remove(
    work: Work, access: Access, channel: Channel, address: str | None, *, ip: str | None = None
) -> None:
    """Take a second factor away; what it had raised is raised no longer (SES-6).

    Needs a fresh token, given for a second factor proved as recently (M6).
    """
    settings = await projects.settings(work)
    user = await _permitted(work, access, channel, settings)
    await stepup.protect(work, Operation.REMOVE_CREDENTIAL, access)
    kind, kept = _KINDS[channel][0], "" if channel is Channel.EMAIL else address
    enrolled = await credentials.of_user(work, user.id)
    credential = next((c for c in enrolled if c.kind is kind and c.address == kept), None)
    if credential is None:
        raise Malformed("factor_not_registered", field="phone_number" if kept else None)
    await journal.record(work, "mfa.removed", user=user.id, ip=ip, kind=kind)
    client = await clients.get(work, access.grant.client_id)
    await withdraw(work, user, credential, client_name=client.name)


async def withdraw(work: Work, user: User, credential: Credential, *, client_name: str) -> None:
    """Take a credential away, with what rests on it: proofs in sessions and grants, trusted browsers, and
    what only stands in for it."""
    enrolled = await credentials.of_user(work, user.id)
    for one in (credential, *rules.standing_in_for(credential, enrolled)):
        await credentials.remove(work, one.id)
        await sessions.drop_proof(work, user.id, one.id)
        await tokens.drop_proof(work, user.id, one.id)
    await devices.forget_all(work, user.id)
    await users.notify_others(
        work, user, credential.address, Notice.CREDENTIAL_REMOVED, client_name=client_name
    )


async def _permitted(work: Work, access: Access, channel: Channel, settings: Settings) -> User:
    if channel not in settings.mfa_channels:
        raise Forbidden("feature_off")
    if not tokens.fresh(access, work.now, Seconds(settings.mfa.fresh_token_age)):
        raise Unauthenticated("access_token_not_fresh")
    user = await users.lock(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    return user


def _recipient(user: User, channel: Channel, address: str | None) -> str:
    if channel is Channel.EMAIL:
        if user.email is None:
            raise Malformed("email_missing")
        return user.email
    if address is not None:
        return address
    if user.phone_number is None or user.phone_verified_at is None:
        raise Malformed("phone_missing", field="phone_number")
    return user.phone_number


async def enable(
    work: Work,
    user: User,
    channel: Channel,
    recipient: str,
    client_id: ClientId,
    *,
    contact: str | None = None,
    ip: str | None = None,
) -> Credential:
    """The address is a second factor from now on. `contact`: the contact point that it is, if not the profile's."""
    credential = await credentials.enrol_address(work, user, channel, recipient, contact)
    await users.verify_contact(work, user.id, channel, recipient)
    # a change of the address that is a second factor now was begun without proving it (M6)
    await transactions.end_kind(work, user.id, _CHANGES[channel])
    await announce(work, user, credential, client_id, besides=recipient, ip=ip)
    return credential


async def announce(
    work: Work,
    user: User,
    credential: Credential,
    client_id: ClientId,
    *,
    besides: str = "",
    ip: str | None = None,
) -> None:
    """A second factor counts from now on: what was granted without it ends, and its owner is told."""
    await devices.forget_all(work, user.id)  # trusted on other terms (TD-2)
    await transactions.end_kind(work, user.id, Kind.LOGIN)  # one factor was enough for it (S4)
    await journal.record(work, "mfa.enabled", user=user.id, ip=ip, kind=credential.kind)
    name = await clients.name_of(work, client_id)
    await users.notify_others(work, user, besides, Notice.CREDENTIAL_ADDED, client_name=name)
