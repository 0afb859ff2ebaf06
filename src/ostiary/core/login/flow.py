"""Log in with a password; sign up. Both end in a `tkn`, never in a session.

The password is hashed on a thread between two units of work, so that no transaction waits for it. What a
stranger can tell is the same for a known and an unknown address: same statements, same hashing (PW-4, AB-1).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.assurance import Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, Refused
from ostiary.terms.ids import NOBODY, ClientId, CredentialId, SessionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds

from .. import (
    clients,
    credentials,
    devices,
    journal,
    limits,
    projects,
    sessions,
    stepup,
    tokens,
    transactions,
    users,
)
from ..credentials.model import Credential, Proven
from ..factors import PASSWORD
from ..limits import Window
from ..messages.model import Notice
from ..sessions.model import Session
from ..stepup.model import Operation, Prove
from ..tokens.model import Grant
from ..transactions.model import Kind
from ..users.model import Profile, User
from ..work import Crunch, OpenWork, Work
from . import rules
from .model import Attempt, LoggedIn, PasswordLogin, SignUp

T = TypeVar("T")
LANE_ANSWERS, LANE_LENGTH = (
    5,
    Seconds(86_400),
)  # wrong answers of a trusted browser, while others are locked out
TRIES = 3  # another login may hash the password anew (PW-1), or its owner change it, while it is checked
_NOBODY = User(id=NOBODY, profile=Profile(), created_at=Instant(0), updated_at=Instant(0))
_NO_CREDENTIAL = Credential(
    id=CredentialId(NOBODY),
    user_id=NOBODY,
    kind=CredentialKind.PASSWORD,
    address="",
    state=b"",
    created_at=Instant(0),
)


async def with_password(
    open_work: OpenWork, crunch: Crunch, login: PasswordLogin
) -> LoggedIn | Refused:
    async def known(work: Work) -> None:
        await clients.get(work, login.client_id)

    async def proved(work: Work, user: User, proof: Proof) -> LoggedIn:
        return await admit(
            work,
            user.id,
            login.client_id,
            proof,
            device=login.device,
            ip=login.ip,
            country=login.country,
        )

    return await prove(open_work, crunch, login, first=known, then=proved)


async def prove(
    open_work: OpenWork,
    crunch: Crunch,
    attempt: Attempt,
    *,
    first: Callable[[Work], Awaitable[None]],
    then: Callable[[Work, User, Proof], Awaitable[T]],
) -> T | Refused:
    """A password, judged and counted. `first`: what must hold before it is looked at; `then`: what it earns."""
    rules.check_length(attempt.password.reveal())
    for _ in range(TRIES):
        outcome = await _prove(open_work, crunch, attempt, first, then)
        if outcome is not None:
            return outcome
    raise Conflict("lost_race")


async def _prove(
    open_work: OpenWork,
    crunch: Crunch,
    attempt: Attempt,
    first: Callable[[Work], Awaitable[None]],
    then: Callable[[Work, User, Proof], Awaitable[T]],
) -> T | Refused | None:
    """None where the password was hashed anew while it was being checked: nothing is known, nothing counted."""
    password = attempt.password.reveal()
    async with open_work(reading=True) as work:
        await first(work)
        user = await users.by_contact(work, attempt.channel, attempt.address)
        known = await credentials.of_kind(
            work, user.id if user else NOBODY, CredentialKind.PASSWORD
        )
    verdict = await crunch(PASSWORD.check, known.state if known else None, password)
    async with open_work() as work:
        present = await users.lock(work, user.id if user else NOBODY) or _NOBODY
        current = await credentials.of_kind(work, present.id, CredentialKind.PASSWORD)
        if known is not None and (current is None or current.state != known.state):
            return None
        credential = current or _NO_CREDENTIAL
        lane = await _lane(work, present, credential, attempt)
        outcome = await credentials.settle(
            work, present, credential, verdict, ip=attempt.ip, though_barred=lane is not None
        )
        if not isinstance(outcome, Proven):
            return outcome
        if lane is not None:
            await limits.forget(work, lane)
        return await then(work, present, outcome.proof)


async def _lane(work: Work, user: User, credential: Credential, attempt: Attempt) -> str | None:
    """The budget of a browser that the user trusts, which goes on while strangers have locked the account (AB-4)."""
    if attempt.device is None or not await credentials.barred(work, user, credential.id):
        return None
    if not await devices.known(work, user.id, attempt.device, country=attempt.country):
        return None
    bucket = f"lane:{attempt.device.id}"
    wait = await limits.take(work, Window(bucket, LANE_ANSWERS, LANE_LENGTH))
    return bucket if wait is None else None


async def admit(
    work: Work,
    user: UserId,
    client: ClientId,
    proof: Proof,
    *,
    device: Token | None = None,
    ip: str | None = None,
    country: str | None = None,
) -> LoggedIn:
    """What one proof earns: a `tkn`, which a second proof must follow where the policy says so.

    A trusted browser spares the second proof; it is no proof itself, and the session has one factor (TD-4).
    """
    settings = await projects.settings(work)
    decision = await stepup.decide(work, Operation.LOG_IN, user, (proof,))
    known = None
    if isinstance(decision, Prove):
        known = await devices.recognise(work, user, device, ip=ip, country=country)
    required = isinstance(decision, Prove) and known is None
    _, tkn = await transactions.begin(
        work,
        Kind.LOGIN,
        user,
        client,
        Seconds(settings.tokens.login),
        proofs=(proof,),
        mfa_required=required,
    )
    await users.logged_in(work, user, proof.kind.value)
    await journal.record(work, "login.proved", user=user, client=client, kind=proof.kind)
    return LoggedIn(user_id=user, tkn=tkn, mfa_required=required, device=known)


async def set_password(
    work: Work,
    user: User,
    hashed: bytes,
    *,
    besides: Grant | None,
    keeping: SessionId | None = None,
    ip: str | None = None,
) -> None:
    """The person's password from now on; every session and grant but this one ends, and they are told.

    `keeping`: a session that goes on without any grant.
    """
    known = await credentials.of_kind(work, user.id, CredentialKind.PASSWORD)
    await credentials.absolve(work, user.id, known.id if known else _NO_CREDENTIAL.id)
    if known is None:
        await credentials.enrol(work, user.id, CredentialKind.PASSWORD, state=hashed)
    else:
        await credentials.replace_state(work, known.id, hashed)
    await sessions.end_all(work, user.id, besides.session_id if besides else keeping)
    await tokens.revoke_of_user(work, user.id, besides.id if besides else None)
    await transactions.end_all(work, user.id)
    await devices.forget_all(work, user.id)
    await journal.record(work, "password.changed", user=user.id, ip=ip)
    project = await projects.current(work)
    await users.notify_others(work, user, "", Notice.PASSWORD_CHANGED, client_name=project.name)


async def distrust_password(
    work: Work, user: User, channel: Channel, session: Session | None = None
) -> bool:
    """Somebody has shown, without the password, that this address is theirs. Where nobody had before, whoever
    set the password may be another, who waited for its owner: it opens nothing until it is reset, and what it
    had opened is closed. `user`: as they were before. `session`: that the owner is in, and keeps."""
    if not rules.foreign_password(user, channel, session.proofs if session else ()):
        return False
    known = await credentials.of_kind(work, user.id, CredentialKind.PASSWORD)
    if known is None:
        return False
    await credentials.replace_state(work, known.id, PASSWORD.distrust(known.state))
    await sessions.end_all(work, user.id, session.id if session else None)
    await tokens.revoke_of_user(work, user.id, None)
    await transactions.end_all(work, user.id)
    await devices.forget_all(work, user.id)
    await journal.record(work, "password.distrusted", user=user.id)
    return True


async def sign_up(open_work: OpenWork, crunch: Crunch, asked: SignUp) -> LoggedIn:
    """A new person with a password, logged in; a failure where the address is taken or the password weak."""
    password = asked.password.reveal()
    async with open_work(reading=True) as work:
        client = await clients.get(work, asked.client_id)
        policy = (await projects.settings(work)).password
    context = [word for word in (asked.email, asked.profile.full_name) if word]
    rules.check_new_password(password, policy, *context)
    state = await crunch(PASSWORD.enrol, password)
    async with open_work() as work:
        user = await users.create(
            work, asked.profile, email=asked.email, phone_number=asked.phone_number, ip=asked.ip
        )
        credential = await credentials.enrol(work, user.id, CredentialKind.PASSWORD, state=state)
        return await admit(
            work, user.id, client.id, credentials.proof_of(credential, work.now, asked.ip)
        )
