"""Start a session, find it by its secret, raise it by a proof, end it."""

from msgspec.structs import replace

from ostiary.terms.assurance import Proof, with_proof
from ostiary.terms.failures import Conflict
from ostiary.terms.ids import ClientId, CredentialId, SessionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds, after

from .. import journal, projects
from ..work import Work
from . import rules, store
from .model import Session

TRANSIENT = Seconds(86_400)  # an SSO session that was not asked to persist lives a day at most


async def start(
    work: Work,
    user: UserId,
    client: ClientId,
    proofs: tuple[Proof, ...],
    *,
    persistent: bool,
    ip: str | None = None,
) -> tuple[Session, Token]:
    lifetime = (await projects.settings(work)).sessions.sso_lifetime
    if not persistent:
        lifetime = min(lifetime, TRANSIENT)
    secret = work.new_token()
    session = Session(
        id=SessionId(secret.id),
        user_id=user,
        client_id=client,
        digest=secret.digest,
        proofs=proofs,
        started_at=work.now,
        seen_at=work.now,
        lifetime=Seconds(lifetime),
        expires_at=after(work.now, Seconds(lifetime)),
    )
    await store.add(work, session)
    await journal.record(
        work, "session.started", user=user, client=client, ip=ip, session=session.id
    )
    return session, secret


async def find(work: Work, secret: Token | None) -> Session | None:
    """The living session that this secret opens."""
    if secret is None:
        return None
    session = await by_id(work, SessionId(secret.id))
    return session if session is not None and secret.opens(session.digest) else None


async def by_id(work: Work, id: SessionId | None) -> Session | None:
    """The living session of this id. Not for what a stranger sends: an id is no secret."""
    session = None if id is None else await store.get(work, id)
    if session is None:
        return None
    idle = Seconds((await projects.settings(work)).sessions.idle)
    return session if rules.alive(session, work.now, idle) else None


async def living(work: Work, user: UserId) -> tuple[Session, ...]:
    """The user's sessions that still open something, newest first."""
    idle = Seconds((await projects.settings(work)).sessions.idle)
    found = await store.unended(work, user)
    return tuple(session for session in found if rules.alive(session, work.now, idle))


async def add_proof(
    work: Work, session: Session, proof: Proof, *, ip: str | None = None
) -> tuple[Session, Token]:
    """The session, raised, under a new secret; the old one is dead at once (SES-2)."""
    secret = work.new_token(session.id)
    raised = replace(
        session,
        proofs=with_proof(session.proofs, proof),
        digest=secret.digest,
        seen_at=work.now,
        expires_at=after(work.now, session.lifetime),
    )
    if not await store.raise_to(work, session, raised.proofs, raised.digest, raised.expires_at):
        raise Conflict("lost_race")
    await journal.record(
        work, "session.raised", user=session.user_id, ip=ip, session=session.id, kind=proof.kind
    )
    return raised, secret


async def renew(work: Work, session: Session) -> None:
    """Each use keeps an SSO session alive for its whole lifetime again."""
    await store.renew(work, session.id, after(work.now, session.lifetime))


async def end(work: Work, session: Session, *, ip: str | None = None) -> None:
    if await store.end(work, session.id):
        await journal.record(work, "session.ended", user=session.user_id, ip=ip, session=session.id)


async def drop_proof(work: Work, user: UserId, credential: CredentialId) -> None:
    """What a removed credential had raised is raised no longer; without any proof left a session ends (SES-6)."""
    for session in await store.of_user(work, user):
        left = tuple(proof for proof in session.proofs if proof.credential != credential)
        if not left:
            await store.end(work, session.id)
        elif left != session.proofs:
            await store.keep_proofs(work, session.id, left)
