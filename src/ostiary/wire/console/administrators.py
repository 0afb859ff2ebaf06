"""Administrators: who they are, who is invited, and one's own passkeys."""

from typing import Any

from starlette.responses import Response

from ostiary.core import operators
from ostiary.core.factors import PASSKEY
from ostiary.core.operators.model import SET_UP_PATH, Removal
from ostiary.core.work import Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Failure, NotFound, Refused

from ..checking import Nonsense, Wrong
from ..http import see_other
from . import answers
from .doors import HOME, SIGN_IN, Visit, forget, status_of, wrongs_of

ADMINISTRATORS = f"{HOME}/administrators"
LONGEST_NAME = 64
_REFUSED = {
    "passkey_exists": "this passkey is somebody’s already",
    "wrong_passkey": "the answer was not what was asked for, or came too late: try again",
}


async def listed(work: Work, visit: Visit) -> Response:
    """Everybody who may come in, who is invited, and one's own passkeys."""
    return await _page(work, visit, done=next(iter(visit.call.parameters), ""))


async def listed_again(work: Work, visit: Visit, failure: Failure) -> Response:
    return await _page(work, visit, failure)


async def invite(work: Work, visit: Visit) -> Response:
    """A set-up link, shown this once: a new administrator, or a new start for one."""
    email = email_address(visit.form.get("email", ""))
    token = await operators.invite(work, email)
    return await _page(work, visit, invited=email, link=f"{work.issuer}{SET_UP_PATH}{token}")


async def uninvite(work: Work, visit: Visit) -> Response:
    """The link is good no longer."""
    await operators.uninvite(work, visit.form.get("email", ""))
    return see_other(f"{ADMINISTRATORS}?uninvited")


async def remove(work: Work, visit: Visit) -> Response:
    """No administrator any more, at once; never the last one."""
    id = visit.call.path_values["id"]
    removal = await operators.remove(work, id)
    if removal is Removal.UNKNOWN:
        raise NotFound("route_not_found")
    if removal is Removal.LAST:
        raise Nonsense(Wrong(path="", message="the last administrator stays: invite another first"))
    if id == visit.session.administrator_id:
        return forget(see_other(SIGN_IN))
    return see_other(f"{ADMINISTRATORS}?removed")


async def begin_passkey(work: Work, visit: Visit) -> Response:
    """The browser is asked for a new passkey."""
    if not operators.passkeys_available(work):
        raise NotFound("route_not_found")
    name = visit.form.get("name", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Nonsense(Wrong(path="name", message=f"has 1 to {LONGEST_NAME} characters"))
    wanted = await operators.ask_for_new_passkey(work, visit.session, name)
    asked = answers.spelled(answers.creation(wanted))
    return visit.html("passkey.html", here=ADMINISTRATORS, label=name, asked=asked)


async def add_passkey(work: Work, visit: Visit) -> Response:
    """The passkey that the browser made."""
    if visit.created is None:
        raise Nonsense(Wrong(path="", message=_REFUSED["wrong_passkey"]))
    refused = await operators.add_passkey(
        work, visit.session, visit.created.answer, visit.created.challenge
    )
    if isinstance(refused, Refused):
        wrong = Nonsense(Wrong(path="", message=_REFUSED.get(refused.reason, refused.reason)))
        return await _page(work, visit, wrong)
    return see_other(f"{ADMINISTRATORS}?added")


async def remove_passkey(work: Work, visit: Visit) -> Response:
    """One of one's own is a way in no longer."""
    if not await operators.remove_passkey(work, visit.session, visit.call.path_values["id"]):
        raise NotFound("route_not_found")
    return see_other(f"{ADMINISTRATORS}?forgotten")


async def _page(work: Work, visit: Visit, failure: Failure | None = None, **more: Any) -> Response:
    own = await operators.passkeys_of(work, visit.session.administrator_id)
    return visit.html(
        "administrators.html",
        200 if failure is None else status_of(failure),
        here=ADMINISTRATORS,
        everyone=await operators.everyone(work),
        open=await operators.invited(work),
        passkeys=[(one, PASSKEY.describe(one.state).name) for one in own],
        available=operators.passkeys_available(work),
        wrongs=() if failure is None else wrongs_of(failure),
        email=visit.form.get("email", "") if failure is not None else "",
        **{"done": "", "invited": "", "link": "", **more},
    )
