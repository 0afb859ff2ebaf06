"""An authenticator app and its recovery codes: a second factor, never a first one (STP-13).

The secret is told while the app waits for its first code, and never again. What is kept is sealed under a key
that is not in the database, and bound to the user and the app: moved to another row it does not open (TOTP-8).
"""

import msgspec
from msgspec import Struct

from ostiary.terms.failures import Malformed, NotFound, Refused
from ostiary.terms.ids import ClientId, CredentialId, TransactionId, UserId
from ostiary.terms.time import Seconds

from .. import credentials, enrolment, journal, keys, projects, transactions, users
from ..credentials.model import Credential, Proven
from ..factors import RECOVERY_CODE, TOTP
from ..factors.model import Accepted, AppState, Rejected, Verdict
from ..messages.model import Notice
from ..sessions.model import Session
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import flow, rules
from .model import App, Authenticated, Dossier, Offered, Wish

_APP = "authenticator app"  # the purposes their keys are derived for
_CODES = "recovery codes"


class Waiting(Struct, frozen=True):
    """What an app that was offered has to it, until its first code: both sealed."""

    secret: bytes
    codes: bytes


async def create(work: Work, user_id: UserId, lifetime: Seconds) -> Offered:
    """A secret for an app, which counts once a code of it came back. It takes the place of one that waits for that."""
    user = await users.lock(work, user_id)
    if user is None:
        raise NotFound("user_not_found")
    dossier = await flow.dossier(work, user_id)
    if not rules.established(dossier):
        raise Malformed("first_factor_missing")
    if dossier.of_kind(TOTP.kind):
        raise Malformed("totp_exists")
    if rules.unverified(dossier, besides=Kind.ADD_TOTP):
        raise Malformed("unverified_factors")
    await transactions.end_kind(work, user_id, Kind.ADD_TOTP)
    project = ClientId((await projects.current(work)).id)
    begun, _ = await transactions.begin(work, Kind.ADD_TOTP, user_id, project, lifetime)
    secret, codes = TOTP.enrol(work.entropy), RECOVERY_CODE.enrol(work.entropy)
    waiting = Waiting(
        keys.seal(work, _APP, _owner(user_id, begun.id), secret),
        _seal_codes(work, user_id, begun.id, codes),
    )
    await transactions.remember(work, begun.id, msgspec.json.encode(waiting))
    await journal.record(work, "totp.offered", user=user_id)
    return Offered(
        dossier=await flow.dossier(work, user_id), id=begun.id, secret=secret, codes=codes
    )


async def authenticate(
    work: Work, user_id: UserId, code: str, wish: Wish
) -> Authenticated | Refused:
    """A code of the user's app. The first right one makes an app that was offered theirs."""
    if RECOVERY_CODE.well_formed(code):
        raise Malformed("recovery_code_given")
    if not TOTP.well_formed(code):
        raise Malformed("parameter_invalid", field="totp_code")
    user, session = await _parties(work, user_id, wish)
    if refusal := credentials.locked(user, work.now):
        return refusal
    app = await credentials.of_kind(work, user_id, TOTP.kind)
    verdict: Verdict
    if app is None:
        activated = await _activate(work, user, code, wish)
        if isinstance(activated, Refused):
            return activated
        app, verdict = activated
    else:
        if refusal := await credentials.barred(work, user, app.id):
            return refusal
        verdict = _judge(work, app.id, user_id, TOTP.kept(app.state), code)
    if isinstance(verdict, Rejected) and verdict.reason == "code_replayed":
        return await _note_replay(work, user, wish)
    outcome = await credentials.settle(work, user, app, verdict, ip=wish.asked.ip)
    if not isinstance(outcome, Proven):
        return outcome
    return await flow.conclude(work, user, outcome.proof, wish, session)


async def recover(work: Work, user_id: UserId, code: str, wish: Wish) -> Authenticated | Refused:
    """One of the recovery codes, good once. It gets its owner back in, and is never worth a second factor (REC-7)."""
    if TOTP.well_formed(code):
        raise Malformed("totp_code_given")
    if not RECOVERY_CODE.well_formed(code):
        raise Malformed("parameter_invalid", field="recovery_code")
    user, session = await _parties(work, user_id, wish)
    if refusal := credentials.locked(user, work.now):
        return refusal
    kept = await credentials.of_kind(work, user_id, RECOVERY_CODE.kind)
    if kept is None:
        raise NotFound("recovery_codes_not_found")
    if refusal := await credentials.barred(work, user, kept.id):
        return refusal
    left = RECOVERY_CODE.spend(_codes(work, kept), code)
    verdict: Verdict = Rejected("wrong_code")
    if left is not None:
        verdict = Accepted(_seal_codes(work, user_id, kept.address, left))
    outcome = await credentials.settle(work, user, kept, verdict, ip=wish.asked.ip)
    if left is None or not isinstance(outcome, Proven):
        return outcome if isinstance(outcome, Refused) else Refused("wrong_code")
    await journal.record(work, "recovery_code.used", user=user_id, left=len(left))
    project = await projects.current(work)
    await users.notify_others(work, user, "", Notice.RECOVERY_CODE_USED, client_name=project.name)
    return await flow.conclude(work, user, outcome.proof, wish, session)


async def listed(work: Work, user_id: UserId) -> tuple[App, ...]:
    """The user's app, also one that waits for its first code, with the recovery codes that are left."""
    dossier = await flow.dossier(work, user_id)
    proved = [
        App(id=kept.address, verified=True, codes=_codes(work, kept))
        for kept in dossier.of_kind(RECOVERY_CODE.kind)
    ]
    waiting = [
        App(
            id=begun.id,
            verified=False,
            codes=_open_codes(work, user_id, begun.id, _waiting(begun).codes),
        )
        for begun in dossier.unfinished
        if begun.kind is Kind.ADD_TOTP
    ]
    return (*proved, *waiting)


async def remove(work: Work, id: str, *, owner: UserId | None = None) -> Dossier:
    """The app, or the offer of one, is gone: with its recovery codes, and what either had raised (SES-6).

    `owner`: whose it has to be, where somebody asks for themselves.
    """
    app = await credentials.get(work, CredentialId(id))
    begun = None if app else await transactions.by_id(work, TransactionId(id))
    found = app or begun
    if found is not None and owner not in (None, found.user_id):
        raise NotFound("totp_not_found")
    if app is not None and app.kind is TOTP.kind:
        user = await users.lock(work, app.user_id)
        if user is None or await credentials.get(work, app.id) is None:
            raise NotFound("totp_not_found")
        await journal.record(
            work, "credential.removed", user=user.id, kind=app.kind, credential=app.id
        )
        project = await projects.current(work)
        await enrolment.withdraw(work, user, app, client_name=project.name)
        return await flow.dossier(work, user.id)
    if begun is not None and begun.kind is Kind.ADD_TOTP:
        await transactions.end(work, begun.id)
        return await flow.dossier(work, begun.user_id)
    raise NotFound("totp_not_found")


async def reseal(work: Work, user_id: UserId) -> None:
    """The user's app and its recovery codes, sealed anew under the present master key."""
    user = await users.lock(work, user_id)
    for one in await credentials.of_user(work, user_id) if user else ():
        if one.kind is TOTP.kind:
            kept, owner = TOTP.kept(one.state), _owner(user_id, one.id)
            secret = keys.unseal(work, _APP, owner, kept.sealed)
            kept = AppState(keys.seal(work, _APP, owner, secret), kept.last_step)
            await credentials.keep_state(work, one.id, TOTP.keep(kept))
        elif one.kind is RECOVERY_CODE.kind:
            sealed = _seal_codes(work, user_id, one.address, _codes(work, one))
            await credentials.keep_state(work, one.id, sealed)


async def _parties(work: Work, user_id: UserId, wish: Wish) -> tuple[User, Session | None]:
    """The user, locked, and the session that the proof goes to; found before anything is spent."""
    session = await flow.held(work, wish.session)
    flow.check_same_user(session, user_id)
    if session is None and wish.asked.lifetime is not None:
        raise Malformed("session_missing")  # a second factor begins none (STP-13)
    user = await users.lock(work, user_id)
    if user is None:
        raise NotFound("user_not_found")
    return user, session


async def _activate(
    work: Work, user: User, code: str, wish: Wish
) -> tuple[Credential, Accepted] | Refused:
    """The first right code of an app that was offered: it is a second factor from now on (TOTP-6)."""
    begun = await _offered(work, user)
    if refusal := await credentials.barred(work, user, begun.id):
        return refusal
    waiting = _waiting(begun)
    verdict = _judge(work, begun.id, user.id, AppState(waiting.secret), code)
    if not isinstance(verdict, Accepted):
        await transactions.count_attempt(work, begun.id)
        await credentials.count_failure(
            work,
            user.id,
            ip=wish.asked.ip,
            kind=TOTP.kind,
            reason="wrong_code",
            authenticator=begun.id,
        )
        return Refused("wrong_code")
    await transactions.end(work, begun.id)
    if begun.attempts:
        await users.forgive(work, user.id, begun.attempts)
    app = await credentials.enrol(work, user.id, TOTP.kind, state=verdict.state, id=begun.id)
    await credentials.enrol(work, user.id, RECOVERY_CODE.kind, address=app.id, state=waiting.codes)
    await enrolment.announce(work, user, app, begun.client_id, ip=wish.asked.ip)
    return app, verdict


async def _offered(work: Work, user: User) -> Transaction:
    begun = await transactions.open_of_user(work, user.id, Kind.ADD_TOTP)
    if begun is not None:
        return begun
    over = await transactions.newest(work, user.id, Kind.ADD_TOTP, "")
    if over is not None and over.ended_at is None:
        raise Malformed("totp_expired")
    raise NotFound("totp_not_found")


def _judge(work: Work, id: str, user: UserId, kept: AppState, code: str) -> Verdict:
    """What is taken is sealed anew, under the present master key."""
    owner = _owner(user, id)
    secret = keys.unseal(work, _APP, owner, kept.sealed)
    step = TOTP.check(secret, code, kept.last_step, work.now)
    if step is not None:
        return Accepted(TOTP.keep(AppState(keys.seal(work, _APP, owner, secret), step)))
    if TOTP.check(secret, code, 0, work.now) is not None:
        return Rejected("code_replayed")
    return Rejected("wrong_code")


async def _note_replay(work: Work, user: User, wish: Wish) -> Refused:
    """The right code of a step that is over: refused, and no guess, so that it counts towards no lock (TOTP-3)."""
    await journal.record(
        work,
        "code.refused",
        user=user.id,
        ip=wish.asked.ip,
        kind=TOTP.kind,
        reason="code_replayed",
    )
    return Refused("code_replayed")


def _waiting(begun: Transaction) -> Waiting:
    return msgspec.json.decode(begun.particulars, type=Waiting)


def _owner(user: UserId, app: str) -> str:
    return f"{user}:{app}"


def _seal_codes(work: Work, user: UserId, app: str, codes: tuple[str, ...]) -> bytes:
    return keys.seal(work, _CODES, _owner(user, app), msgspec.json.encode(codes))


def _open_codes(work: Work, user: UserId, app: str, sealed: bytes) -> tuple[str, ...]:
    plain = keys.unseal(work, _CODES, _owner(user, app), sealed)
    return msgspec.json.decode(plain, type=tuple[str, ...])


def _codes(work: Work, kept: Credential) -> tuple[str, ...]:
    return _open_codes(work, kept.user_id, kept.address, kept.state)
