"""The phases that every proof has: find the session it goes to, and let it count.

An application with a project secret keeps the session itself and has one factor proved at a time; in what
order, and what it demands, is its own affair. What counts as proved is not: that is judged where it always is.
"""

from ostiary.terms.assurance import Proof
from ostiary.terms.failures import Malformed, NotFound
from ostiary.terms.ids import ClientId, UserId

from .. import credentials, journal, projects, sessions, transactions, users
from ..sessions.model import Session
from ..transactions.model import Kind
from ..users.model import User
from ..work import Work
from . import rules
from .model import Authenticated, Dossier, Named, Wish

UNFINISHED = (Kind.ADD_CONTACT, Kind.ADD_TOTP)  # what shows of a user before it is proved


async def dossier(work: Work, id: UserId) -> Dossier:
    """`NotFound("user_not_found")` where there is no such user."""
    user = await users.get(work, id)
    if user is None:
        raise NotFound("user_not_found")
    return await dossier_of(work, user)


async def dossier_of(work: Work, user: User) -> Dossier:
    """Of one who is read already."""
    return Dossier(
        user=user,
        contacts=await users.contacts_of(work, user.id),
        credentials=await credentials.of_user(work, user.id),
        unfinished=await transactions.all_open(work, user.id, *UNFINISHED),
    )


async def dossiers(work: Work, ids: tuple[UserId, ...]) -> tuple[Dossier, ...]:
    """Of many at once, in the order of their ids."""
    if not ids:
        return ()
    contacts = rules.by_user(await users.contacts_of_several(work, ids))
    enrolled = rules.by_user(await credentials.of_several(work, ids))
    begun = rules.by_user(await transactions.open_of_several(work, ids, UNFINISHED))
    return tuple(
        Dossier(
            user=user,
            contacts=contacts.get(user.id, ()),
            credentials=enrolled.get(user.id, ()),
            unfinished=begun.get(user.id, ()),
        )
        for user in await users.several(work, ids)
    )


async def held(work: Work, named: Named | None) -> Session | None:
    """The session that the application goes on with; asked before anything is spent on it."""
    if named is None:
        return None
    if named.id is not None:
        session = await sessions.of_generation(work, named.id, named.generation)
    else:
        session = await sessions.find(work, named.secret)
    if session is None:
        raise NotFound("session_not_found")
    return session


def check_same_user(session: Session | None, user: UserId) -> None:
    """Two people's proofs are never in one session (SES-10)."""
    if session is not None and session.user_id != user:
        raise Malformed("users_differ")


async def conclude(
    work: Work,
    user: User,
    proof: Proof,
    wish: Wish,
    session: Session | None,
    *,
    reset: bool = False,
) -> Authenticated:
    """The proof counts: in the session that was named, in a new one if one is wanted, else by itself.

    `reset`: other sessions of the user ended with it.
    """
    check_same_user(session, user.id)
    secret = None
    asked = wish.asked
    if session is not None:
        session, secret = await sessions.add_proof(work, session, proof, asked=asked, ip=asked.ip)
    elif asked.lifetime is not None:
        client = ClientId((await projects.current(work)).id)
        session, secret = await sessions.start_asked(work, user.id, client, (proof,), asked)
    if user.pending:
        await users.pend(work, user.id, pending=False)
    await users.logged_in(work, user.id, proof.kind.value)
    await journal.record(work, "login.proved", user=user.id, ip=asked.ip, kind=proof.kind)
    return Authenticated(
        dossier=await dossier(work, user.id),
        proof=proof,
        session=session,
        secret=secret,
        reset=reset,
    )
