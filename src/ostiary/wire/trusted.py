"""The trusted-device cookie: a random reference, and nothing that could be made at home (TD-1)."""

from starlette.responses import Response

from ostiary.core import devices, projects
from ostiary.core.work import Work
from ostiary.terms.ids import UserId
from ostiary.terms.secret import Token

from .http import Call

NAME = "__Host-trusted-device-id"


def read(call: Call) -> Token | None:
    return call.cookie(NAME)


async def trust(
    work: Work, call: Call, response: Response, user: UserId, asked: bool | None
) -> Response:
    """The response, with the cookie where the person asked for this browser to be trusted."""
    if not asked:
        return response
    secret = await devices.trust(
        work,
        user,
        ip=call.ip,
        country=call.country,
        user_agent=call.request.headers.get("user-agent"),
    )
    lifetime = (await projects.settings(work)).mfa.trusted_devices.lifetime
    return keep(response, secret, lifetime)


def keep(response: Response, secret: Token | None, lifetime: int) -> Response:
    if secret is not None:
        response.set_cookie(
            NAME,
            str(secret),
            max_age=lifetime,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
    return response
