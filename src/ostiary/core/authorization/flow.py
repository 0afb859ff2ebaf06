"""Answer an authorization request: by a `tkn`, by an SSO session, or by a step-up."""

from msgspec.structs import replace

from ostiary.terms.assurance import assess
from ostiary.terms.failures import Refused
from ostiary.terms.ids import NOBODY, ClientId, made_at
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from .. import (
    credentials,
    devices,
    journal,
    login,
    projects,
    sessions,
    stepup,
    tokens,
    transactions,
    users,
)
from ..challenges.model import Challenge
from ..clients.model import AuthorizationRequest
from ..login.model import LoggedIn, Proved
from ..sessions.model import Session
from ..stepup.model import Completed, Operation, Prove
from ..transactions.model import Kind, Transaction
from ..work import Work
from . import rules
from .model import Answered, Asking

WAITING = Seconds(600)  # how long a request waits for its login


async def authorize(
    work: Work, request: AuthorizationRequest, asking: Asking
) -> Answered | Refused:
    """A code, if who asks is known well enough; the reason, if not. Nothing is spent on a refusal.

    A request that waited is answered as it was asked, once, and whatever the login page asks for counts for nothing.
    """
    waiting = None
    if asking.named_waiting:
        waiting = await transactions.find(work, asking.waiting, Kind.AUTHORIZE)
        if waiting is None or waiting.request is None:
            return Refused("request_token_invalid")
        request = waiting.request
    if refusal := rules.impossible(request):
        return refusal
    answer = _by_tkn if asking.named_tkn else _by_session
    answered = await answer(work, request, asking)
    if waiting is not None and isinstance(answered, Answered):
        await transactions.end(work, waiting.id)
    return answered


async def _by_tkn(work: Work, request: AuthorizationRequest, asking: Asking) -> Answered | Refused:
    """A fresh login: a new session, under a new secret; whatever the browser held before is over (SES-2)."""
    login = await transactions.find(work, asking.tkn, Kind.LOGIN)
    if login is None or not (asking.named_waiting or login.client_id == request.client_id):
        return Refused("tkn_invalid")
    if login.mfa_required:
        return Refused("mfa_required")  # this `tkn` opens a step-up and nothing else (SES-3)
    user = await users.get(work, login.user_id)
    if refusal := credentials.locked_since(user, made_at(login.id), work.now):
        return refusal
    assured = assess(login.proofs, (await projects.settings(work)).assurance)
    if rules.too_old(request, assured, work.now, anew=True):
        return Refused("login_required")
    if not rules.sure_enough(request, assured):
        reachable = await stepup.choices(work, login.user_id, login.proofs)
        return Refused("mfa_required" if reachable else "assurance_not_met")
    if not await transactions.end(work, login.id):
        return Refused("tkn_invalid")
    before = await sessions.find(work, asking.session_secret)
    if before is not None:
        await sessions.end(work, before, ip=asking.ip)
    session, secret = await sessions.start(
        work,
        login.user_id,
        request.client_id,
        login.proofs,
        persistent=request.persistent,
        ip=asking.ip,
    )
    return await _answer(work, request, session, secret)


async def waiting(work: Work, token: Token | None) -> AuthorizationRequest | Refused:
    """The request that this names, which a page elsewhere is to answer."""
    found = await transactions.find(work, token, Kind.AUTHORIZE)
    if found is None or found.request is None:
        return Refused("request_token_invalid")
    return rules.impossible(found.request) or found.request


async def log_in_elsewhere(work: Work, request: AuthorizationRequest) -> Token:
    """A token for this request, to be brought back by the page where the person logs in."""
    _, token = await transactions.begin(
        work, Kind.AUTHORIZE, NOBODY, request.client_id, WAITING, request=request
    )
    return token


async def _by_session(
    work: Work, request: AuthorizationRequest, asking: Asking
) -> Answered | Refused:
    """The SSO session, as long as no new proof is asked for. Each use keeps it alive.

    One that began before *Always* is asked for its second factor, too, unless its browser is trusted (TD-4).
    """
    settings = await projects.settings(work)
    session = await sessions.find(work, asking.session_secret)
    secret = asking.session_secret
    if session is None or secret is None or not settings.features.sso or "login" in request.prompt:
        return Refused("login_required")
    assured = assess(session.proofs, settings.assurance)
    if rules.too_old(request, assured, work.now, anew=False):
        return Refused("login_required")
    decision = await stepup.decide(work, Operation.LOG_IN, session.user_id, session.proofs)
    if isinstance(decision, Prove) and not await devices.known(
        work, session.user_id, asking.device
    ):
        return Refused("login_required")
    if not rules.sure_enough(request, assured):
        reachable = await stepup.choices(work, session.user_id, session.proofs)
        return rules.short_of(request, reachable=bool(reachable), interactive=asking.interactive)
    await sessions.renew(work, session)
    return await _answer(work, request, session, secret)


async def log_out(work: Work, session_secret: Token | None, *, ip: str | None = None) -> None:
    """The session is over, and so is every code of it that nobody has redeemed (OA-3)."""
    session = await sessions.find(work, session_secret)
    if session is not None:
        await sessions.end(work, session, ip=ip)
        await tokens.void_codes(work, session.user_id, session.id)


async def complete_login(
    work: Work,
    proved: Proved,
    *,
    session_secret: Token | None = None,
    ip: str | None = None,
) -> Answered | LoggedIn:
    """Answer the request that a code or a link was asked for with; or, where a second factor must follow,
    a `tkn` for the step-up."""
    request = proved.transaction.request
    decision = await stepup.decide(work, Operation.LOG_IN, proved.user.id, (proved.proof,))
    assured = assess((proved.proof,), (await projects.settings(work)).assurance)
    enough = request is not None and rules.sure_enough(request, assured)
    if request is None or not enough or isinstance(decision, Prove):
        client = _goes_on(proved.transaction)
        admitted = await login.admit(work, proved.user.id, client, proved.proof)
        return replace(admitted, request=request, client_id=client)
    before = await sessions.find(work, session_secret)
    if before is not None:
        await sessions.end(work, before, ip=ip)
    session, secret = await sessions.start(
        work,
        proved.user.id,
        request.client_id,
        (proved.proof,),
        persistent=request.persistent,
        ip=ip,
    )
    return await _answer(work, request, session, secret)


def _goes_on(transaction: Transaction) -> ClientId:
    """Whose page is next: after a code the one where it was typed, after a link the one that it leads to."""
    if transaction.kind is Kind.LOGIN_LINK and transaction.request is not None:
        return transaction.request.client_id
    return transaction.client_id


async def complete_step_up(
    work: Work,
    challenge: Token | None,
    response: str,
    *,
    session_secret: Token | None = None,
    ip: str | None = None,
) -> Answered | Refused:
    """Judge the answer to a step-up's challenge, and answer the request the step-up began with."""
    completed = await stepup.complete(
        work, challenge, response, session_secret=session_secret, ip=ip
    )
    return await _after_step_up(work, completed)


async def complete_step_up_by_link(
    work: Work,
    challenge: Challenge,
    transaction: Transaction,
    *,
    session_secret: Token | None = None,
    ip: str | None = None,
) -> Answered | Refused:
    """As `complete_step_up`, by the button of the page that the mail's link opened."""
    completed = await stepup.complete_by_link(
        work, challenge, transaction, session_secret=session_secret, ip=ip
    )
    return await _after_step_up(work, completed)


async def _after_step_up(work: Work, completed: Completed | Refused) -> Answered | Refused:
    if isinstance(completed, Refused):
        return completed
    request = completed.transaction.request
    if request is None:
        return Refused("challenge_not_found")
    return await _answer(work, request, completed.session, completed.secret)


async def _answer(
    work: Work, request: AuthorizationRequest, session: Session, secret: Token
) -> Answered:
    code = await tokens.issue_code(work, session.user_id, session.id, request, session.proofs)
    await journal.record(
        work,
        "authorization.granted",
        user=session.user_id,
        client=request.client_id,
        session=session.id,
    )
    return Answered(
        code=code,
        request=request,
        session_secret=secret,
        session_lifetime=session.lifetime,
        user_id=session.user_id,
    )
