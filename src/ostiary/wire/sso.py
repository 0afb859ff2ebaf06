"""The SSO cookie: the session's secret, in the browser's keeping (SES-4)."""

from starlette.responses import Response

from ostiary.core.authorization.model import Answered
from ostiary.terms.secret import Token

from .http import Call

NAME = "__Host-Session"


def read(call: Call) -> Token | None:
    return call.cookie(NAME)


def remember(response: Response, answered: Answered) -> Response:
    """The cookie lives as long as the session does: renewed by each use, a day where not asked to persist."""
    response.set_cookie(
        NAME,
        str(answered.session_secret),
        max_age=answered.session_lifetime,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response


def forget(response: Response) -> Response:
    response.set_cookie(NAME, "", max_age=0, path="/", secure=True, httponly=True, samesite="lax")
    return response
