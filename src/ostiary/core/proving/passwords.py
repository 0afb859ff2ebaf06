"""A password, as the first factor or as a further one; and another in its place."""

from collections.abc import Awaitable, Callable

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed, NotFound, Refused, Unauthenticated
from ostiary.terms.secret import Secret

from .. import credentials, login, projects, sessions, users
from ..factors import PASSWORD
from ..login.model import Attempt
from ..projects.model import PasswordPolicy
from ..sessions.model import Session
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import flow, rules
from .model import Authenticated, Dossier, Wish


async def authenticate(
    open_work: OpenWork,
    crunch: Crunch,
    email: str,
    password: Secret,
    wish: Wish,
    *,
    discreet: bool = False,
) -> Authenticated | Refused:
    """`NotFound("email_not_found")` and `Malformed("no_password")` say which: who asks knows its users.

    `discreet`: who asks does not; both are `wrong_credentials`, after the same work (AB-1).
    """

    async def proved(work: Work, user: User, proof: Proof) -> Authenticated:
        session = await flow.held(work, wish.session)
        return await flow.conclude(work, user, proof, wish, session)

    return await login.prove(
        open_work,
        crunch,
        _attempt(email, password, wish),
        first=_known(email, wish, discreet=discreet),
        then=proved,
    )


async def replace_known(
    open_work: OpenWork,
    crunch: Crunch,
    email: str,
    known: Secret,
    password: Secret,
    wish: Wish,
    *,
    discreet: bool = False,
) -> Authenticated | Refused:
    """Another password, for who gives the present one. Every session of the user ends; one that is asked for is new."""
    hashed = await new(open_work, crunch, password, email)

    async def proved(work: Work, user: User, proof: Proof) -> Authenticated:
        flow.check_same_user(await flow.held(work, wish.session), user.id)
        await login.set_password(work, user, hashed, besides=None, ip=wish.asked.ip)
        return await flow.conclude(work, user, proof, Wish(asked=wish.asked), None)

    return await login.prove(
        open_work,
        crunch,
        _attempt(email, known, wish),
        first=_known(email, wish, discreet=discreet),
        then=proved,
    )


async def replace_in_session(
    open_work: OpenWork, crunch: Crunch, password: Secret, wish: Wish
) -> tuple[Session, Dossier]:
    """Another password, or a first one, for who proved a moment ago what could also reset it. Other sessions end."""
    async with open_work(reading=True) as work:
        session = await _fresh(work, wish)
        user = (await flow.dossier(work, session.user_id)).user
    context = (word for word in (user.email, user.profile.full_name) if word)
    hashed = await new(open_work, crunch, password, *context)
    async with open_work() as work:
        session = await _fresh(work, wish)
        present = await users.lock(work, session.user_id)
        if present is None:
            raise NotFound("session_not_found")
        ip = wish.asked.ip
        await login.set_password(work, present, hashed, besides=None, keeping=session.id, ip=ip)
        used = await sessions.use(work, session, wish.asked)
        return used, await flow.dossier(work, present.id)


async def new(open_work: OpenWork, crunch: Crunch, password: Secret, *context: str) -> bytes:
    """As it is kept; a failure where the policy does not take it. `context`: words of the person."""
    async with open_work(reading=True) as work:
        policy = await policy_of(work)
    login.check_new_password(password.reveal(), policy, *context)
    return await crunch(PASSWORD.enrol, password.reveal())


async def policy_of(work: Work) -> PasswordPolicy:
    """The project's, and at least what applications that keep the session themselves were promised."""
    return rules.strong((await projects.settings(work)).password)


def distrusted(dossier: Dossier) -> bool:
    """Must the user's password be reset before it is good for anything?"""
    return any(PASSWORD.distrusted(one.state) for one in dossier.of_kind(Kind.PASSWORD))


def _attempt(email: str, password: Secret, wish: Wish) -> Attempt:
    return Attempt(channel=Channel.EMAIL, address=email, password=password, ip=wish.asked.ip)


def _known(email: str, wish: Wish, *, discreet: bool = False) -> Callable[[Work], Awaitable[None]]:
    async def known(work: Work) -> None:
        await flow.held(work, wish.session)
        if discreet:
            return
        user = await users.by_contact(work, Channel.EMAIL, email)
        if user is None:
            raise NotFound("email_not_found")
        if await credentials.of_kind(work, user.id, Kind.PASSWORD) is None:
            raise Malformed("no_password")

    return known


async def _fresh(work: Work, wish: Wish) -> Session:
    session = await flow.held(work, wish.session)
    if session is None:
        raise Malformed("session_missing")
    if not rules.may_replace_password(session.proofs, work.now):
        raise Unauthenticated("session_not_fresh")
    return session
