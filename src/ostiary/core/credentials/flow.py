"""Enrol a credential; settle an answer to one. Every answer, in every dialect, is settled here."""

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, Refused
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Seconds

from .. import journal, projects, users
from ..factors import OUT_OF_BAND
from ..factors.model import Accepted, Verdict
from ..users.model import User
from ..work import Work
from . import rules, store
from .model import Credential, Outcome, Proven


async def enrol(
    work: Work,
    user: UserId,
    kind: Kind,
    *,
    address: str = "",
    state: bytes = b"",
    id: str | None = None,
) -> Credential:
    """The new credential; `Conflict("credential_exists")` where the user has this very one already."""
    credential = Credential(
        id=CredentialId(id or work.new_id()),
        user_id=user,
        kind=kind,
        address=address,
        state=state,
        created_at=work.now,
        enrolled=work.new_id(),
    )
    if not await store.add(work, credential):
        raise Conflict("credential_exists")
    await journal.record(
        work, "credential.enrolled", user=user, credential=credential.id, kind=kind
    )
    return credential


async def enrol_address(
    work: Work, user: User, channel: Channel, address: str, contact: str | None = None
) -> Credential:
    """Where codes can go, as a second factor. E-mail is always the profile's own address.

    It has the id of the contact point with this address, where there is one: a proof of either is one proof.
    """
    return await enrol(
        work,
        user.id,
        OUT_OF_BAND[channel].kind,
        address="" if channel is Channel.EMAIL else address,
        id=contact or user.contact_of(channel, address),
    )


async def barred(work: Work, user: User, authenticator: str) -> Refused | None:
    """Why no answer is taken from this authenticator now, if none is."""
    strikes = await store.strikes(work, user.id, authenticator)
    return rules.locked(user, work.now) or rules.disabled(strikes)


async def settle(
    work: Work,
    user: User,
    credential: Credential,
    verdict: Verdict,
    *,
    ip: str | None = None,
    though_barred: bool = False,
) -> Outcome:
    """Count, record, and say what is proved. A refusal is kept: it counts towards the lock (OTP-8).

    A success takes back only the failures of its own credential, so that proving one factor does not
    buy new guesses at another. `user` must have been read under lock.

    `though_barred`: for a browser with a lane of its own (AB-4), and for nothing else.
    """
    strikes = await store.strikes(work, user.id, credential.id)
    refusal = rules.locked(user, work.now) or rules.disabled(strikes)
    if refusal and not though_barred:
        return refusal
    if not isinstance(verdict, Accepted) and not verdict.guess:
        await journal.record(
            work,
            "credential.refused",
            user=user.id,
            ip=ip,
            kind=credential.kind,
            reason=verdict.reason,
        )
        return Refused(verdict.reason)
    if not isinstance(verdict, Accepted):
        await store.count_failure(work, credential.id)
        await count_failure(
            work,
            user.id,
            ip=ip,
            kind=credential.kind,
            reason=verdict.reason,
            authenticator=credential.id,
        )
        return Refused(verdict.reason)
    await store.proved(work, credential.id, verdict.state)
    if strikes:
        await store.absolve(work, user.id, credential.id)
    if credential.failures:
        await users.forgive(work, user.id, credential.failures)
    await journal.record(
        work,
        "credential.proved",
        user=user.id,
        ip=ip,
        kind=credential.kind,
        credential=credential.id,
    )
    return Proven(rules.proof_of(credential, work.now, ip, user_verified=verdict.user_verified))


async def count_failure(
    work: Work,
    user: UserId,
    *,
    ip: str | None,
    kind: Kind,
    reason: str,
    authenticator: str | None,
) -> None:
    """One more wrong answer on the account, which is locked when there are too many.

    A lock settles the score: what led to it is not taken back again by a later success (OTP-8). What waiting
    out locks does not take back is counted on the authenticator: a credential, or an address alone. None: what
    lifts a lock, which nobody may put out of use.
    """
    strikes = 0 if authenticator is None else await store.strike(work, user, authenticator)
    lockout = (await projects.settings(work)).lockout
    locked_until = await users.count_failure(
        work, user, lockout.consecutive_failures, Seconds(lockout.duration)
    )
    await journal.record(work, "credential.refused", user=user, ip=ip, kind=kind, reason=reason)
    if locked_until is not None:
        await store.forget_failures(work, user)
        await journal.record(work, "account.locked", user=user, ip=ip, until=locked_until)
    if strikes == rules.MOST_STRIKES:
        await journal.record(
            work, "credential.disabled", user=user, ip=ip, kind=kind, credential=authenticator
        )


async def disabled(work: Work, user: UserId) -> frozenset[str]:
    """The authenticators of this user that had too many wrong answers in a row, by their ids."""
    return await store.struck_out(work, user, rules.MOST_STRIKES)


async def reinstate(work: Work, user: UserId) -> None:
    """Every wrong answer is forgotten, and every authenticator is good again."""
    await store.forget_failures(work, user)
    await store.absolve_all(work, user)
