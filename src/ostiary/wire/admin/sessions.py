"""A person's sessions: what was proved in each; and their end."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import administration, projects, sessions
from ostiary.core.sessions.model import Session
from ostiary.core.work import Work
from ostiary.terms.assurance import Acr, AssurancePolicy, Kind, assess
from ostiary.terms.failures import NotFound
from ostiary.terms.ids import SessionId
from ostiary.terms.time import rfc3339

from ..http import Call, json, no_content
from .users import found
from .words import whole


class FactorItem(Struct, frozen=True, kw_only=True):
    credential: str
    type: Kind
    first_proved_at: str
    last_proved_at: str
    ip: str | None


class SessionItem(Struct, frozen=True, kw_only=True):
    id: str
    client: str
    acr: Acr
    amr: tuple[str, ...]
    factors: tuple[FactorItem, ...]
    started_at: str
    seen_at: str
    expires_at: str


async def listed(work: Work, call: Call) -> Response:
    """A person's sessions that still open something, and what was proved in each."""
    user = await found(work, call)
    policy = (await projects.settings(work)).assurance
    return whole(_shown(one, policy) for one in await sessions.living(work, user.id))


async def show(work: Work, call: Call) -> Response:
    """One session."""
    user = await found(work, call)
    one = await sessions.by_id(work, SessionId(call.path_values["sid"]))
    if one is None or one.user_id != user.id:
        raise NotFound("session_not_found")
    return json(_shown(one, (await projects.settings(work)).assurance))


async def remove(work: Work, call: Call) -> Response:
    """End a session and every grant given in it."""
    user = await found(work, call)
    if not await administration.end_session(work, user.id, SessionId(call.path_values["sid"])):
        raise NotFound("session_not_found")
    return no_content()


async def remove_all(work: Work, call: Call) -> Response:
    """Log a person out everywhere."""
    await administration.end_sessions(work, (await found(work, call)).id)
    return no_content()


def _shown(one: Session, policy: AssurancePolicy) -> SessionItem:
    assured = assess(one.proofs, policy)
    return SessionItem(
        id=one.id,
        client=one.client_id,
        acr=assured.acr,
        amr=assured.amr,
        factors=tuple(
            FactorItem(
                credential=proof.credential,
                type=proof.kind,
                first_proved_at=rfc3339(proof.first_at),
                last_proved_at=rfc3339(proof.last_at),
                ip=proof.ip,
            )
            for proof in one.proofs
        ),
        started_at=rfc3339(one.started_at),
        seen_at=rfc3339(one.seen_at),
        expires_at=rfc3339(one.expires_at),
    )
