"""Log in with a passkey, or sign up with one. Both end in a `tkn`, never in a session."""

from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, Refused
from ostiary.terms.ids import NOBODY, UserId
from ostiary.terms.secret import Token

from .. import credentials, journal, keys, login, users
from ..clients.model import Client
from ..credentials.model import Proven
from ..factors import PASSKEY
from ..factors.model import Asserted, Attested, Rejected
from ..login.model import LoggedIn
from ..transactions.model import Kind
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import ceremonies, rules
from .flow import exists, keep, of_user
from .model import Creation, Newcomer, Request, Shown

SHAPE, FILLING = (
    "nobody's passkey",
    "nobody's passkey's id",
)  # what their digest keys are derived for


async def begin(
    work: Work, client: Client, origin: str, address: tuple[Channel, str] | None = None
) -> Request:
    """Ask for a passkey: of the owner of this address, or of anybody.

    An unknown address, or one without a passkey, is answered like a known one, always alike (AB-1, AB-2).
    """
    remembered = await ceremonies.pending(work, client, origin)
    user, allowed = NOBODY, tuple[str, ...]()
    if address is not None:
        owner = await users.by_contact(work, *address) or users.ghost(work, address[1])
        enrolled = rules.usable_at(remembered.relying_party, await of_user(work, owner.id))
        nobodys = _nobodys_id(work, address[1])
        user, allowed = owner.id, tuple(c.address for c in enrolled) or (nobodys,)
    challenge = await ceremonies.begin(work, Kind.PASSKEY_LOGIN, user, client.id, remembered)
    return Request(
        challenge=challenge,
        relying_party=remembered.relying_party,
        allowed=allowed,
        verify_user=remembered.verify_user,
    )


def _nobodys_id(work: Work, address: str) -> str:
    text = address.encode()
    return rules.nobodys_id(keys.digest(work, SHAPE, text), keys.digest(work, FILLING, text))


async def log_in(
    open_work: OpenWork,
    crunch: Crunch,
    answer: Asserted,
    *,
    device: Token | None = None,
    ip: str | None = None,
    country: str | None = None,
) -> LoggedIn | Refused:
    """The first factor, proved by the answer of a passkey."""
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        taken = await ceremonies.take(work, challenge, Kind.PASSKEY_LOGIN)
        shown = None if taken is None else await prove(work, taken, answer, ip=ip)
        if taken is None or shown is None:
            return Refused("wrong_passkey")
        if isinstance(shown, Refused):
            return shown
        return await login.admit(
            work,
            shown.user.id,
            taken.transaction.client_id,
            shown.proof,
            device=device,
            ip=ip,
            country=country,
        )


async def prove(
    work: Work, taken: ceremonies.Taken, answer: Asserted, *, ip: str | None = None
) -> Shown | Refused | None:
    """Whose passkey this was, and what it proves; counted and recorded. None: it is nobody's who was asked."""
    named = None if taken.transaction.user_id == NOBODY else taken.transaction.user_id
    found = await credentials.of_authenticator(work, answer.raw_id, user=named)
    user = found and await users.lock(work, found.user_id)
    # again, now that nobody else can count its uses
    passkey = user and await credentials.of_authenticator(work, answer.raw_id, user=user.id)
    if not user or not passkey:
        return None
    asked = replace(taken.asked, user_named=named is not None)
    verdict = PASSKEY.check(passkey.state, answer, asked)
    if verdict == Rejected("passkey_copied"):
        await journal.record(work, "passkey.copied", user=user.id, ip=ip, credential=passkey.id)
    outcome = await credentials.settle(work, user, passkey, verdict, ip=ip)
    return Shown(user, outcome.proof) if isinstance(outcome, Proven) else outcome


async def begin_sign_up(
    work: Work, client: Client, origin: str, name: str, newcomer: Newcomer
) -> Creation:
    """Ask a newcomer's browser for a passkey; a failure where somebody has their address already."""
    await _check_free(work, newcomer)
    remembered = await ceremonies.pending(work, client, origin, name=name, newcomer=newcomer)
    person = User(
        id=UserId(work.new_id()),
        profile=newcomer.profile,
        email=newcomer.email,
        phone_number=newcomer.phone_number,
        created_at=work.now,
        updated_at=work.now,
    )
    challenge = await ceremonies.begin(work, Kind.PASSKEY_SIGN_UP, person.id, client.id, remembered)
    return await ceremonies.creation(work, challenge, remembered, rules.owner(person))


async def _check_free(work: Work, newcomer: Newcomer) -> None:
    if newcomer.email and await users.by_contact(work, Channel.EMAIL, newcomer.email):
        raise Conflict("email_taken", field="email")
    if newcomer.phone_number and await users.by_contact(work, Channel.SMS, newcomer.phone_number):
        raise Conflict("phone_taken", field="phone_number")


async def sign_up(
    open_work: OpenWork, crunch: Crunch, handle: str, answer: Attested, *, ip: str | None = None
) -> LoggedIn | Refused:
    """A new person with a passkey, logged in."""
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        taken = await ceremonies.take(work, challenge, Kind.PASSKEY_SIGN_UP)
        newcomer = taken and taken.pending.newcomer
        if taken is None or newcomer is None or handle != rules.encoded(taken.asked.user_handle):
            return Refused("wrong_passkey")
        made = PASSKEY.register(answer, taken.asked, taken.pending.name)
        if isinstance(made, Rejected):
            return Refused(made.reason)
        if await exists(work, made):
            return Refused("passkey_exists")
        user = await users.create(
            work,
            newcomer.profile,
            email=newcomer.email,
            phone_number=newcomer.phone_number,
            id=taken.transaction.user_id,
            ip=ip,
        )
        kept = await keep(work, user, made)
        proof = credentials.proof_of(kept, work.now, ip, user_verified=made.user_verified)
        return await login.admit(work, user.id, taken.transaction.client_id, proof, ip=ip)
