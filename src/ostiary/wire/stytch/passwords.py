"""Passwords."""

from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.work import OpenWork
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret

from ..http import Call
from . import answers, session_jwt
from .errors import refusal
from .words import Auth, Text, reply


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    email: Text
    password: str


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    body: AuthenticateBody = call.body
    email, password = email_address(body.email), Secret(body.password)
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    crunch = call.server.crunch
    outcome = await proving.passwords.authenticate(open_work, crunch, email, password, wish)
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    async with open_work(reading=True) as work:
        return reply(call, answers.Proved(**await answers.proved(work, call, outcome)))
