"""Users: found by address, shown with what they have, and what may be taken away."""

from starlette.responses import Response

from ostiary.core import administration, credentials, devices, journal, sessions, users
from ostiary.core.journal.model import Filter
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms.assurance import AMR
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Forbidden, Malformed, NotFound
from ostiary.terms.ids import CredentialId, SessionId, UserId

from ..http import see_other
from .doors import HOME, Visit

MOST = 50
USER = f"{HOME}/users/{{id}}"


async def search(work: Work, visit: Visit) -> Response:
    """By e-mail address or phone number, in any spelling; the newest ones where nothing is asked."""
    asked = visit.call.parameters.get("q", "").strip()
    before = visit.call.parameters.get("before")
    if asked:
        found = await _find(work, asked)
    else:
        found = await users.page(work, before=UserId(before) if before else None, most=MOST + 1)
    older = found[MOST - 1].id if len(found) > MOST else ""
    return visit.html("users.html", q=asked, found=found[:MOST], older=older, now=work.now)


async def _find(work: Work, asked: str) -> tuple[User, ...]:
    channel = Channel.EMAIL if "@" in asked else Channel.SMS
    try:
        address = str(email_address(asked) if channel is Channel.EMAIL else phone_number(asked))
    except Malformed:
        found = await users.get(work, UserId(asked))
    else:
        found = await users.by_contact(work, channel, address)
    return () if found is None else (found,)


async def show(work: Work, visit: Visit) -> Response:
    """One person: factors, sessions, devices, what happened lately."""
    user = await users.get(work, id_of(visit))
    if user is None:
        raise NotFound("route_not_found")
    try:
        trusted = await devices.listed(work, user.id)
    except Forbidden:
        trusted = ()
    return visit.html(
        "user.html",
        user=user,
        credentials=await credentials.of_user(work, user.id),
        disabled=await credentials.disabled(work, user.id),
        devices=trusted,
        sessions=[
            (session, [AMR.get(proof.kind, proof.kind) for proof in session.proofs])
            for session in await sessions.living(work, user.id)
        ],
        events=await journal.page(work, Filter(user=user.id), most=10),
        now=work.now,
        saved="saved" in visit.call.parameters,
    )


async def unlock(work: Work, visit: Visit) -> Response:
    """Wrong answers are forgotten."""
    return _back(visit, await administration.unlock(work, id_of(visit)))


async def withdraw(work: Work, visit: Visit) -> Response:
    """Take a factor away, with what it had raised."""
    credential = CredentialId(visit.call.path_values["credential"])
    return _back(visit, await administration.withdraw(work, id_of(visit), credential))


async def end_session(work: Work, visit: Visit) -> Response:
    """One session ends, with every grant given in it."""
    session = SessionId(visit.call.path_values["session"])
    return _back(visit, await administration.end_session(work, id_of(visit), session))


async def end_sessions(work: Work, visit: Visit) -> Response:
    """Log a person out everywhere."""
    if await users.get(work, id_of(visit)) is None:
        raise NotFound("route_not_found")
    await administration.end_sessions(work, id_of(visit))
    return _back(visit, True)


async def forget_device(work: Work, visit: Visit) -> Response:
    """A browser is trusted no longer."""
    await devices.forget(work, id_of(visit), visit.call.path_values["device"])
    return _back(visit, True)


async def forget_devices(work: Work, visit: Visit) -> Response:
    """No browser is trusted any longer."""
    if await users.get(work, id_of(visit)) is None:
        raise NotFound("route_not_found")
    await devices.forget_all(work, id_of(visit))
    return _back(visit, True)


def id_of(visit: Visit) -> UserId:
    return UserId(visit.call.path_values["id"])


def _back(visit: Visit, found: bool) -> Response:
    if not found:
        raise NotFound("route_not_found")
    return see_other(USER.format(id=id_of(visit)))
