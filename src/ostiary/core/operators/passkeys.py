"""Passkeys of administrators: to come in with, to confirm with, instead of password and code.

Their authenticator verifies who uses it, so that one is both factors; one that does not is refused.
"""

from msgspec.structs import replace

from ostiary.terms.failures import Conflict, Refused
from ostiary.terms.secret import Token, parse_token
from ostiary.terms.time import Seconds, after

from .. import journal, limits, projects
from ..factors import PASSKEY
from ..factors.model import Accepted, Asserted, Attested, Rejected
from ..limits import Window
from ..work import Work
from . import rules, store
from .flow import WINDOW, renew, start
from .model import Administrator, Creation, Purpose, Question, Session, Wanted

QUESTIONS = 60  # that one address may ask for in a window: nobody can guess, but each is a row


def available(work: Work) -> bool:
    return rules.relying_party(work.issuer) is not None


async def ask_anybody(work: Work, *, ip: str) -> Wanted | Refused:
    """Ask for any administrator's passkey: it says whose it is."""
    window = Window(f"console passkey:{ip}", QUESTIONS, WINDOW)
    if (wait := await limits.take(work, window)) is not None:
        return Refused("too_many_attempts", Seconds(wait))
    return _wanted(work, await _ask(work, Purpose.SIGN_IN, None))


async def ask(work: Work, session: Session) -> Wanted | None:
    """Ask for one of this administrator's; None where they have none."""
    known = await store.passkeys(work, session.administrator_id)
    if not known or not available(work):
        return None
    token = await _ask(work, Purpose.CONFIRM, session.administrator_id)
    return _wanted(work, token, tuple(one.address for one in known))


async def ask_for_new(work: Work, session: Session, name: str) -> Creation:
    """Ask this administrator's browser for a new one."""
    known = await store.passkeys(work, session.administrator_id)
    token = await _ask(work, Purpose.REGISTER, session.administrator_id, name)
    return Creation(
        challenge=str(token),
        relying_party=rules.relying_party(work.issuer) or "",
        relying_party_name=f"{(await projects.current(work)).name} console",
        handle=rules.handle(session.administrator_id),
        owner=session.email,
        algorithms=PASSKEY.algorithms,
        known=tuple(one.address for one in known),
    )


async def sign_in(
    work: Work, answer: Asserted, challenge: str | None, *, ip: str
) -> tuple[Session, Token] | Refused:
    """A session for whose passkey this is."""
    proved = await _prove(work, answer, challenge, Purpose.SIGN_IN, ip)
    if proved is None:
        return Refused("wrong_passkey")
    return await start(work, proved, ip, by="passkey")


async def confirm(
    work: Work, session: Session, answer: Asserted, challenge: str | None, *, ip: str
) -> Token | Refused:
    """As good as another code, if it is this administrator's."""
    proved = await _prove(work, answer, challenge, Purpose.CONFIRM, ip)
    if proved is None or proved.id != session.administrator_id:
        return Refused("wrong_passkey")  # also where it is another administrator's
    return await renew(work, session, ip, by="passkey")


async def add(
    work: Work, session: Session, answer: Attested, challenge: str | None
) -> Refused | None:
    """The passkey that the browser made, from now on a way in."""
    taken = await _take(work, challenge, Purpose.REGISTER)
    if taken is None or taken[0].administrator_id != session.administrator_id:
        return Refused("wrong_passkey")
    question, token = taken
    asked = rules.ceremony(work.issuer, token, session.administrator_id)
    made = PASSKEY.register(answer, asked, question.name)
    if isinstance(made, Rejected):
        return Refused(made.reason)
    owner = session.administrator_id
    if not await store.add_passkey(work, work.new_id(), owner, made.id, made.state):
        return Refused("passkey_exists")
    await journal.record(
        work, "administrator.passkey_added", email=session.email, name=question.name
    )
    return None


async def remove(work: Work, session: Session, id: str) -> bool:
    """One of one's own is a way in no longer; False where there is none such."""
    if not await store.remove_passkey(work, session.administrator_id, id):
        return False
    await journal.record(work, "administrator.passkey_removed", email=session.email)
    return True


async def _ask(work: Work, purpose: Purpose, administrator: str | None, name: str = "") -> Token:
    token = work.new_token()
    question = Question(
        id=token.id,
        digest=token.digest,
        purpose=purpose.value,
        administrator_id=administrator,
        name=name,
        expires_at=after(work.now, rules.QUESTION),
    )
    await store.add_question(work, question)
    return token


def _wanted(work: Work, token: Token, known: tuple[str, ...] = ()) -> Wanted:
    relying_party = rules.relying_party(work.issuer) or ""
    return Wanted(challenge=str(token), relying_party=relying_party, known=known)


async def _take(
    work: Work, challenge: str | None, purpose: Purpose
) -> tuple[Question, Token] | None:
    """The question of this challenge, over from now on, whatever the answer turns out to be."""
    token = parse_token(challenge or "")
    question = None if token is None else await store.question(work, token.id, purpose.value)
    if token is None or question is None or not rules.answers(token, question, work.now):
        return None
    return (question, token) if await store.spend_question(work, token.id) else None


async def _prove(
    work: Work, answer: Asserted, challenge: str | None, purpose: Purpose, ip: str
) -> Administrator | None:
    """Whose passkey gave this answer, and verified them; None where nobody's did, which is recorded."""
    taken = await _take(work, challenge, purpose)
    kept = await store.passkey(work, answer.raw_id)
    if taken is None or kept is None:
        await journal.record(work, "administrator.refused", ip=ip, by="passkey")
        return None
    question, token = taken
    asked = rules.ceremony(work.issuer, token, kept.administrator_id)
    asked = replace(asked, user_named=question.administrator_id == kept.administrator_id)
    verdict = PASSKEY.check(kept.state, answer, asked)
    owner = await store.get(work, kept.administrator_id)
    if not isinstance(verdict, Accepted) or not verdict.user_verified or owner is None:
        email = None if owner is None else owner.email
        reason = verdict.reason if isinstance(verdict, Rejected) else "wrong_passkey"
        await journal.record(
            work, "administrator.refused", ip=ip, email=email, by="passkey", reason=reason
        )
        return None
    if not await store.used_passkey(work, kept, verdict.state):
        raise Conflict("lost_race")
    return owner
