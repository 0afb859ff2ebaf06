"""Set-up, sign-in, the code asked for again, sign-out."""

from urllib.parse import urlsplit

from starlette.responses import Response

from ostiary.core import operators, projects
from ostiary.core.factors import PASSWORD, TOTP
from ostiary.core.operators.model import Invitation
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Refused, Throttled
from ostiary.terms.secret import Token, parse_token
from ostiary.terms.time import Seconds

from ..http import Call, json, see_other
from . import answers, confirming, rendering
from .confirming import read_code, wait
from .doors import (
    BROWSER,
    CONFIRM,
    HOME,
    SIGN_IN,
    Visit,
    check_form,
    forget,
    local,
    recognise,
    remember,
)

WRONG = (
    "E-mail, password or code is wrong. A code is good once: wait for the next one if you used it."
)

WRONG_PASSKEY = (
    "This is no administrator’s passkey, or it came too late. Try again, or use password and code."
)


def _browser(work: Work, call: Call) -> tuple[Token, str]:
    """The browser's own cookie, a new one where it has none, and what its forms carry."""
    browser = call.cookie(BROWSER) or work.new_token()
    return browser, operators.form_secret(work, browser.digest)


async def sign_in_page(work: Work, call: Call) -> Response:
    """E-mail, password and code."""
    return _sign_in(work, call)


def _sign_in(work: Work, call: Call, status: int = 200, error: str = "") -> Response:
    browser, csrf = _browser(work, call)
    form: dict[str, str] = call.body or {}
    response = rendering.html(
        "sign_in.html",
        status,
        visit=None,
        csrf=csrf,
        error=error,
        email=form.get("email", ""),
        next=local(form.get("next") or call.parameters.get("next", HOME)),
        available=operators.passkeys_available(work),
    )
    return recognise(response, browser)


async def ask_for_passkey(work: Work, call: Call) -> Response:
    """What a browser is asked, where somebody signs in with a passkey."""
    check_form(call, _browser(work, call)[1])
    wanted = await operators.ask_anybody_for_passkey(work, ip=call.ip)
    if isinstance(wanted, Refused):
        raise Throttled(wanted.reason, wanted.retry_after or Seconds(60))
    return json(answers.request(wanted))


async def _sign_in_by_passkey(open_work: OpenWork, call: Call) -> Response:
    form: dict[str, str] = call.body
    async with open_work() as work:
        check_form(call, _browser(work, call)[1])
    used = await answers.used(call.server.crunch, form["passkey"])
    async with open_work() as work:
        admitted = await operators.sign_in_by_passkey(work, used.answer, used.challenge, ip=call.ip)
        if isinstance(admitted, Refused):
            return _sign_in(work, call, 401, WRONG_PASSKEY)
    return remember(see_other(local(form.get("next", HOME))), admitted[1])


async def sign_in(open_work: OpenWork, call: Call) -> Response:
    """Both factors at once, and which of them was wrong is not told; or a passkey."""
    form: dict[str, str] = call.body
    if form.get("passkey"):
        return await _sign_in_by_passkey(open_work, call)
    email = form.get("email", "").strip().lower()[:320]
    async with open_work() as work:
        check_form(call, _browser(work, call)[1])
        attempt = await operators.approach(work, email, ip=call.ip)
        if isinstance(attempt, Refused):
            return _sign_in(work, call, 429, wait(attempt))
    verdict = await call.server.crunch(operators.prove_password, attempt, form.get("password", ""))
    async with open_work() as work:
        admitted = await operators.admit(work, attempt, verdict, read_code(form))
        if isinstance(admitted, Refused):
            return _sign_in(work, call, 401, WRONG)
    return remember(see_other(local(form.get("next", HOME))), admitted[1])


async def set_up_page(work: Work, call: Call) -> Response:
    """A password and an authenticator app, by a link that is good once."""
    invited = await operators.invitation(work, parse_token(call.path_values["token"]))
    return _dead() if invited is None else await _set_up(work, call, invited)


async def _set_up(
    work: Work, call: Call, invited: Invitation, status: int = 200, error: str = ""
) -> Response:
    import segno  # the picture of a code: drawn here, and nowhere else

    project = await projects.current(work)
    issuer = f"{project.name} console ({urlsplit(work.issuer).hostname})"
    uri = TOTP.uri(invited.secret, account=invited.email, issuer=issuer)
    picture = segno.make(uri, error="m").svg_inline(scale=4, dark="#000", light="#fff", border=3)
    browser, csrf = _browser(work, call)
    spelled = TOTP.spelled(invited.secret)
    response = rendering.html(
        "set_up.html",
        status,
        visit=None,
        csrf=csrf,
        error=error,
        email=invited.email,
        picture=picture,
        secret=" ".join(spelled[i : i + 4] for i in range(0, len(spelled), 4)),
    )
    return recognise(response, browser)


async def set_up(open_work: OpenWork, call: Call) -> Response:
    """Nobody is an administrator before the app's code was right."""
    form: dict[str, str] = call.body
    token, password = parse_token(call.path_values["token"]), form.get("password", "")
    async with open_work() as work:
        check_form(call, _browser(work, call)[1])
        invited = await operators.invitation(work, token)
        if invited is None:
            return _dead()
        policy = (await projects.settings(work)).password
    weak = await call.server.crunch(operators.weakness, password, invited.email, policy)
    if weak is None and password != form.get("again"):
        weak = "The two passwords are not the same."
    kept = b"" if weak else await call.server.crunch(PASSWORD.enrol, password)
    async with open_work() as work:
        if weak is not None:
            return await _set_up(work, call, invited, 422, weak)
        enrolled = await operators.enrol(
            work, token, password=kept, code=read_code(form), ip=call.ip
        )
        if isinstance(enrolled, Refused):
            if enrolled.reason == "link_invalid":
                return _dead()
            late = enrolled.reason == "too_many_attempts"
            said = wait(enrolled) if late else confirming.WRONG_CODE
            return await _set_up(work, call, invited, 429 if late else 422, said)
    return remember(see_other(HOME), enrolled[1])


async def confirm_page(work: Work, visit: Visit) -> Response:
    """Another code, before something that matters."""
    onward = local(visit.call.parameters.get("next", HOME))
    return await confirming.ask(work, visit, CONFIRM, next=onward)


async def confirm(work: Work, visit: Visit) -> Response:
    """The code; then on to where it was asked for."""
    following = await confirming.confirm(work, visit)
    if isinstance(following, Response):
        return following
    return remember(see_other(local(visit.form.get("next", HOME))), following)


async def sign_out(work: Work, visit: Visit) -> Response:
    """The session ends."""
    await operators.sign_out(work, visit.session)
    return forget(see_other(SIGN_IN))


def _dead() -> Response:
    return rendering.html(
        "sorry.html",
        410,
        visit=None,
        title="This link is no longer good",
        text="It was used, it is a day old, or a newer one was made. "
        "On the server, `ostiary console link` makes another.",
    )
