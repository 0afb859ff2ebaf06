"""A code or a link instead of a password: the address is the first factor.

An unknown address is answered like a known one, with the same work, and nothing is sent (AB-1).
"""

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.assurance import Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Forbidden, Refused
from ostiary.terms.ids import ClientId, CredentialId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from .. import challenges, credentials, journal, projects, transactions, users
from ..challenges.model import Challenge, Link, Question
from ..clients.model import AuthorizationRequest
from ..factors import OUT_OF_BAND
from ..messages.model import Purpose
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from .flow import distrust_password
from .model import Proved

LIFETIME = Seconds(600)  # of the request that waits for its code or link (ML-8)
_PURPOSES = {Kind.LOGIN_CODE: Purpose.LOGIN_CODE, Kind.LOGIN_LINK: Purpose.LOGIN_LINK}


async def start(
    work: Work,
    request: AuthorizationRequest,
    kind: Kind,
    channel: Channel,
    address: str,
    *,
    client: ClientId,
    locale: str | None = None,
    browser: Token | None = None,
) -> Refused | None:
    """Send a code, or a link, that answers this request; the link in this browser alone, if one is given.

    `client`: whose page it is where they log in. It goes on from there, and may be another than the request's.
    """
    settings = await projects.settings(work)
    if not settings.features.passwordless or (channel is Channel.SMS and not settings.features.sms):
        raise Forbidden("feature_off")
    user = await users.by_contact(work, channel, address) or users.ghost(work, address)
    transaction = await transactions.resume(work, kind, user.id, client, LIFETIME, request=request)
    sent = await challenges.issue(
        work,
        user,
        transaction,
        Question(
            purpose=_PURPOSES[kind],
            channel=channel,
            recipient=address,
            action=request.action,
            locale=locale,
            link=Link.OURS if kind is Kind.LOGIN_LINK else Link.NONE,
            browser=browser,
        ),
    )
    return sent if isinstance(sent, Refused) else None


async def check(
    work: Work, channel: Channel, address: str, response: str, *, ip: str | None = None
) -> Challenge | Refused:
    """Is this the code? It stays good; a wrong one is counted all the same."""
    waiting = await challenges.awaited(work, Kind.LOGIN_CODE, channel, address)
    if waiting is None:
        return Refused("challenge_not_found")
    user, transaction = waiting
    return await challenges.check(work, user, transaction, response, ip=ip)


async def verify(
    work: Work,
    channel: Channel,
    address: str,
    response: str,
    *,
    client_id: str | None = None,
    ip: str | None = None,
) -> Proved | Refused:
    """The first factor, proved by the code that was sent.

    Whoever asks last is answered: a client that says who it is does not get another's answer (OTP-10).
    """
    waiting = await challenges.awaited(work, Kind.LOGIN_CODE, channel, address)
    if waiting is None:
        return Refused("challenge_not_found")
    user, transaction = waiting
    if client_id is not None and client_id != transaction.client_id:
        return Refused("challenge_not_found")
    redeemed = await challenges.redeem(work, user, transaction, response, ip=ip)
    if isinstance(redeemed, Refused):
        return redeemed
    return await _proved(work, user, transaction, redeemed, ip)


async def verify_link(
    work: Work, challenge: Challenge, transaction: Transaction, *, ip: str | None = None
) -> Proved | Refused:
    """The first factor, proved by the link that was sent."""
    user = await users.lock(work, transaction.user_id)
    if user is None:
        return Refused("link_invalid")
    if refusal := credentials.locked(user, work.now):
        return refusal
    if not await transactions.end(work, transaction.id):
        return Refused("link_invalid")
    return await _proved(work, user, transaction, challenge, ip)


async def _proved(
    work: Work, user: User, transaction: Transaction, challenge: Challenge, ip: str | None
) -> Proved:
    """An address that was just proved is verified, and is the session's primary factor."""
    factor = OUT_OF_BAND[challenge.channel]
    await users.verify_contact(work, user.id, challenge.channel, challenge.recipient)
    await distrust_password(work, user, challenge.channel)
    contact = user.contact_id(challenge.channel) or user.id
    proof = Proof(
        credential=CredentialId(contact),
        kind=factor.kind,
        authenticator=factor.authenticator,
        channel=factor.channel,
        first_at=work.now,
        last_at=work.now,
        ip=ip,
    )
    await users.logged_in(work, user.id, CredentialKind(factor.kind).value)
    await journal.record(
        work, "login.proved", user=user.id, client=transaction.client_id, ip=ip, kind=factor.kind
    )
    return Proved(user=user, proof=proof, transaction=transaction)
