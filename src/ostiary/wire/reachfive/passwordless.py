"""Codes and links: instead of a password, or for a step-up."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import authorization, clients, login, stepup
from ostiary.core.authorization.model import Answered
from ostiary.core.clients.model import Client
from ostiary.core.login.model import LoggedIn
from ostiary.core.transactions.model import Kind
from ostiary.core.work import Work
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.ids import ClientId
from ostiary.terms.secret import Token, parse_token

from .. import browser, sso, trusted
from ..http import Call, json, no_content, see_other
from . import pages
from .errors import SPEAKER, refusal
from .oauth import with_query
from .words import AuthParameters, Text, asked, channel


class StartBody(AuthParameters, frozen=True, kw_only=True):
    """With `step_up`, everything else but `auth_type` is pinned by that token already."""

    auth_type: Text
    step_up: Text | None = None
    r5_request_token: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None
    action: Text | None = None


class ChallengeStarted(Struct, frozen=True):
    challenge_id: str


class VerifyBody(Struct, frozen=True, kw_only=True):
    """A step-up names its `challenge_id`; a login names the address. `c` is the mobile SDKs' short form."""

    verification_code: Text | None = None
    c: Text | None = None
    challenge_id: Text | None = None
    client_id: Text | None = None
    auth_type: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None
    trust_device: bool | None = None

    @property
    def code(self) -> str:
        code = self.verification_code if self.verification_code is not None else self.c
        if code is None:
            raise Malformed("parameter_missing", field="verification_code")
        return code


class VerifyQuery(AuthParameters, frozen=True, kw_only=True):
    verification_code: Text
    challenge_id: Text | None = None
    auth_type: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None
    trust_device: bool | None = None


class Verified(Struct, frozen=True, kw_only=True):
    """`code`; or, where a second factor must follow a login, `tkn` with `mfa_required`, spelled as an error besides:
    the SDK takes the answer for nothing else, and rejects with all of it."""

    code: str | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    tkn: str | UnsetType = UNSET
    mfa_required: bool | UnsetType = UNSET
    error: str | UnsetType = UNSET
    error_id: str | UnsetType = UNSET
    error_description: str | UnsetType = UNSET
    error_message_key: str | UnsetType = UNSET
    error_user_msg: str | UnsetType = UNSET


async def start(work: Work, call: Call) -> Response:
    """Send a code or a link; again for a new one."""
    body: StartBody = call.body
    asking = await browser.asking(work, call)
    if body.step_up is None:
        return browser.remember(await _start_login(work, call, body, asking), asking)
    sent = await stepup.send(
        work,
        parse_token(body.step_up),
        channel(body.auth_type),
        waiting=parse_token(body.r5_request_token or ""),
        session_secret=sso.read(call),
        locale=call.locale,
        asking=asking,
    )
    if isinstance(sent, Refused):
        return refusal(sent, call)
    return browser.remember(json(ChallengeStarted(str(sent))), asking)


async def _start_login(work: Work, call: Call, body: StartBody, asking: Token | None) -> Response:
    client = await clients.get(work, body.client_id)
    if body.r5_request_token is None:
        request = clients.accept(client, asked(body, ClientId(client.id), body.action))
    else:
        waiting = await authorization.waiting(work, parse_token(body.r5_request_token))
        if isinstance(waiting, Refused):
            return refusal(waiting, call)
        request = waiting
    kind = Kind.LOGIN_LINK if body.auth_type == "magic_link" else Kind.LOGIN_CODE
    on, address = _address(body.auth_type, body.email, body.phone_number)
    refused = await login.passwordless.start(
        work, request, kind, on, address, client=client.id, locale=call.locale, browser=asking
    )
    work.queued.clear()  # a stranger is not told whether there was anything to send (AB-1)
    return no_content() if refused is None else refusal(refused, call)


def _address(auth_type: str, email: str | None, phone: str | None) -> tuple[Channel, str]:
    if auth_type == "sms":
        if not phone:
            raise Malformed("parameter_missing", field="phone_number")
        return Channel.SMS, phone_number(phone)
    if auth_type in ("magic_link", "email"):
        if not email:
            raise Malformed("parameter_missing", field="email")
        return Channel.EMAIL, email_address(email)
    raise Malformed("parameter_invalid", field="auth_type", detail="magic_link, email or sms")


def _of_login(body: VerifyBody | VerifyQuery) -> tuple[Channel, str]:
    """Mobile SDKs name the address alone."""
    auth_type = body.auth_type or ("sms" if body.phone_number else "email")
    return _address(auth_type, body.email, body.phone_number)


async def check(work: Work, call: Call) -> Response:
    """Is this the code? It stays good: the SDK sends it again to be redeemed."""
    body: VerifyBody = call.body
    if body.challenge_id is not None:
        checked: Any = await stepup.check(
            work, parse_token(body.challenge_id), body.code, ip=call.ip
        )
    else:
        on, address = _of_login(body)
        checked = await login.passwordless.check(work, on, address, body.code, ip=call.ip)
    return refusal(checked, call) if isinstance(checked, Refused) else no_content()


async def verify(work: Work, call: Call) -> Response:
    """Take the code back; answer the request that it was asked for with."""
    body: VerifyBody = call.body
    outcome = await _redeem(work, call, body.challenge_id, body, body.code)
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    if isinstance(outcome, LoggedIn):
        needed = SPEAKER.fields(Refused("mfa_required"), call)
        return json(Verified(tkn=str(outcome.tkn), mfa_required=True, **needed))
    verified = Verified(code=outcome.code, iss=work.issuer, state=outcome.request.state or UNSET)
    response = sso.remember(json(verified), outcome)
    # only a step-up's code makes a browser trusted: it has seen two factors there
    asked = body.trust_device and body.challenge_id is not None
    return await trusted.trust(work, call, response, outcome.user_id, asked)


async def verify_by_redirect(work: Work, call: Call) -> Response:
    """The same as a navigation: the answer, or the error, goes to the redirect URI."""
    query: VerifyQuery = call.body
    outcome = await _redeem(work, call, query.challenge_id, query, query.verification_code)
    if isinstance(outcome, Answered) and outcome.request.redirect_uri is not None:
        parameters = {"code": outcome.code, "iss": work.issuer}
        if outcome.request.state is not None:
            parameters["state"] = outcome.request.state
        response = see_other(with_query(outcome.request.redirect_uri, parameters))
        sso.remember(response, outcome)
        asked_for = query.trust_device and query.challenge_id is not None
        return await trusted.trust(work, call, response, outcome.user_id, asked_for)
    refused = outcome if isinstance(outcome, Refused) else Refused("mfa_required")
    told = {**SPEAKER.fields(refused, call), "iss": work.issuer}
    target, state = await _listed(work, query), query.state
    if isinstance(outcome, LoggedIn):
        told |= {"tkn": str(outcome.tkn), "mfa_required": "true"}
        if outcome.request is not None and outcome.request.client_id == outcome.client_id:
            target, state = outcome.request.redirect_uri, outcome.request.state
    if target is None:
        return pages.refusal(refused, call)
    return see_other(with_query(target, told if state is None else {**told, "state": state}))


async def _listed(work: Work, query: VerifyQuery) -> str | None:
    """The redirect URI of the query, if its client has registered it."""
    if query.client_id is None or query.redirect_uri is None:
        return None
    client: Client = await clients.get(work, query.client_id)
    return query.redirect_uri if query.redirect_uri in client.redirect_uris else None


async def _redeem(
    work: Work, call: Call, challenge_id: str | None, body: VerifyBody | VerifyQuery, code: str
) -> Answered | LoggedIn | Refused:
    secret = sso.read(call)
    if challenge_id is not None:
        return await authorization.complete_step_up(
            work, parse_token(challenge_id), code, session_secret=secret, ip=call.ip
        )
    on, address = _of_login(body)
    proved = await login.passwordless.verify(
        work, on, address, code, client_id=body.client_id, ip=call.ip
    )
    if isinstance(proved, Refused):
        return proved
    return await authorization.complete_login(work, proved, session_secret=secret, ip=call.ip)
