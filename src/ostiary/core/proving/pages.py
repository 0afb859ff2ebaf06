"""What a page may have done with nothing but the project's public token, and its visitor's session if there is one.

Whoever asks is a stranger until they have proved something: what exists is not told (AB-1). And a session is
not enough to change what protects the account it belongs to (S1, WA-6, TOTP-7).
"""

from msgspec.structs import replace

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.failures import NotFound, Refused, Unauthenticated
from ostiary.terms.ids import UserId
from ostiary.terms.secret import Secret

from .. import challenges, keys, transactions, users
from ..factors import OUT_OF_BAND
from ..sessions.model import Session
from ..transactions.model import Kind as Begun
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import codes, flow, links, passwords, resets, rules
from .model import Address, Authenticated, Letter, Message, Named, Sent, Way, Wish

VEIL = "ids of addresses, for strangers"  # the purpose its key is derived for


async def living(work: Work, named: Named | None) -> Session | None:
    """The visitor's session. One that is over is none: it must not keep them from beginning another."""
    try:
        return await flow.held(work, named)
    except NotFound:
        return None


async def present(work: Work, named: Named | None) -> Session:
    """The visitor's session, where there must be one."""
    session = await flow.held(work, named)
    if session is None:
        raise Unauthenticated("user_unauthenticated")
    return session


async def guarded(work: Work, named: Named | None, *, adding: Kind | None) -> Session:
    """The session, where it may change what protects its account: as `rules.check_guarded` has it."""
    session = await present(work, named)
    dossier = await flow.dossier(work, session.user_id)
    rules.check_guarded(dossier, session.proofs, work.now, adding=adding)
    return session


async def prove_password(
    open_work: OpenWork, crunch: Crunch, email: str, password: Secret, wish: Wish
) -> Authenticated | Refused:
    """As for a back end, but an unknown address and a missing password are a wrong password."""
    return await passwords.authenticate(open_work, crunch, email, password, wish, discreet=True)


async def replace_password(
    open_work: OpenWork, crunch: Crunch, email: str, known: Secret, password: Secret, wish: Wish
) -> Authenticated | Refused:
    """Likewise."""
    return await passwords.replace_known(
        open_work, crunch, email, known, password, wish, discreet=True
    )


async def send(work: Work, message: Message) -> Sent | Refused:
    """A code to whoever has this address. Nobody's is answered as somebody's, and gets none."""
    try:
        sent = await codes.send(work, message, None)
    except NotFound:
        whom = await _nobody(work, message.channel.address, message.address)
        sent = await codes.issue(work, *whom, message)
    return sent if isinstance(sent, Refused) else _veiled(work, sent)


async def send_or_create(work: Work, message: Message) -> Sent | Refused:
    sent = await codes.send_or_create(work, message, pending=False)
    return sent if isinstance(sent, Refused) else _veiled(work, sent)


async def send_to_own(work: Work, message: Message, session: Session) -> Sent | Refused:
    """A code to an address of the visitor's. A new one is added only by who has proved enough."""
    await _check_new(work, message.channel.address, message.address, session)
    sent = await codes.send(work, message, session.user_id)
    return sent if isinstance(sent, Refused) else _veiled(work, sent)


async def send_link(work: Work, letter: Letter, login: Way, signup: Way) -> Sent | Refused:
    """A link to whoever has this address; likewise."""
    try:
        return await links.send(work, letter, login, signup, None)
    except NotFound:
        whom = await _nobody(work, Channel.EMAIL, letter.email)
        return await links.issue(work, Begun.MAGIC_LINK, *whom, letter, login)


async def send_link_to_own(
    work: Work, letter: Letter, login: Way, signup: Way, session: Session
) -> Sent | Refused:
    """A link to an address of the visitor's; likewise."""
    await _check_new(work, Channel.EMAIL, letter.email, session)
    return await links.send(work, letter, login, signup, session.user_id)


async def start_reset(
    work: Work, letter: Letter, way: Way, login_way: Way, login_query: str
) -> Sent | Refused:
    """A link by which whoever has this address chooses a new password; likewise."""
    try:
        return await resets.start(work, letter, way, login_way, login_query)
    except NotFound:
        whom = await _nobody(work, Channel.EMAIL, letter.email)
        return await resets.start(work, letter, way, login_way, login_query, whom=whom)


async def answer(work: Work, method: str, response: str, wish: Wish) -> Authenticated | Refused:
    """The newest code that was sent to the address of this id, which may be nobody's."""
    for id in (_unveiled(work, method), method):
        try:
            return await codes.authenticate(work, id, response, wish)
        except NotFound as failure:
            if failure.reason != "method_not_found":
                raise
    return await _answer_nobody(work, _unveiled(work, method), response)


async def _check_new(work: Work, channel: Channel, text: str, session: Session) -> None:
    dossier = await flow.dossier(work, session.user_id)
    if rules.address_of(dossier, channel, text) is None:
        rules.check_guarded(dossier, session.proofs, work.now, adding=OUT_OF_BAND[channel].kind)


async def _answer_nobody(work: Work, id: str, response: str) -> Refused:
    nobody = users.no_one(work, UserId(id))
    transaction = await transactions.open_of_user(work, nobody.id, Begun.ONE_TIME_CODE, id)
    challenge = None if transaction is None else await challenges.newest(work, transaction)
    if transaction is None or challenge is None:
        return Refused("wrong_code")
    verdict = await challenges.judge(work, challenge, transaction, nobody, response)
    return verdict if isinstance(verdict, Refused) else Refused("wrong_code")


async def _nobody(work: Work, channel: Channel, text: str) -> tuple[User, Address]:
    """Looked up as somebody would be, who is locked, with everything that is theirs."""
    ghost = users.ghost(work, text)
    await users.lock(work, ghost.id)
    await flow.dossier_of(work, ghost)
    return ghost, Address(id=ghost.id, user_id=ghost.id, channel=channel, text=text, verified=True)


def _veiled(work: Work, sent: Sent) -> Sent:
    """Ids begin with the time when they were made, and one that was made up would not look like that."""
    return replace(sent, address_id=keys.veil(work, VEIL, sent.address_id))


def _unveiled(work: Work, id: str) -> str:
    return keys.unveil(work, VEIL, id)
