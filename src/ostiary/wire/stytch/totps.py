"""Authenticator apps and their recovery codes."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import projects, proving
from ostiary.core.factors import TOTP
from ostiary.core.proving.model import Authenticated as CoreAuthenticated
from ostiary.core.proving.model import Offered, Wish
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Refused
from ostiary.terms.ids import UserId
from ostiary.terms.time import Instant, Seconds

from ..http import Call
from . import answers, session_jwt
from .errors import Said, refusal
from .objects import UserObject, user_object
from .words import Auth, Reply, Text, env_of, reply, spell, user_id

MINUTES = 1440  # how long an app waits for its first code where the application does not say
WRONG_TOTP = {
    "wrong_code": Said(401, "unable_to_authenticate_totp", "This is not the app's code of now.")
}
WRONG_RECOVERY_CODE = {
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


class Offer(NamedTuple):
    offered: Offered
    issuer: str
    now: Instant


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
    async with open_work() as work:
        user = await user_id(work, body.user_id)
        offered = await offer(work, user, body.expiration_minutes)
    return reply(call, await created(call, offered))


async def offer(work: Work, user: UserId, minutes: int | None) -> Offer:
    lifetime = Seconds(60 * (minutes or MINUTES))
    offered = await proving.totps.create(work, user, lifetime)
    return Offer(offered, (await projects.current(work)).name, work.now)


async def created(call: Call, offer: Offer) -> Created:
    """Drawing takes its time, and belongs outside the unit of work."""
    env, offered = env_of(call), offer.offered
    return Created(
        totp_id=spell("totp", env, offered.id),
        secret=TOTP.spelled(offered.secret),
        qr_code=await call.server.crunch(_picture, offered, offer.issuer),
        recovery_codes=list(offered.codes),
        user=user_object(offered.dossier, env, offer.now),
        user_id=spell("user", env, offered.dossier.user.id),
    )


async def authenticate(work: Work, call: Call) -> Response:
    """A code of the user's app; the first right one activates it."""
    body: AuthenticateBody = call.body
    outcome = await _proved(work, body.user_id, body.totp_code, body, proving.totps.authenticate)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, WRONG_TOTP)
    return await _answer(work, call, outcome, outcome.proof.credential)


async def recover(work: Work, call: Call) -> Response:
    """One of the user's recovery codes, good once."""
    body: RecoverBody = call.body
    outcome = await _proved(work, body.user_id, body.recovery_code, body, proving.totps.recover)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, WRONG_RECOVERY_CODE)
    return await _answer(work, call, outcome, app_of(outcome))


def app_of(outcome: CoreAuthenticated) -> str:
    """The app that a recovery code stood in for."""
    codes = outcome.dossier.credential(outcome.proof.credential)
    return codes.address if codes else ""


async def recovery_codes(work: Work, call: Call) -> Response:
    """Those that are left of the user's."""
    body: RecoveryCodesBody = call.body
    id, env = await user_id(work, body.user_id), env_of(call)
    return reply(
        call,
        RecoveryCodes(
            user_id=spell("user", env, id),
            totps=await shown(work, call, id),
        ),
    )


async def shown(work: Work, call: Call, user: UserId) -> list[TotpShown]:
    return [
        TotpShown(
            totp_id=spell("totp", env_of(call), app.id),
            verified=app.verified,
            recovery_codes=list(app.codes),
        )
        for app in await proving.totps.listed(work, user)
    ]


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
