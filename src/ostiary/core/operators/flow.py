"""Make an administrator by a link, let one in, ask again, find the session, end it.

MFA holds from the first run: nobody is an administrator before a code of their authenticator app was right.
"""

from ostiary.terms.failures import Conflict, Refused, Unauthenticated
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds, after

from .. import journal, keys, limits
from ..factors import PASSWORD, TOTP
from ..factors.model import Accepted, Verdict
from ..limits import Window
from ..work import Work
from . import rules, store
from .model import Administrator, Attempt, Invitation, Removal, Session

_APP = "console authenticator"  # the purposes their keys are derived for
_FORM = "console form"
TRIES = 5  # wrong ones, from one place for one address; then wait
TRIES_FROM_EVERYWHERE = 50
WINDOW = Seconds(900)
SEEN_EVERY = 60  # seconds: what is more precise costs a write at every page


async def invite(work: Work, email: str) -> Token:
    """The secret of a one-time link that makes this person an administrator, or gives them a new start."""
    await store.remove_links(work, email)
    token = work.new_token()
    await store.add_link(
        work,
        token.id,
        email,
        digest=token.digest,
        sealed=keys.seal(work, _APP, email, TOTP.enrol(work.entropy)),
        expires_at=after(work.now, rules.LINK),
    )
    await journal.record(work, "administrator.invited", email=email)
    return token


async def invitation(work: Work, token: Token | None) -> Invitation | None:
    """What a set-up link offers, None where it is no longer good."""
    row = None if token is None else await store.link(work, token.id)
    if row is None or token is None or not token.opens(row["digest"]):
        return None
    if work.now >= row["expires_at"]:
        return None
    secret = keys.unseal(work, _APP, row["email"], row["sealed"])
    return Invitation(email=row["email"], secret=secret)


async def enrol(
    work: Work, token: Token | None, *, password: bytes, code: str, ip: str
) -> tuple[Session, Token] | Refused:
    """An administrator with this password, as its factor keeps it, and the app that said this code."""
    invited = await invitation(work, token)
    if invited is None or token is None:
        return Refused("link_invalid")
    if (wait := await _too_many(work, invited.email, ip)) is not None:
        return Refused("too_many_attempts", wait)
    step = TOTP.check(invited.secret, code, 0, work.now)
    if step is None:
        return Refused("wrong_code")
    if not await store.spend_link(work, token.id):
        raise Conflict("lost_race")
    await limits.forget(work, _bucket(invited.email, ip))
    await store.remove(work, invited.email)
    administrator = Administrator(
        id=work.new_id(),
        email=invited.email,
        password=password,
        sealed=keys.seal(work, _APP, invited.email, invited.secret),
        last_step=step,
        created_at=work.now,
    )
    await store.add(work, administrator)
    await journal.record(work, "administrator.enrolled", ip=ip, email=invited.email)
    return await start(work, administrator, ip, by="code")


async def reseal(work: Work) -> None:
    """Every administrator's app, sealed anew under the present master key."""
    for one in await store.everyone(work):
        secret = keys.unseal(work, _APP, one.email, one.sealed)
        await store.reseal(work, one.id, keys.seal(work, _APP, one.email, secret))


async def approach(work: Work, email: str, *, ip: str) -> Attempt | Refused:
    """A try to get in, counted before anything is looked at: tries at once count as well."""
    if (wait := await _too_many(work, email, ip)) is not None:
        return Refused("too_many_attempts", wait)
    return Attempt(email=email, ip=ip, administrator=await store.by_email(work, email))


def prove_password(attempt: Attempt, password: str) -> Verdict:
    """Slow, on a thread; the same work is done where there is nobody (PW-4)."""
    known = attempt.administrator
    return PASSWORD.check(None if known is None else known.password, password)


async def admit(
    work: Work, attempt: Attempt, verdict: Verdict, code: str
) -> tuple[Session, Token] | Refused:
    """A session for who gave both the password and a code that was not used before."""
    email, known = attempt.email, attempt.administrator
    present = None if known is None else await store.get(work, known.id)
    if (
        present is None
        or not isinstance(verdict, Accepted)
        or not await _prove(work, present, code)
    ):
        await journal.record(work, "administrator.refused", ip=attempt.ip, email=email)
        return Refused("wrong_credentials")
    await limits.forget(work, _bucket(email, attempt.ip))
    if verdict.state != present.password:
        await store.replace_password(work, present.id, verdict.state)
    return await start(work, present, attempt.ip, by="code")


async def confirm(work: Work, session: Session, code: str, *, ip: str) -> Token | Refused:
    """Another code, before keys, secrets and users' factors; the session goes on under a new secret."""
    if (wait := await _too_many(work, session.email, ip)) is not None:
        return Refused("too_many_attempts", wait)
    administrator = await store.get(work, session.administrator_id)
    if administrator is None or not await _prove(work, administrator, code):
        await journal.record(work, "administrator.refused", ip=ip, email=session.email)
        return Refused("wrong_code")
    await limits.forget(work, _bucket(session.email, ip))
    return await renew(work, session, ip, by="code")


async def renew(work: Work, session: Session, ip: str, *, by: str) -> Token:
    """The session goes on under a new secret, confirmed now by this."""
    following = work.new_token(session.id)
    if not await store.confirmed(work, session.id, session.digest, following.digest):
        raise Conflict("lost_race")
    await journal.record(work, "administrator.confirmed", ip=ip, email=session.email, by=by)
    return following


async def find(work: Work, token: Token | None) -> Session:
    """The session of this secret; `Unauthenticated` where there is none, or none any more."""
    session = None if token is None else await store.session(work, token.id)
    if session is None or token is None or not token.opens(session.digest):
        raise Unauthenticated("login_required")
    if not rules.living(session, work.now):
        raise Unauthenticated("login_required")
    if work.now >= session.seen_at + SEEN_EVERY:
        await store.seen(work, session.id)
    return session


async def remove(work: Work, id: str) -> Removal:
    """No administrator any more, with sessions, passkeys and links."""
    removed = await store.get(work, id)
    if removed is None:
        return Removal.UNKNOWN
    if not await store.remove_one(work, id):
        return Removal.LAST
    await store.remove_links(work, removed.email)
    await journal.record(work, "administrator.removed", email=removed.email)
    return Removal.DONE


async def uninvite(work: Work, email: str) -> None:
    """A set-up link is good no longer."""
    if await store.remove_links(work, email):
        await journal.record(work, "administrator.uninvited", email=email)


async def sign_out(work: Work, session: Session) -> None:
    if await store.end(work, session.id):
        await journal.record(work, "administrator.signed_out", email=session.email)


def form_secret(work: Work, bound_to: bytes) -> str:
    """What a form of ours carries, and nobody else can make: bound to a session, or to a browser (SES-9)."""
    return keys.digest(work, _FORM, bound_to).hex()


async def start(
    work: Work, administrator: Administrator, ip: str, *, by: str
) -> tuple[Session, Token]:
    """A session. `by`: what beside the password, or instead of it, let them in."""
    token = work.new_token()
    await store.add_session(work, token.id, administrator.id, token.digest)
    await journal.record(work, "administrator.signed_in", ip=ip, email=administrator.email, by=by)
    session = Session(
        id=token.id,
        administrator_id=administrator.id,
        email=administrator.email,
        digest=token.digest,
        started_at=work.now,
        seen_at=work.now,
        confirmed_at=work.now,
    )
    return session, token


async def _prove(work: Work, administrator: Administrator, code: str) -> bool:
    secret = keys.unseal(work, _APP, administrator.email, administrator.sealed)
    step = TOTP.check(secret, code, administrator.last_step, Instant(work.now))
    return step is not None and await store.spend_step(work, administrator.id, step)


async def _too_many(work: Work, email: str, ip: str) -> Seconds | None:
    here = Window(_bucket(email, ip), TRIES, WINDOW)
    everywhere = Window(f"console:{email}", TRIES_FROM_EVERYWHERE, WINDOW)
    return await limits.take(work, here, everywhere)


def _bucket(email: str, ip: str) -> str:
    return f"console:{email}:{ip}"
