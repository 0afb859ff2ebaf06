"""Begin a step-up from what is known; send a code for it; complete it."""

from typing import NamedTuple

from ostiary.terms.assurance import Proof, with_proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Forbidden, Refused, Unauthenticated
from ostiary.terms.ids import UserId, made_at
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from .. import challenges, credentials, journal, projects, sessions, tokens, transactions, users
from ..challenges.model import Challenge, Link, Question
from ..clients.model import AuthorizationRequest, Client
from ..credentials.model import Credential, Proven
from ..factors.model import Accepted, Verdict
from ..messages.model import Purpose
from ..sessions.model import Session
from ..tokens.model import Access
from ..transactions.model import Kind, Transaction
from ..users.model import User
from ..work import Work
from . import rules
from .model import Begun, Completed, Decision, Evidence, Operation


async def choices(work: Work, user: UserId, proofs: tuple[Proof, ...]) -> tuple[Credential, ...]:
    """The credentials that would raise a session of these proofs to `mfa` now."""
    settings = await projects.settings(work)
    enrolled = await credentials.of_user(work, user)
    return rules.choices(proofs, enrolled, settings.mfa_channels, settings.assurance)


async def decide(
    work: Work, operation: Operation, user: UserId, proofs: tuple[Proof, ...]
) -> Decision:
    """What this operation still needs of a person who has proved this much."""
    settings = await projects.settings(work)
    return rules.decide(
        rules.requirement(operation, settings),
        proofs,
        await credentials.of_user(work, user),
        settings.mfa_channels,
        settings.assurance,
        work.now,
    )


async def guarded(work: Work, operation: Operation, user: UserId) -> bool:
    """Has the user a second factor that this operation must not go past?"""
    enrolled = await credentials.of_user(work, user)
    return rules.guarded(operation, enrolled, await projects.settings(work))


async def protect(work: Work, operation: Operation, access: Access) -> None:
    """Let the bearer of this token go ahead; a failure where a second factor must be proved first."""
    settings = await projects.settings(work)
    required = rules.requirement(operation, settings)
    if required is None or not await guarded(work, operation, access.user_id):
        return
    if not rules.met(required, access.grant.proofs, settings.assurance, work.now):
        raise Unauthenticated("step_up_required")


async def begin(
    work: Work, client: Client, request: AuthorizationRequest | None, evidence: Evidence
) -> Begun | Refused:
    """Pin the user and the request to a step-up token.

    Without a request the step-up answers one that waits elsewhere, named when a code is asked for.

    Of several pieces of evidence the strongest counts: `tkn`, access token, cookie; if they speak of
    different people, none does.
    """
    settings = await projects.settings(work)
    if not settings.features.mfa:
        raise Forbidden("feature_off")
    login = await transactions.find(work, evidence.tkn, Kind.LOGIN)
    if evidence.tkn is not None and (login is None or login.client_id != client.id):
        return Refused("tkn_invalid")
    if login is not None:
        known = await users.get(work, login.user_id)
        if refusal := credentials.locked_since(known, made_at(login.id), work.now):
            return refusal
    session = await sessions.find(work, evidence.session_secret)
    _check_one_user(login, evidence, session)

    if login is not None:
        user, proofs, session = login.user_id, login.proofs, None
    elif evidence.access is not None:
        await _check_access(work, client, evidence)
        user = evidence.access.user_id
        session = await sessions.by_id(work, evidence.access.grant.session_id)
        proofs = session.proofs if session else evidence.access.grant.proofs
    elif session is not None:
        user, proofs = session.user_id, session.proofs
    else:
        return Refused("login_required")

    usable = await choices(work, user, proofs)
    if not usable:
        return Refused("no_credential")
    if login is not None and not await transactions.end(work, login.id):
        return Refused("tkn_invalid")
    _, token = await transactions.begin(
        work,
        Kind.STEP_UP,
        user,
        client.id,
        Seconds(settings.mfa.step_up_token_lifetime),
        session=session.id if session else None,
        request=request,
        proofs=() if session else proofs,
    )
    await journal.record(work, "step_up.begun", user=user, client=client.id)
    return Begun(token, rules.channels_of(usable))


def _check_one_user(login: Transaction | None, evidence: Evidence, session: Session | None) -> None:
    named = {who.user_id for who in (login, evidence.access, session) if who is not None}
    if len(named) > 1:
        raise Forbidden("users_differ")


async def _check_access(work: Work, client: Client, evidence: Evidence) -> None:
    """A bearer token is the last resort: switchable, scoped, fresh, its own client's (S2)."""
    access = evidence.access
    if access is None or access.grant.client_id != client.id:
        raise Unauthenticated("access_token_invalid")
    if not client.step_up_by_access_token:
        raise Forbidden("feature_off")
    if "mfa" not in access.scopes:
        raise Forbidden("scope_missing", detail="mfa")
    age = Seconds((await projects.settings(work)).mfa.fresh_token_age)
    if not tokens.fresh(access, work.now, age):
        raise Unauthenticated("access_token_not_fresh")


async def send(
    work: Work,
    step_up: Token | None,
    channel: Channel,
    *,
    waiting: Token | None = None,
    session_secret: Token | None = None,
    locale: str | None = None,
    asking: Token | None = None,
) -> Token | Refused:
    """Send a code to the credential of this channel; the challenge to answer with it. May be repeated.

    `asking`: the browser that a mail's link will work in, where it can be told again.
    """
    transaction = await transactions.find(work, step_up, Kind.STEP_UP)
    if transaction is None:
        return Refused("step_up_invalid")
    if transaction.request is None:
        elsewhere = await transactions.find(work, waiting, Kind.AUTHORIZE)
        if elsewhere is None or elsewhere.request is None:
            return Refused("request_token_invalid")
        answered = elsewhere.request
        await transactions.answers(work, transaction.id, answered, answered.client_id)
    user = await users.lock(work, transaction.user_id)
    browser = await _browser(work, transaction, session_secret)
    session = await _session(work, transaction, browser)
    proofs = session.proofs if session else transaction.proofs
    if user is None or not proofs:
        return Refused("step_up_invalid")
    credential = rules.newest(await choices(work, user.id, proofs), channel)
    if credential is None:
        return Refused("factor_not_registered")
    request = transaction.request
    return await challenges.issue(
        work,
        user,
        transaction,
        Question(
            purpose=Purpose.MFA_STEP_UP,
            channel=channel,
            recipient=credential.address or user.email or "",
            credential=credential,
            action=request.action if request else None,
            locale=locale,
            link=Link.OURS,
            browser=asking,
        ),
    )


async def complete(
    work: Work,
    challenge_token: Token | None,
    response: str,
    *,
    session_secret: Token | None = None,
    ip: str | None = None,
) -> Completed | Refused:
    """Judge the answer; on a right one, raise the session the step-up began in, or start one."""
    found = await challenges.find(work, challenge_token)
    if isinstance(found, Refused):
        return found
    challenge, transaction = found
    if transaction.kind is not Kind.STEP_UP:
        return Refused("challenge_not_found")  # a code for something else is no step-up (OTP-10)
    parties = await _parties(work, challenge, transaction, session_secret)
    if parties is None:
        return Refused("challenge_not_found")  # removed, or logged out, since the code was sent
    verdict = await challenges.judge(work, challenge, transaction, parties.user, response)
    if isinstance(verdict, Refused):
        return verdict
    return await _settle(work, transaction, parties, verdict, ip)


async def check(
    work: Work, challenge_token: Token | None, response: str, *, ip: str | None = None
) -> Refused | None:
    """Is this the answer? It stays good; a wrong one is counted as if it had been given for good."""
    found = await challenges.find(work, challenge_token)
    if isinstance(found, Refused):
        return found
    challenge, transaction = found
    parties = await _parties(work, challenge, transaction, None)
    if transaction.kind is not Kind.STEP_UP or parties is None:
        return Refused("challenge_not_found")
    verdict = await challenges.judge(work, challenge, transaction, parties.user, response)
    if isinstance(verdict, Refused):
        return verdict
    if isinstance(verdict, Accepted):
        return None
    outcome = await credentials.settle(work, parties.user, parties.credential, verdict, ip=ip)
    return outcome if isinstance(outcome, Refused) else None


async def complete_by_link(
    work: Work,
    challenge: Challenge,
    transaction: Transaction,
    *,
    session_secret: Token | None = None,
    ip: str | None = None,
) -> Completed | Refused:
    """The link of the message was followed and its button pressed: possession is proved by that."""
    parties = await _parties(work, challenge, transaction, session_secret)
    if parties is None or transaction.kind is not Kind.STEP_UP:
        return Refused("link_invalid")
    verdict = Accepted(parties.credential.state)
    return await _settle(work, transaction, parties, verdict, ip)


class _Parties(NamedTuple):
    user: User
    credential: Credential
    session: Session | None  # that the step-up began in
    browser: Session | None  # that the browser holds now


async def _parties(
    work: Work, challenge: Challenge, transaction: Transaction, session_secret: Token | None
) -> _Parties | None:
    user = await users.lock(work, transaction.user_id)
    browser = await _browser(work, transaction, session_secret)
    credential = (
        None
        if challenge.credential_id is None
        else await credentials.get(work, challenge.credential_id)
    )
    session = await _session(work, transaction, browser)
    if user is None or credential is None or not (session or transaction.proofs):
        return None
    return _Parties(user, credential, session, browser)


async def _settle(
    work: Work,
    transaction: Transaction,
    parties: _Parties,
    verdict: Verdict,
    ip: str | None,
) -> Completed | Refused:
    """On a right answer: whatever else the browser held before is over, as after a login (SES-2)."""
    outcome = await credentials.settle(work, parties.user, parties.credential, verdict, ip=ip)
    if not isinstance(outcome, Proven):
        return outcome
    if not await transactions.end(work, transaction.id):
        return Refused("challenge_not_found")
    before = parties.browser
    session, secret = await _raise(work, transaction, parties.session, outcome.proof, ip)
    if before is not None and before.id != session.id:
        await sessions.end(work, before, ip=ip)
    await journal.record(
        work,
        "step_up.completed",
        user=parties.user.id,
        client=transaction.client_id,
        ip=ip,
        session=session.id,
        kind=parties.credential.kind,
    )
    return Completed(session, secret, transaction)


async def _raise(
    work: Work, transaction: Transaction, session: Session | None, proof: Proof, ip: str | None
) -> tuple[Session, Token]:
    if session is not None:
        return await sessions.add_proof(work, session, proof, ip=ip)
    return await sessions.start(
        work,
        transaction.user_id,
        transaction.client_id,
        with_proof(transaction.proofs, proof),
        persistent=transaction.request.persistent if transaction.request else False,
        ip=ip,
    )


async def _session(work: Work, transaction: Transaction, browser: Session | None) -> Session | None:
    """The session a step-up began in: most often the one the browser holds."""
    if browser is not None and browser.id == transaction.session_id:
        return browser
    return await sessions.by_id(work, transaction.session_id)


async def _browser(
    work: Work, transaction: Transaction, session_secret: Token | None
) -> Session | None:
    """The browser's session; a step-up pinned to one person is not finished in another's (SES-10)."""
    session = await sessions.find(work, session_secret)
    if session is not None and session.user_id != transaction.user_id:
        raise Forbidden("users_differ")
    return session
