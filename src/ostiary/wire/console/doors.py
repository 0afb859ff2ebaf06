"""Who comes in: a session for every page, a form of ours for every change, a fresh code for what matters most."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import operators
from ostiary.core.factors import LONGEST_PASSWORD, PASSWORD
from ostiary.core.operators.model import Session
from ostiary.core.work import Actor, OpenWork, Work
from ostiary.terms.failures import (
    Conflict,
    Failure,
    Forbidden,
    Malformed,
    NotFound,
    Throttled,
    Unauthenticated,
)
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant

from ..checking import Nonsense, Wrong
from ..http import Call, FreeHandler, Handler, MethodNotAllowed, see_other
from . import answers, confirming, rendering
from .answers import Created, Used

HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
CONFIRM = f"{HOME}/confirm"
COOKIE = "__Host-Console"
BROWSER = "__Host-Console-Browser"  # of somebody who is not signed in yet


_TAKEN = {
    "email_taken": "somebody has this address already",
    "phone_taken": "somebody has this number already",
    "client_taken": "there is such a client already",
}


class NotOurForm(Forbidden):
    """Posted from elsewhere, or from a page of a session that is over (SES-9)."""


class Visit(Struct, frozen=True):
    """One request of an administrator's. `kept`: a new password that the form brought, as its factor keeps it.
    `used`, `created`: what a passkey, or the browser, answered."""

    call: Call
    session: Session
    form_secret: str
    now: Instant
    kept: bytes | None = None
    used: Used | None = None
    created: Created | None = None

    @property
    def form(self) -> dict[str, str]:
        body: dict[str, str] = self.call.body or {}
        return body

    def html(self, name: str, status: int = 200, **values: Any) -> Response:
        return rendering.html(name, status, visit=self, csrf=self.form_secret, **values)


Page: TypeAlias = Callable[[Work, Visit], Awaitable[Response]]
Again: TypeAlias = Callable[[Work, Visit, Failure], Awaitable[Response]]


def shown(page: Page, *, sensitive: bool = False) -> Handler:
    """A page for administrators. `sensitive`: only soon after a code (ADM-1)."""

    async def handler(work: Work, call: Call) -> Response:
        visit = await _enter(work, call)
        if sensitive and not operators.confirmed_lately(visit.session, work.now):
            return see_other(f"{CONFIRM}?next={quote(call.request.url.path)}")
        return await page(work, visit)

    handler.__doc__ = page.__doc__  # what the table of routes says of it
    return handler


def done(
    page: Page, *, sensitive: bool = False, hashing: bool = False, again: Again | None = None
) -> FreeHandler:
    """A change by an administrator, from a form of ours.

    `again`: the form as it was typed, with what is wrong with it. `hashing`: it may bring somebody's password.
    """

    async def handler(open_work: OpenWork, call: Call) -> Response:
        brought = await _brought(open_work, call, hashing=hashing)

        async def attempt(failure: Failure | None = None) -> Response:
            async with open_work() as work:
                visit = await _enter_by_form(work, call)
                visit = replace(visit, **brought)
                following: Token | None = None
                if sensitive and not operators.confirmed_lately(visit.session, work.now):
                    confirmed = await confirming.confirm(work, visit)
                    if isinstance(confirmed, Response):
                        return confirmed
                    following = confirmed
                if failure is None or again is None:
                    response = await page(work, visit)
                else:
                    response = await again(work, visit, failure)
                return response if following is None else remember(response, following)

        try:
            return await attempt()
        except (Conflict, Malformed) as failure:
            if again is None or failure.reason == "lost_race":
                raise
            return await attempt(failure)  # the first was rolled back, the confirmation with it

    handler.__doc__ = page.__doc__  # what the table of routes says of it
    return handler


async def _brought(open_work: OpenWork, call: Call, *, hashing: bool) -> dict[str, Any]:
    """What of the form needs a thread, and no unit of work; for nobody but administrators."""
    form: dict[str, str] = call.body
    password = form.get("password", "") if hashing else ""
    if len(password.encode()) > LONGEST_PASSWORD:
        password = ""  # it will be refused
    if not (password or form.get("passkey") or form.get("made")):
        return {}
    async with open_work() as work:
        await _enter_by_form(work, call)
    crunch = call.server.crunch
    return {
        "kept": await crunch(PASSWORD.enrol, password) if password else None,
        "used": await answers.used(crunch, form["passkey"]) if form.get("passkey") else None,
        "created": await answers.created(crunch, form["made"]) if form.get("made") else None,
    }


async def _enter(work: Work, call: Call) -> Visit:
    session = await operators.find(work, call.cookie(COOKIE))
    work.actor = Actor(session.email, call.ip)
    return Visit(call, session, operators.form_secret(work, session.id.encode()), work.now)


async def _enter_by_form(work: Work, call: Call) -> Visit:
    visit = await _enter(work, call)
    check_form(call, visit.form_secret)
    return visit


def wrongs_of(failure: Failure) -> tuple[Wrong, ...]:
    """What a failure says of the form."""
    if isinstance(failure, Nonsense):
        return failure.wrongs
    said = _TAKEN.get(failure.reason) or failure.reason.replace("_", " ")
    message = f"{said}: {failure.detail}" if failure.detail else said
    return (Wrong(path=failure.field or "", message=message),)


def status_of(failure: Failure) -> int:
    return 409 if isinstance(failure, Conflict) else 422


def check_form(call: Call, secret: str) -> None:
    """`NotOurForm` unless this was posted from a page of ours, to whom that page was given."""
    public = urlsplit(call.server.public_url)
    if call.request.headers.get("origin") != f"{public.scheme}://{public.netloc}":
        raise NotOurForm("form_refused")
    body: dict[str, str] = call.body
    if not hmac.compare_digest(body.get("csrf", "").encode(), secret.encode()):
        raise NotOurForm("form_refused")


def local(path: str) -> str:
    """Where to go on, which is a page of ours or the first one."""
    ours = path == HOME or path.startswith((f"{HOME}/", f"{HOME}?"))
    return path if ours and "\\" not in path else HOME


def remember(response: Response, token: Token) -> Response:
    return _cookie(response, COOKIE, str(token))


def forget(response: Response) -> Response:
    return _cookie(response, COOKIE, "", max_age=0)


def recognise(response: Response, browser: Token) -> Response:
    return _cookie(response, BROWSER, str(browser))


def _cookie(response: Response, name: str, value: str, max_age: int | None = None) -> Response:
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="strict"
    )
    return response


class Pages:
    """Whatever goes wrong is a page, too."""

    name = "console"

    def failure(self, failure: Failure | None, call: Call) -> Response:
        if isinstance(failure, Unauthenticated):
            if call.request.method == "GET":
                asked = call.request.url
                target = f"{asked.path}?{asked.query}" if asked.query else asked.path
                return see_other(f"{SIGN_IN}?next={quote(target, safe='/')}")
            return _sorry(401, "You are not signed in", "Your session is over. Sign in again.")
        if isinstance(failure, NotOurForm):
            return _sorry(
                403, "This form is out of date", "Go back, reload the page, and try again."
            )
        if isinstance(failure, NotFound):
            return _sorry(404, "There is nothing here", "It may have been removed meanwhile.")
        if isinstance(failure, MethodNotAllowed):
            return _sorry(405, "This did not work", "The page is there, but not for this.")
        if isinstance(failure, Throttled):
            response = _sorry(429, "Too many requests", "Wait a little.")
            response.headers["retry-after"] = str(failure.retry_after)
            return response
        if failure is None:
            return _sorry(500, "Something broke", "It was our fault, and it is in the log.")
        said = failure.reason.replace("_", " ")
        return _sorry(400, "This did not work", failure.detail or f"{said[:1].upper()}{said[1:]}.")


def _sorry(status: int, title: str, text: str) -> Response:
    return rendering.html("sorry.html", status, visit=None, title=title, text=text)
