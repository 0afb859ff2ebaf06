"""A link to a mailbox, straight to the application, and what it proves when its secret comes back."""

from collections.abc import Awaitable, Callable

import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed, NotFound, Refused
from ostiary.terms.ids import ClientId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from .. import challenges, clients, credentials, projects, transactions
from ..challenges.model import Challenge
from ..credentials.model import Proven
from ..factors.model import Accepted
from ..messages.model import Purpose
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import flow, ownership, rules
from .model import ANYWHERE, Address, Attributes, Authenticated, Letter, Matching, Sent, Way, Wish

_KINDS = {Kind.MAGIC_LINK, Kind.INVITATION, Kind.ADD_CONTACT}


async def send(
    work: Work, letter: Letter, login: Way, signup: Way, user: UserId | None
) -> Sent | Refused:
    """To an address of this user, which is added where it is new; of whoever has it where none is named."""
    await _check(work, letter, login, signup)
    found, address = await ownership.aim(work, Channel.EMAIL, letter.email, user)
    way = signup if found.pending else login
    return await issue(work, Kind.MAGIC_LINK, found, address, letter, way)


async def send_or_create(
    work: Work, letter: Letter, login: Way, signup: Way, *, pending: bool
) -> Sent | Refused:
    """To whoever has this address: to a new user with it where nobody has."""
    await _check(work, letter, login, signup)
    user, created = await ownership.owner_or_new(work, Channel.EMAIL, letter.email, pending=pending)
    sent = await send(work, letter, signup if created else login, signup, user.id)
    return sent if isinstance(sent, Refused) else msgspec.structs.replace(sent, created=created)


async def invite(work: Work, letter: Letter, way: Way) -> Sent | Refused:
    """To a user who is pending until the link comes back. Who is invited already is not invited again."""
    await _check(work, letter, way)
    user, address = await ownership.aim(work, Channel.EMAIL, letter.email, None)
    if not user.pending:
        raise Malformed("email_taken", field="email")
    if await transactions.open_of_user(work, user.id, Kind.INVITATION, address.id) is not None:
        raise Malformed("invited_already", field="email")
    return await issue(work, Kind.INVITATION, user, address, letter, way)


async def revoke_invitation(work: Work, email: str) -> None:
    """The link is good no longer; the user stays, pending."""
    user, _ = await ownership.aim(work, Channel.EMAIL, email, None)
    if not await transactions.end_kind(work, user.id, Kind.INVITATION):
        raise NotFound("invitation_not_found")


async def authenticate(
    work: Work,
    token: Token | None,
    wish: Wish,
    matching: Matching = ANYWHERE,
    verifier: str | None = None,
) -> Authenticated | Refused:
    """The secret of a link that was sent; good once.

    The session is found before the link is looked at, so that a bad one spends nothing.
    """
    session = await flow.held(work, wish.session)
    found = await challenges.find_link(work, token, _KINDS)
    if isinstance(found, Refused):
        return found
    challenge, transaction, user = found
    flow.check_same_user(session, user.id)
    address = await led_to(work, challenge, transaction)
    if address is None:
        return await challenges.spent(work, transaction)
    if refusal := await credentials.barred(work, user, address.id):
        return refusal
    if refusal := mistaken(transaction, wish, matching, verifier):
        return refusal
    if not await transactions.end(work, transaction.id):
        return await challenges.spent(work, transaction)
    if address.credential is not None:
        outcome = await credentials.settle(
            work, user, address.credential, Accepted(address.credential.state), ip=wish.asked.ip
        )
        if not isinstance(outcome, Proven):
            return outcome
    await credentials.absolve(work, user.id, address.id)
    reset = await ownership.confirm(work, user, address, session)
    proof = rules.proof_of(address, Channel.EMAIL, work.now, wish.asked.ip, link=True)
    return await flow.conclude(work, user, proof, wish, session, reset=reset)


async def led_to(work: Work, challenge: Challenge, transaction: Transaction) -> Address | None:
    """The address that this link was sent to, while it is still this user's."""
    dossier = await flow.dossier(work, transaction.user_id)
    address = rules.address_of(dossier, Channel.EMAIL, challenge.recipient)
    id = transaction.id if transaction.kind is Kind.ADD_CONTACT else transaction.about
    return address if address is not None and address.id == id else None


def mistaken(
    transaction: Transaction, wish: Wish, matching: Matching, verifier: str | None
) -> Refused | None:
    """Is this not who asked for the link, where that was to be told? Then it stays good."""
    sent = rules.particulars(transaction)
    if not rules.match(sent, Attributes(wish.asked.ip, wish.asked.user_agent), matching):
        return Refused("attributes_differ")
    return rules.unproved(sent, verifier)


async def target(work: Work, way: Way, query: str) -> str:
    """One of the clients' redirect URIs, byte for byte (ML-7); the first one there is, where none is asked for."""
    registry = await clients.registry(work)
    if way.uri is not None and way.uri not in registry.links:
        raise Malformed("link_target_unknown", field=way.field)
    uri = way.uri or next(
        (uri for client in registry.by_id.values() for uri in client.redirect_uris), None
    )
    if uri is None:
        raise Malformed("link_target_missing", field=way.field)
    return rules.leading(uri, query)


def remembered(letter: Letter) -> bytes:
    kept = rules.Particulars(**letter.attributes._asdict(), challenge=letter.challenge)
    return msgspec.json.encode(kept)


async def _check(work: Work, letter: Letter, *ways: Way) -> None:
    rules.check_challenge(letter.challenge)
    for way in ways:
        await target(work, way, letter.query)


async def begin(
    work: Work, kind: Kind, user: User, address: Address, letter: Letter, lifetime: Seconds
) -> Transaction:
    project = ClientId((await projects.current(work)).id)
    begun, _ = await transactions.begin(
        work,
        kind,
        user.id,
        project,
        lifetime,
        about=address.id,
        particulars=remembered(letter),
    )
    return begun


async def supersede(
    work: Work,
    kind: Kind,
    user: User,
    address: Address,
    letter: Letter,
    lifetime: Seconds,
    issue: Callable[[Transaction], Awaitable[Refused | None]],
) -> Refused | None:
    """A link of its own: those that were sent there before, for the same, are good no longer once this one is sent."""
    former = await transactions.all_open(work, user.id, kind)
    begun = await begin(work, kind, user, address, letter, lifetime)
    refused = await issue(begun)
    ended = [begun] if refused else [one for one in former if one.about == address.id]
    for transaction in ended:
        await transactions.end(work, transaction.id)
    return refused


async def issue(
    work: Work, kind: Kind, user: User, address: Address, letter: Letter, way: Way
) -> Sent | Refused:
    """A link to this address of this user."""
    lifetime = min(way.lifetime, ownership.ADDING) if address.tentative else way.lifetime
    leading = await target(work, way, letter.query)

    async def send_it(transaction: Transaction) -> Refused | None:
        return await challenges.issue_link(
            work,
            user,
            transaction,
            Purpose.LOGIN_LINK,
            address.text,
            leading,
            lifetime,
            locale=letter.locale,
        )

    if address.tentative is None:
        refused = await supersede(work, kind, user, address, letter, lifetime, send_it)
    else:
        adding, particulars = address.tentative, remembered(letter)
        refused = await send_it(adding)
        if refused is None:
            await transactions.prolong(work, adding, ownership.ADDING, particulars)
    return refused or Sent(user_id=user.id, address_id=address.id)
