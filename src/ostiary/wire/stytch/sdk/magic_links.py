"""Links by e-mail, from a page. Each has a code challenge: it works in the browser that asked for it (ML-3)."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import ANYWHERE, Attributes, Letter, Sent, Way
from ostiary.core.work import Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused

from ...http import Call
from ..errors import refusal
from ..magic_links import (
    DEAD,
    LOGIN,
    QUERY,
    SIGNUP,
    Authenticated,
    LinkMinutes,
    method_of,
    opened,
    way,
)
from ..words import Locale, Reply, Text
from . import doors, words
from .words import answer


class SendBody(Struct, frozen=True, kw_only=True):
    email: Text
    code_challenge: Text
    login_magic_link_url: Text | None = None
    signup_magic_link_url: Text | None = None
    login_expiration_minutes: LinkMinutes | None = None
    signup_expiration_minutes: LinkMinutes | None = None
    locale: Locale | None = None


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    token: Text
    code_verifier: Text | None = None


async def send(work: Work, call: Call) -> Response:
    """To whoever has this address; nobody's is answered like somebody's."""
    return sent(call, await proving.pages.send_link(work, _letter(call), *_ways(call)))


async def send_to_own(work: Work, call: Call) -> Response:
    """To an address of who is logged in, which is added where it is new."""
    session = await doors.present(work, call)
    pages = proving.pages
    return sent(call, await pages.send_link_to_own(work, _letter(call), *_ways(call), session))


async def send_or_create(work: Work, call: Call) -> Response:
    """To whoever has this address: a new user where nobody has."""
    found = await proving.links.send_or_create(work, _letter(call), *_ways(call), pending=False)
    return sent(call, found)


async def authenticate(work: Work, call: Call) -> Response:
    """The secret of a link; good once."""
    body: AuthenticateBody = call.body
    wish = await doors.wish(work, call)
    outcome = await opened(work, body.token, wish, ANYWHERE, body.code_verifier)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, DEAD)
    method = method_of(call, outcome)
    return await words.proved(
        work, call, outcome, Authenticated, method_id=method, reset_sessions=outcome.reset
    )


def letter(call: Call, email: str, query: str, challenge: str, locale: str | None) -> Letter:
    return Letter(
        email=email_address(email),
        query=query,
        attributes=Attributes(call.ip, doors.agent(call)),
        challenge=challenge,
        locale=locale,
    )


def sent(call: Call, outcome: Sent | Refused) -> Response:
    """Whose address it is, and whether it is anybody's, is not told."""
    return refusal(outcome, call) if isinstance(outcome, Refused) else answer(call, Reply())


def _letter(call: Call) -> Letter:
    body: SendBody = call.body
    return letter(call, body.email, QUERY, body.code_challenge, body.locale)


def _ways(call: Call) -> tuple[Way, Way]:
    body: SendBody = call.body
    return (
        way(
            "login_magic_link_url",
            body.login_magic_link_url,
            body.login_expiration_minutes or LOGIN,
        ),
        way(
            "signup_magic_link_url",
            body.signup_magic_link_url,
            body.signup_expiration_minutes or SIGNUP,
        ),
    )
