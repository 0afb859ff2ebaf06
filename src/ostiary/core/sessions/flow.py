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
from .model import AS_IT_IS, Asked, Session

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
    return await _start(work, user, client, proofs, Asked(lifetime=Seconds(lifetime)), True, ip)


async def start_asked(
    work: Work,
    user: UserId,
    client: ClientId,
    proofs: tuple[Proof, ...],
    asked: Asked,
) -> tuple[Session, Token]:
    """A session that an application keeps: it lives as long as it was asked to, and use prolongs nothing."""
    return await _start(work, user, client, proofs, asked, False, None)


async def _start(
    work: Work,
    user: UserId,
    client: ClientId,
    proofs: tuple[Proof, ...],
    asked: Asked,
    prolonged: bool,
    ip: str | None,
) -> tuple[Session, Token]:
    lifetime = asked.lifetime or Seconds(0)
    secret = work.new_token()
    session = Session(
        id=SessionId(secret.id),
        user_id=user,
        client_id=client,
        digest=secret.digest,
        proofs=proofs,
        started_at=work.now,
        seen_at=work.now,
        lifetime=lifetime if prolonged else Seconds(0),
        expires_at=after(work.now, lifetime),
        ip=asked.ip,
        user_agent=asked.user_agent,
        claims=rules.claimed(b"{}", asked.claims),
    )
    await store.add(work, session)
    await journal.record(
        work, "session.started", user=user, client=client, ip=ip or asked.ip, session=session.id
    )
    return session, secret


async def find(work: Work, secret: Token | None) -> Session | None:
    """The living session that this secret opens."""
    if secret is None:
        return None
    session = await by_id(work, SessionId(secret.id))
    if session is None or not rules.opened_by(session, secret, work.now):
        return None
    return session


async def of_generation(work: Work, id: SessionId, generation: str) -> Session | None:
    """The living session of this id, while the secret that this names opens it."""
    session = await by_id(work, id)
    if session is None or not rules.is_of_generation(session, generation, work.now):
        return None
    return session


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
    work: Work,
    session: Session,
    proof: Proof,
    *,
    asked: Asked = AS_IT_IS,
    ip: str | None = None,
) -> tuple[Session, Token]:
    """The session, raised, under a new secret; the old one is dead at once, or after the settings' grace (SES-2)."""
    grace = (await projects.settings(work)).sessions.superseded_grace
    secret = work.new_token(session.id)
    raised = replace(
        session,
        proofs=with_proof(session.proofs, proof),
        digest=secret.digest,
        seen_at=work.now,
        expires_at=rules.until(session, work.now, asked.lifetime),
        former_digest=session.digest,
        former_until=after(work.now, Seconds(grace)) if grace else None,
        claims=rules.claimed(session.claims, asked.claims),
    )
    if not await store.raise_to(work, session, raised):
        raise Conflict("lost_race")
    await journal.record(
        work, "session.raised", user=session.user_id, ip=ip, session=session.id, kind=proof.kind
    )
    return raised, secret


async def renew(work: Work, session: Session) -> None:
    """Each use keeps an SSO session alive for its whole lifetime again."""
    await store.renew(work, session.id, rules.until(session, work.now, None))


async def use(work: Work, session: Session, asked: Asked) -> Session:
    """The session, seen now, with what is asked for it; under the same secret."""
    lifetime = asked.lifetime
    used = replace(
        session,
        seen_at=work.now,
        expires_at=session.expires_at if lifetime is None else after(work.now, lifetime),
        claims=rules.claimed(session.claims, asked.claims),
    )
    await store.used(work, used)
    return used


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
