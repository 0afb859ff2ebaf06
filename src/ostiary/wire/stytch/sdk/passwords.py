"""Passwords, from a page."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import ANYWHERE
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret, parse_token

from ...http import Call
from ..answers import Proved
from ..errors import refusal
from ..magic_links import LinkMinutes, Locale, way
from ..resets import DEAD, LOGIN_QUERY, MINUTES, QUERY
from ..words import Text
from . import doors, magic_links, words


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    email: Text
    password: str


class StartResetBody(Struct, frozen=True, kw_only=True):
    """With a code challenge: the link works in the browser that asked for it (ML-3)."""

    email: Text
    code_challenge: Text
    reset_password_redirect_url: Text | None = None
    reset_password_expiration_minutes: LinkMinutes | None = None
    login_redirect_url: Text | None = None
    locale: Locale | None = None


class ResetBody(words.Proving, frozen=True, kw_only=True):
    token: Text
    password: str
    code_verifier: Text | None = None


async def start_reset(work: Work, call: Call) -> Response:
    """Send whoever has this address a link by which to choose a new password."""
    body: StartResetBody = call.body
    minutes = body.reset_password_expiration_minutes or MINUTES
    written = magic_links.letter(call, body.email, QUERY, body.code_challenge, body.locale)
    page = way("reset_password_redirect_url", body.reset_password_redirect_url, minutes)
    login = way("login_redirect_url", body.login_redirect_url, minutes)
    outcome = await proving.pages.start_reset(work, written, page, login, LOGIN_QUERY)
    return magic_links.sent(call, outcome)


async def reset(open_work: OpenWork, call: Call) -> Response:
    """A new password, by the secret of that link; every session of the user ends."""
    body: ResetBody = call.body
    async with open_work(reading=True) as work:
        wish = await doors.wish(work, call)
    outcome = await proving.resets.reset(
        open_work,
        call.server.crunch,
        parse_token(body.token),
        Secret(body.password),
        wish,
        ANYWHERE,
        body.code_verifier,
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call, DEAD)
    async with open_work(reading=True) as work:
        return await words.proved(work, call, outcome, Proved)


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
