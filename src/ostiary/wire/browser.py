"""The browser that asks for a link, so that no other one is logged in by it (ML-3).

Mail scanners press buttons, too. A page of our own site can keep a cookie, and browsers say that it is one
(Fetch Metadata, `Sec-Fetch-Site`); whoever else asks gets a link that works anywhere.
"""

from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.work import Work
from ostiary.terms.secret import Token

from .http import Call

NAME = "__Host-Browser"
LIFETIME = 3600  # seconds: no link of ours that logs in lives as long
_KEEPS_COOKIES = ("same-origin", "same-site")


def read(call: Call) -> Token | None:
    return call.cookie(NAME)


async def asking(work: Work, call: Call) -> Token | None:
    """The browser's own token, its present one or a new one; None where it could not keep any.

    Without SSO the SDK lets no cookie through.
    """
    if call.request.headers.get("sec-fetch-site") not in _KEEPS_COOKIES:
        return None
    if not (await projects.settings(work)).features.sso:
        return None
    return read(call) or work.new_token()


def remember(response: Response, browser: Token | None) -> Response:
    if browser is not None:
        response.set_cookie(
            NAME,
            str(browser),
            max_age=LIFETIME,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
    return response
