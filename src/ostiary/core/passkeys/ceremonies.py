"""Ask a browser for a passkey; take the question back when it is answered, once.

The challenge is the token of a transaction of its own kind, which pins user, client and session (WA-1).
"""

from typing import NamedTuple

from ostiary.terms.ids import ClientId, SessionId, UserId, bytes_of
from ostiary.terms.secret import parse_token
from ostiary.terms.time import Seconds

from .. import projects, transactions
from ..clients.model import Client
from ..factors import PASSKEY
from ..factors.model import Ceremony
from ..transactions.model import Kind, Transaction
from ..work import Work
from . import rules, store
from .model import Creation, Known, Newcomer, Owner, Pending

LIFETIME = Seconds(120)  # of a challenge (WA-1)


class Taken(NamedTuple):
    """A ceremony that was answered: it can never be answered again."""

    transaction: Transaction
    pending: Pending
    asked: Ceremony


async def pending(
    work: Work,
    client: Client,
    origin: str,
    *,
    name: str = "",
    newcomer: Newcomer | None = None,
) -> Pending:
    """What a ceremony on a page of this client has to remember; a failure where there can be none."""
    relying_party = rules.relying_party(work.issuer)
    rules.check_origin(client, origin)
    return Pending(
        relying_party=relying_party,
        origins=(origin,),
        verify_user=(await projects.settings(work)).mfa.passkey_is_mfa,
        name=name,
        newcomer=newcomer,
    )


async def begin(
    work: Work,
    kind: Kind,
    user: UserId,
    client: ClientId,
    remembered: Pending,
    *,
    session: SessionId | None = None,
) -> str:
    """The challenge to be answered."""
    transaction, token = await transactions.begin(
        work, kind, user, client, LIFETIME, session=session
    )
    await store.add(work, transaction.id, remembered)
    return str(token)


async def creation(
    work: Work, challenge: str, remembered: Pending, owner: Owner, excluded: tuple[Known, ...] = ()
) -> Creation:
    return Creation(
        challenge=challenge,
        relying_party=remembered.relying_party,
        relying_party_name=(await projects.current(work)).name,
        owner=owner,
        algorithms=PASSKEY.algorithms,
        excluded=excluded,
        verify_user=remembered.verify_user,
        name=remembered.name,
    )


async def take(work: Work, challenge: str | None, kind: Kind) -> Taken | None:
    """The ceremony of this challenge, over from now on, whatever the answer turns out to be."""
    token = parse_token(challenge or "")
    transaction = await transactions.find(work, token, kind)
    if token is None or transaction is None or not await transactions.end(work, transaction.id):
        return None
    remembered = await store.take(work, transaction.id)
    if remembered is None:
        return None
    asked = Ceremony(
        challenge=bytes_of(token.id) + token.secret,
        relying_party=remembered.relying_party,
        origins=remembered.origins,
        verify_user=remembered.verify_user,
        user_handle=remembered.handle or rules.handle(transaction.user_id),
        user_named=True,
    )
    return Taken(transaction, remembered, asked)
