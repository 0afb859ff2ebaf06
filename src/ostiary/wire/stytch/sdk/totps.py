"""Authenticator apps of who is logged in. A second factor, so that there is always a session."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import Authenticated as Outcome
from ostiary.core.work import OpenWork, Work
from ostiary.terms.assurance import Kind
from ostiary.terms.failures import Refused

from ...http import Call
from ..errors import Said, refusal
from ..totps import (
    WRONG_RECOVERY_CODE,
    WRONG_TOTP,
    Authenticated,
    RecoveryCodes,
    app_of,
    created,
    offer,
    shown,
)
from ..words import Text, env_of, spell
from . import doors, words
from .words import answer


class CreateBody(Struct, frozen=True, kw_only=True):
    expiration_minutes: Annotated[int, Meta(ge=5, le=1440)] | None = None


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    totp_code: Text


class RecoverBody(words.Proving, frozen=True, kw_only=True):
    recovery_code: Text


class RecoveryCodesBody(Struct, frozen=True, kw_only=True):
    """Nothing: whose they are is in the authorization."""


async def create(open_work: OpenWork, call: Call) -> Response:
    """A secret for an app, for who has proved enough to add one."""
    body: CreateBody = call.body
    async with open_work() as work:
        session = await doors.guarded(work, call, adding=Kind.TOTP)
        offered = await offer(work, session.user_id, body.expiration_minutes)
    told = await created(call, offered)
    return answer(call, told, told.user)


async def authenticate(work: Work, call: Call) -> Response:
    """A code of the visitor's app; the first right one activates it."""
    body: AuthenticateBody = call.body
    session = await doors.present(work, call)
    wish = await doors.wish(work, call)
    outcome = await proving.totps.authenticate(work, session.user_id, body.totp_code, wish)
    return await _proved(work, call, outcome, WRONG_TOTP)


async def recover(work: Work, call: Call) -> Response:
    """One of the visitor's recovery codes, good once."""
    body: RecoverBody = call.body
    session = await doors.present(work, call)
    wish = await doors.wish(work, call)
    outcome = await proving.totps.recover(work, session.user_id, body.recovery_code, wish)
    return await _proved(work, call, outcome, WRONG_RECOVERY_CODE)


async def recovery_codes(work: Work, call: Call) -> Response:
    """Those that are left, for who has proved enough to see what stands in for a factor."""
    session = await doors.guarded(work, call)
    told = RecoveryCodes(
        user_id=spell("user", env_of(call), session.user_id),
        totps=await shown(work, call, session.user_id),
    )
    return answer(call, told)


async def _proved(
    work: Work, call: Call, outcome: Outcome | Refused, wrong: dict[str, Said]
) -> Response:
    if isinstance(outcome, Refused):
        return refusal(outcome, call, wrong)
    app = app_of(outcome) or outcome.proof.credential
    id = spell("totp", env_of(call), app)
    return await words.proved(work, call, outcome, Authenticated, totp_id=id)
