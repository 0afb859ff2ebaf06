"""A new password for who can read the mailbox. That proves the mailbox and nothing else (REC-5)."""

from msgspec import Struct
from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret, Token
from ostiary.terms.time import Seconds

from .. import challenges, credentials, login, transactions, users
from ..messages.model import Purpose
from ..sessions.model import Asked, Session
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import flow, links, ownership, passwords, rules
from .model import ANYWHERE, Address, Authenticated, Letter, Matching, Sent, Way, Wish


async def start(
    work: Work,
    letter: Letter,
    way: Way,
    login_way: Way,
    login_query: str,
    *,
    whom: tuple[User, Address] | None = None,
) -> Sent | Refused:
    """Send the link by which a new password is chosen; and one that logs in, where a page for it is named.

    `whom`: in place of whoever has the address.
    """
    rules.check_challenge(letter.challenge)
    target = await links.target(work, way, letter.query)
    login_target = None
    if login_way.uri is not None:
        login_target = await links.target(work, login_way, login_query)
    user, address = whom or await ownership.aim(work, Channel.EMAIL, letter.email, None)

    async def issue(transaction: Transaction) -> Refused | None:
        return await challenges.issue_link(
            work,
            user,
            transaction,
            Purpose.PASSWORD_RESET,
            address.text,
            target,
            way.lifetime,
            locale=letter.locale,
            besides=login_link,
            though_locked=True,
        )

    beside = login_link = None
    if login_target is not None:
        beside = await links.begin(work, Kind.MAGIC_LINK, user, address, letter, way.lifetime)
        secret = await challenges.pose(work, beside, Purpose.LOGIN_LINK, address.text, way.lifetime)
        login_link = f"{login_target}{secret}"
    refused = await links.supersede(
        work, Kind.RESET_PASSWORD, user, address, letter, way.lifetime, issue
    )
    if refused is not None and beside is not None:
        await transactions.end(work, beside.id)
    return refused or Sent(user_id=user.id, address_id=address.id)


async def reset(
    open_work: OpenWork,
    crunch: Crunch,
    token: Token | None,
    password: Secret,
    wish: Wish,
    matching: Matching = ANYWHERE,
    verifier: str | None = None,
) -> Authenticated | Refused:
    """The secret of that link, good once. It verifies the address, lifts a lock, and ends every session and grant."""
    async with open_work() as work:
        found = await _find(work, token, wish, matching, verifier)
    if isinstance(found, Refused):
        return found
    hashed = await passwords.new(open_work, crunch, password, found.address.text)
    async with open_work() as work:
        found = await _find(work, token, wish, matching, verifier)
        if isinstance(found, Refused):
            return found
        if not await transactions.end(work, found.transaction.id):
            return await challenges.spent(work, found.transaction)
        user, ip = found.user, wish.asked.ip
        await ownership.confirm(work, user, found.address, None)
        await users.unlock(work, user.id)
        await credentials.forget_failures(work, user.id)
        await credentials.absolve(work, user.id, found.address.id)
        await login.set_password(work, user, hashed, besides=None, ip=ip)
        proof = rules.proof_of(found.address, Channel.EMAIL, work.now, ip, link=True)
        asked = _asked(wish.asked, found.session, work)
        return await flow.conclude(work, user, proof, Wish(asked=asked), None)


class _Found(Struct, frozen=True, kw_only=True):
    session: Session | None
    transaction: Transaction
    user: User
    address: Address


async def _find(
    work: Work, token: Token | None, wish: Wish, matching: Matching, verifier: str | None
) -> _Found | Refused:
    session = await flow.held(work, wish.session)
    found = await challenges.find_link(work, token, {Kind.RESET_PASSWORD})
    if isinstance(found, Refused):
        return found
    challenge, transaction, user = found
    flow.check_same_user(session, user.id)
    address = await links.led_to(work, challenge, transaction)
    if address is None:
        return await challenges.spent(work, transaction)
    if refusal := links.mistaken(transaction, wish, matching, verifier):
        return refusal
    return _Found(session=session, transaction=transaction, user=user, address=address)


def _asked(asked: Asked, session: Session | None, work: Work) -> Asked:
    """Whoever brought a session gets another in its place: with what was proved now, until the end of that."""
    if session is None or asked.lifetime is not None:
        return asked
    return replace(asked, lifetime=Seconds(session.expires_at - work.now))
