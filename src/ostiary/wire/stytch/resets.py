"""Passwords, reset by e-mail."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import Letter, Way
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret, parse_token
from ostiary.terms.time import Seconds

from ..http import Call
from . import answers, session_jwt
from .errors import Said, refusal
from .magic_links import LinkMinutes, attributes, matching
from .otps import EmailSent
from .words import Attributes, Auth, Locale, Options, Text, env_of, reply, spell

MINUTES = 30  # where the application does not say
QUERY = "stytch_token_type=reset_password&token="
LOGIN_QUERY = "stytch_token_type=login&token="
_SPENT = Said(
    401,
    "unable_to_auth_password_reset_token",
    "This link is used, replaced, expired, or none of ours. Send another one.",
)
DEAD = {"link_invalid": _SPENT, "code_superseded": _SPENT}


class StartBody(Struct, frozen=True, kw_only=True):
    email: Text
    reset_password_redirect_url: Text | None = None
    reset_password_expiration_minutes: LinkMinutes | None = None
    login_redirect_url: Text | None = None
    code_challenge: Text | None = None
    attributes: Attributes | None = None
    locale: Locale | None = None


class ResetBody(Auth, frozen=True, kw_only=True):
    token: Text
    password: str
    code_verifier: Text | None = None
    options: Options | None = None


async def start(work: Work, call: Call) -> Response:
    """Send the link by which a new password is chosen."""
    body: StartBody = call.body
    lifetime = Seconds(60 * (body.reset_password_expiration_minutes or MINUTES))
    letter = Letter(
        email=email_address(body.email),
        query=QUERY,
        attributes=attributes(body.attributes),
        challenge=body.code_challenge,
        locale=body.locale,
    )
    page, login = (
        Way(field=field, uri=uri, lifetime=lifetime)
        for field, uri in (
            ("reset_password_redirect_url", body.reset_password_redirect_url),
            ("login_redirect_url", body.login_redirect_url),
        )
    )
    sent = await proving.resets.start(work, letter, page, login, LOGIN_QUERY)
    if isinstance(sent, Refused):
        return refusal(sent, call)
    env = env_of(call)
    user, email = spell("user", env, sent.user_id), spell("email", env, sent.address_id)
    return reply(call, EmailSent(user_id=user, email_id=email))


async def reset(open_work: OpenWork, call: Call) -> Response:
    """A new password, by the secret of that link; every session of the user ends."""
    body: ResetBody = call.body
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    outcome = await proving.resets.reset(
        open_work,
        call.server.crunch,
        parse_token(body.token),
        Secret(body.password),
        wish,
        matching(body.options),
        body.code_verifier,
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call, DEAD)
    async with open_work(reading=True) as work:
        return reply(call, answers.Proved(**await answers.proved(work, call, outcome)))
