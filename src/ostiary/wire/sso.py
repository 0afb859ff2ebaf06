"""The SSO cookie: the session's secret, in the browser's keeping (SES-4)."""

from starlette.responses import Response

from ostiary.core.authorization.model import Answered
from ostiary.terms.secret import Token

from .http import Call

NAME = "__Host-Session"


def read(call: Call) -> Token | None:
    return call.cookie(NAME)


def remember(response: Response, answered: Answered, max_age: int | None) -> Response:
    """Set the cookie where the session has a new secret; without `max_age` it ends with the browser."""
    if answered.session_secret is not None:
        response.set_cookie(
            NAME,
            str(answered.session_secret),
            max_age=max_age if answered.persistent else None,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
    return response


def forget(response: Response) -> Response:
    response.set_cookie(NAME, "", max_age=0, path="/", secure=True, httponly=True, samesite="lax")
    return response
