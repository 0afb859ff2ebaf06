"""The secret of a link that an application sends itself. It says that the application vouches for who has it:
it verifies no address, and is no method, so that it never amounts to a second factor."""

import msgspec

from ostiary.terms.assurance import AuthenticatorClass, Kind, Proof
from ostiary.terms.failures import NotFound, Refused
from ostiary.terms.ids import ClientId, CredentialId, TransactionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from .. import challenges, credentials, projects, transactions, users
from ..transactions.model import Kind as Begun
from ..work import Work
from . import flow, links, rules
from .model import ANYWHERE, Attributes, Authenticated, Matching, Wish


async def create(work: Work, user: UserId, lifetime: Seconds, attributes: Attributes) -> Token:
    """Good once. Nothing is sent."""
    if await users.get(work, user) is None:
        raise NotFound("user_not_found")
    project = ClientId((await projects.current(work)).id)
    particulars = msgspec.json.encode(rules.Particulars(**attributes._asdict()))
    _, token = await transactions.begin(
        work, Begun.EMBEDDED_LINK, user, project, lifetime, particulars=particulars
    )
    return token


async def authenticate(
    work: Work,
    token: Token | None,
    wish: Wish,
    matching: Matching = ANYWHERE,
    verifier: str | None = None,
) -> Authenticated | Refused:
    session = await flow.held(work, wish.session)
    known = None if token is None else await transactions.get(work, TransactionId(token.id))
    if token is None or known is None or known.kind is not Begun.EMBEDDED_LINK:
        return Refused("link_invalid")
    if not token.opens(known.digest):
        return Refused("link_invalid")
    flow.check_same_user(session, known.user_id)
    user = await users.lock(work, known.user_id)
    transaction = await transactions.by_id(work, known.id)
    if user is None or transaction is None:
        return await challenges.spent(work, known)
    if refusal := credentials.locked(user, work.now):
        return refusal
    if refusal := links.mistaken(transaction, wish, matching, verifier):
        return refusal
    await transactions.end(work, transaction.id)
    return await flow.conclude(work, user, _proof(known.id, work, wish), wish, session)


def _proof(id: TransactionId, work: Work, wish: Wish) -> Proof:
    return Proof(
        credential=CredentialId(id),
        kind=Kind.EMBEDDED_LINK,
        authenticator=AuthenticatorClass.POSSESSION,
        channel=None,
        first_at=work.now,
        last_at=work.now,
        ip=wish.asked.ip,
    )
