"""Codes for a step-up: send one, take it back."""

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import authorization, projects, stepup
from ostiary.core.work import Work
from ostiary.terms.failures import Refused
from ostiary.terms.secret import parse_token

from .. import sso
from ..http import Call, json
from .errors import refusal
from .words import Text, channel


class StartBody(Struct, frozen=True, kw_only=True):
    """What mobile SDKs send besides (`client_id`, `redirect_uri` …) is pinned by the step-up token already."""

    auth_type: Text
    step_up: Text


class ChallengeStarted(Struct, frozen=True):
    challenge_id: str


class VerifyBody(Struct, frozen=True, kw_only=True):
    challenge_id: Text
    verification_code: Text
    trust_device: bool | None = None


class Verified(Struct, frozen=True, kw_only=True):
    code: str
    iss: str
    state: str | UnsetType = UNSET


async def start(work: Work, call: Call) -> Response:
    """Send a code for this step-up; again with the same token for a new one."""
    body: StartBody = call.body
    sent = await stepup.send(
        work,
        parse_token(body.step_up),
        channel(body.auth_type),
        session_secret=sso.read(call),
        locale=call.request.headers.get("custom-locale"),
    )
    if isinstance(sent, Refused):
        return refusal(sent, call)
    return json(ChallengeStarted(str(sent)))


async def verify(work: Work, call: Call) -> Response:
    """Take the code back; answer the authorization request that the step-up began with."""
    body: VerifyBody = call.body
    answered = await authorization.complete_step_up(
        work,
        parse_token(body.challenge_id),
        body.verification_code,
        session_secret=sso.read(call),
        ip=call.ip,
    )
    if isinstance(answered, Refused):
        return refusal(answered, call)
    verified = Verified(code=answered.code, iss=work.issuer, state=answered.request.state or UNSET)
    lifetime = (await projects.settings(work)).sessions.sso_lifetime
    return sso.remember(json(verified), answered, lifetime)
