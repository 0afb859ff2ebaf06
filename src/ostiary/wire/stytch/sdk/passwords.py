"""Passwords, from a page."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import accounts, proving
from ostiary.core.accounts.model import Newcomer
from ostiary.core.proving.model import ANYWHERE, Wish
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret, parse_token

from ...http import Call
from ..answers import Proved
from ..errors import refusal
from ..magic_links import LinkMinutes, way
from ..passwords import Created, judged, kept
from ..resets import DEAD, LOGIN_QUERY, MINUTES, QUERY
from ..words import Locale, Text, env_of, spell
from . import doors, magic_links, words
from .words import answer


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    email: Text
    password: str


class CreateBody(words.Proving, frozen=True, kw_only=True):
    email: Text
    password: str


class ExistingBody(words.Proving, frozen=True, kw_only=True):
    email: Text
    existing_password: str
    new_password: str


class SessionBody(words.Proving, frozen=True, kw_only=True):
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


async def create(open_work: OpenWork, call: Call) -> Response:
    """Somebody new with a password, at an address that nobody has proved yet."""
    body: CreateBody = call.body
    async with open_work(reading=True) as work:
        asked = (await doors.wish(work, call)).asked
    newcomer = Newcomer(email=email_address(body.email))
    outcome = await accounts.passwords.sign_up(
        open_work, call.server.crunch, newcomer, Secret(body.password), Wish(asked=asked)
    )
    async with open_work(reading=True) as work:
        [email] = proving.addresses(outcome.dossier)
        id = spell("email", env_of(call), email.id)
        return await words.proved(work, call, outcome, Created, email_id=id)


async def strength(work: Work, call: Call) -> Response:
    """Would this password be taken, and what would make it better?"""
    return answer(call, await judged(work, call.body))


async def reset_by_existing(open_work: OpenWork, call: Call) -> Response:
    """Another password, for who gives the present one; every session of the user ends."""
    body: ExistingBody = call.body
    async with open_work(reading=True) as work:
        wish = await doors.wish(work, call)
    outcome = await proving.pages.replace_password(
        open_work,
        call.server.crunch,
        email_address(body.email),
        Secret(body.existing_password),
        Secret(body.new_password),
        wish,
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    async with open_work(reading=True) as work:
        return await words.proved(work, call, outcome, Proved)


async def reset_by_session(open_work: OpenWork, call: Call) -> Response:
    """Another password, for who proved a moment ago what could also reset it; other sessions end."""
    body: SessionBody = call.body
    async with open_work(reading=True) as work:
        await doors.present(work, call)
        wish = await doors.wish(work, call)
    session, dossier = await proving.passwords.replace_in_session(
        open_work, call.server.crunch, Secret(body.password), wish
    )
    async with open_work(reading=True) as work:
        told = await kept(work, call, session, dossier, doors.secret(call))
    return answer(call, told, told.user)


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
