"""Authenticator apps and their recovery codes."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import projects, proving
from ostiary.core.factors import TOTP
from ostiary.core.proving.model import Authenticated as CoreAuthenticated
from ostiary.core.proving.model import Offered, Wish
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Refused
from ostiary.terms.ids import UserId
from ostiary.terms.time import Seconds

from ..http import Call
from . import answers, session_jwt
from .errors import Said, refusal
from .objects import UserObject, user_object
from .words import Auth, Reply, Text, env_of, reply, spell, user_id

MINUTES = 1440  # how long an app waits for its first code where the application does not say
_WRONG_TOTP = {
    "wrong_code": Said(401, "unable_to_authenticate_totp", "This is not the app's code of now.")
}
_WRONG_RECOVERY_CODE = {
    "wrong_code": Said(
        401, "unable_to_authenticate_recovery_code", "This is none of the codes that are left."
    )
}


class CreateBody(Struct, frozen=True, kw_only=True):
    user_id: Text
    expiration_minutes: Annotated[int, Meta(ge=5, le=1440)] | None = None


class Created(Reply, frozen=True, kw_only=True):
    totp_id: str
    secret: str
    qr_code: str
    recovery_codes: list[str]
    user: UserObject
    user_id: str


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    user_id: Text
    totp_code: Text


class RecoverBody(Auth, frozen=True, kw_only=True):
    user_id: Text
    recovery_code: Text


class Authenticated(answers.Proved, frozen=True, kw_only=True):
    totp_id: str


class RecoveryCodesBody(Struct, frozen=True, kw_only=True):
    user_id: Text


class TotpShown(Struct, frozen=True, kw_only=True):
    totp_id: str
    verified: bool
    recovery_codes: list[str]


class RecoveryCodes(Reply, frozen=True, kw_only=True):
    user_id: str
    totps: list[TotpShown]


async def create(open_work: OpenWork, call: Call) -> Response:
    """A secret for an authenticator app, as text and as a picture, and ten recovery codes."""
    body: CreateBody = call.body
    lifetime = Seconds(60 * (body.expiration_minutes or MINUTES))
    async with open_work() as work:
        offered = await proving.totps.create(work, await user_id(work, body.user_id), lifetime)
        issuer, now = (await projects.current(work)).name, work.now
    env, user = env_of(call), offered.dossier.user
    return reply(
        call,
        Created(
            totp_id=spell("totp", env, offered.id),
            secret=TOTP.spelled(offered.secret),
            qr_code=await call.server.crunch(_picture, offered, issuer),
            recovery_codes=list(offered.codes),
            user=user_object(offered.dossier, env, now),
            user_id=spell("user", env, user.id),
        ),
    )


async def authenticate(work: Work, call: Call) -> Response:
    """A code of the user's app; the first right one activates it."""
    body: AuthenticateBody = call.body
    outcome = await _proved(work, body.user_id, body.totp_code, body, proving.totps.authenticate)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, _WRONG_TOTP)
    return await _answer(work, call, outcome, outcome.proof.credential)


async def recover(work: Work, call: Call) -> Response:
    """One of the user's recovery codes, good once."""
    body: RecoverBody = call.body
    outcome = await _proved(work, body.user_id, body.recovery_code, body, proving.totps.recover)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, _WRONG_RECOVERY_CODE)
    codes = outcome.dossier.credential(outcome.proof.credential)
    return await _answer(work, call, outcome, codes.address if codes else "")


async def recovery_codes(work: Work, call: Call) -> Response:
    """Those that are left of the user's."""
    body: RecoveryCodesBody = call.body
    id, env = await user_id(work, body.user_id), env_of(call)
    return reply(
        call,
        RecoveryCodes(
            user_id=spell("user", env, id),
            totps=[
                TotpShown(
                    totp_id=spell("totp", env, app.id),
                    verified=app.verified,
                    recovery_codes=list(app.codes),
                )
                for app in await proving.totps.listed(work, id)
            ],
        ),
    )


async def _proved(
    work: Work,
    user: str,
    code: str,
    body: Auth,
    prove: Callable[[Work, UserId, str, Wish], Awaitable[CoreAuthenticated | Refused]],
) -> CoreAuthenticated | Refused:
    wish = await session_jwt.wish(work, body)
    return await prove(work, await user_id(work, user), code, wish)


async def _answer(work: Work, call: Call, outcome: CoreAuthenticated, app: str) -> Response:
    fields = await answers.proved(work, call, outcome)
    return reply(call, Authenticated(totp_id=spell("totp", env_of(call), app), **fields))


def _picture(offered: Offered, issuer: str) -> str:
    """What the app reads, as a PNG in a data URI (RFC 2397)."""
    import segno  # when first used: most servers start and end without

    user = offered.dossier.user
    account = user.email or user.phone_number or user.id
    uri = TOTP.uri(offered.secret, account=account, issuer=issuer)
    return str(segno.make(uri, error="m").png_data_uri(scale=4))
