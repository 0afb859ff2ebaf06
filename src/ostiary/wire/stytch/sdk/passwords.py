"""Passwords, from a page."""

from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.work import OpenWork
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret

from ...http import Call
from ..answers import Proved
from ..errors import refusal
from ..words import Text
from . import doors, words


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    email: Text
    password: str


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    """Wrong is wrong, whatever is: a stranger is not told who has an account."""
    body: AuthenticateBody = call.body
    async with open_work(reading=True) as work:
        wish = await doors.wish(work, call)
    outcome = await proving.pages.prove_password(
        open_work, call.server.crunch, email_address(body.email), Secret(body.password), wish
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    async with open_work(reading=True) as work:
        return await words.proved(work, call, outcome, Proved)
