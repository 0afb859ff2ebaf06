"""Both verbs of the link page."""

from urllib.parse import urlencode

from starlette.responses import Response

from ostiary.core import (
    authorization,
    challenges,
    clients,
    enrolment,
    login,
    messages,
    profile,
)
from ostiary.core.authorization.model import Answered
from ostiary.core.challenges.model import LINK_PATH, Challenge
from ostiary.core.clients.model import AuthorizationRequest
from ostiary.core.transactions.model import Kind, Transaction
from ostiary.core.work import Work
from ostiary.terms.failures import Failure, Refused
from ostiary.terms.secret import parse_token

from .. import browser, sso
from ..http import Call, Dialect, Endpoint, Server, see_other
from ..page import language_of, page
from . import texts


class Pages:
    """Whatever goes wrong is a page, too."""

    name = "links"

    def failure(self, failure: Failure | None, call: Call) -> Response:
        text = texts.NOT_NOW[language_of(call)]
        return page(call, text.title, text.text, status=500 if failure is None else 400)


async def show(work: Work, call: Call) -> Response:
    """What the button will do. Mail scanners and previews may look as often as they like."""
    found = await _found(work, call)
    language = language_of(call)
    text = None if isinstance(found, Refused) else texts.of(found[1].kind, language)
    if isinstance(found, Refused):
        return _refused(found, call)
    if text is None:
        return _dead(call)
    client = await clients.get(work, found[1].client_id)
    return page(call, text.title, text.text.format(client=client.name), button=text.button)


async def follow(work: Work, call: Call) -> Response:
    """Do it, once; then on to the application."""
    found = await _found(work, call)
    if isinstance(found, Refused):
        return _refused(found, call)
    challenge, transaction = found
    target = await _target(work, challenge, transaction)
    match transaction.kind:
        case Kind.STEP_UP:
            outcome = await authorization.complete_step_up_by_link(
                work, challenge, transaction, session_secret=sso.read(call), ip=call.ip
            )
            return await _on(work, call, target, outcome)
        case Kind.LOGIN_LINK:
            proved = await login.passwordless.verify_link(work, challenge, transaction, ip=call.ip)
            if isinstance(proved, Refused):
                return await _on(work, call, target, proved)
            answered = await authorization.complete_login(
                work, proved, session_secret=sso.read(call), ip=call.ip
            )
            if isinstance(answered, Answered):
                return await _on(work, call, target, answered)
            further = {"tkn": str(answered.tkn), "mfa_required": "true", "iss": work.issuer}
            return _to(target, further | _state(answered.request), call)
        case Kind.ENROL_EMAIL:
            enabled = await enrolment.verify_link(work, challenge, transaction, ip=call.ip)
            return _dead(call) if isinstance(enabled, Refused) else _to(target, {}, call)
        case Kind.VERIFY_EMAIL:
            refused = await profile.verify_link(work, challenge, transaction, ip=call.ip)
            return _dead(call) if refused is not None else _to(target, {}, call)
        case _:
            return _dead(call)


async def _found(work: Work, call: Call) -> tuple[Challenge, Transaction] | Refused:
    token = parse_token(call.path_values["token"])
    return await challenges.find_by_link(work, token, browser=browser.read(call))


async def _target(work: Work, challenge: Challenge, transaction: Transaction) -> str | None:
    """The template's own page, else the one the application asked for; registered ones only (ML-7)."""
    terms = await messages.terms_of(work, challenge.purpose, challenge.channel, ())
    asked = transaction.request.redirect_uri if transaction.request else None
    target = terms.redirect_url or asked
    links = (await clients.registry(work)).links
    return target if target in links else None


async def _on(work: Work, call: Call, target: str | None, outcome: Answered | Refused) -> Response:
    if isinstance(outcome, Refused):
        return _dead(call)
    parameters = {"code": outcome.code, "iss": work.issuer} | _state(outcome.request)
    return sso.remember(_to(target, parameters, call), outcome)


def _state(request: AuthorizationRequest | None) -> dict[str, str]:
    return {} if request is None or request.state is None else {"state": request.state}


def _to(target: str | None, parameters: dict[str, str], call: Call) -> Response:
    if target is None:
        text = texts.DONE[language_of(call)]
        return page(call, text.title, text.text)
    if not parameters:
        return see_other(target)
    separator = "&" if "?" in target else "?"
    return see_other(f"{target}{separator}{urlencode(parameters)}")


def _refused(refused: Refused, call: Call) -> Response:
    """Where it is the wrong browser nothing was done, and the right one goes on (ML-3)."""
    if refused.reason != "link_elsewhere":
        return _dead(call)
    text = texts.ELSEWHERE[language_of(call)]
    return page(call, text.title, text.text, status=403)


def _dead(call: Call) -> Response:
    text = texts.DEAD[language_of(call)]
    return page(call, text.title, text.text, status=410)


def dialect(server: Server) -> Dialect:
    path = f"{LINK_PATH}{{token}}"
    return Dialect(
        server,
        Pages(),
        (
            Endpoint(method="GET", path=path, handler=show, cors=False),
            Endpoint(method="POST", path=path, handler=follow, cors=False),
        ),
    )
