"""Begin a transaction, find it by its token, redeem the token once."""

from msgspec.structs import replace

from ostiary.terms.assurance import Proof
from ostiary.terms.ids import ClientId, SessionId, TransactionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds, after

from ..clients.model import AuthorizationRequest
from ..work import Work
from . import rules, store
from .model import Kind, Transaction


async def begin(
    work: Work,
    kind: Kind,
    user: UserId,
    client: ClientId,
    lifetime: Seconds,
    *,
    session: SessionId | None = None,
    request: AuthorizationRequest | None = None,
    proofs: tuple[Proof, ...] = (),
    mfa_required: bool = False,
    about: str = "",
    particulars: bytes = b"",
) -> tuple[Transaction, Token]:
    token = work.new_token()
    transaction = Transaction(
        id=TransactionId(token.id),
        kind=kind,
        digest=token.digest,
        user_id=user,
        client_id=client,
        session_id=session,
        about=about,
        request=request,
        particulars=particulars,
        proofs=proofs,
        mfa_required=int(mfa_required),
        expires_at=after(work.now, lifetime),
    )
    await store.add(work, transaction)
    return transaction, token


async def find(work: Work, token: Token | None, kind: Kind) -> Transaction | None:
    """The open transaction of this kind that the token opens, locked; the token stays good."""
    if token is None:
        return None
    transaction = await store.lock(work, TransactionId(token.id))
    if transaction is None or transaction.kind is not kind or not token.opens(transaction.digest):
        return None
    return transaction if rules.open_at(transaction, work.now) else None


async def resume(
    work: Work,
    kind: Kind,
    user: UserId,
    client: ClientId,
    lifetime: Seconds,
    *,
    session: SessionId | None = None,
    request: AuthorizationRequest | None = None,
) -> Transaction:
    """The open transaction of this kind, else a new one: asking again never resets a count (OTP-8)."""
    await work.sql.hold(f"{kind} {user} {session}")  # so that two who ask at once begin one
    found = await (
        store.open_of_user(work, user, kind)
        if session is None
        else store.open_of_session(work, user, session, kind)
    )
    if found is None:
        begun, _ = await begin(work, kind, user, client, lifetime, session=session, request=request)
        return begun
    if request is not None:
        await store.answers(work, found.id, request, client)
        return replace(found, request=request, client_id=client)
    return found


async def reopen(
    work: Work,
    kind: Kind,
    user: UserId,
    client: ClientId,
    lifetime: Seconds,
    *,
    about: str,
    particulars: bytes = b"",
) -> Transaction:
    """As `resume`, of one of several things at a time; see `prolong`."""
    await work.sql.hold(f"{kind} {user} {about}")
    found = await store.open_of_user(work, user, kind, about)
    if found is None:
        found, _ = await begin(
            work, kind, user, client, lifetime, about=about, particulars=particulars
        )
    return found


async def prolong(
    work: Work, transaction: Transaction, lifetime: Seconds, particulars: bytes
) -> None:
    """It has its whole lifetime again, and remembers what was said last. Only where asking again led to something:
    whoever is refused must not keep it from ending (AB-4)."""
    until = after(work.now, lifetime)
    if (until, particulars) != (transaction.expires_at, transaction.particulars):
        await store.extend(work, transaction.id, until, particulars)


async def by_id(work: Work, id: TransactionId) -> Transaction | None:
    """The open transaction of this id, locked. Not for what a stranger sends: an id is no secret."""
    transaction = await store.lock(work, id)
    if transaction is None or not rules.open_at(transaction, work.now):
        return None
    return transaction


async def ended(work: Work, id: TransactionId) -> Transaction | None:
    """The transaction of this id if it is over because it succeeded or was given up, not by time alone."""
    transaction = await store.lock(work, id)
    return transaction if transaction is not None and transaction.ended_at is not None else None
