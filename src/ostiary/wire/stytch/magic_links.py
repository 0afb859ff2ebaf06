"""Links by e-mail, invitations, and links that an application sends itself."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta
from starlette.responses import Response

from ostiary.core import accounts, proving
from ostiary.core.accounts.model import Newcomer
from ostiary.core.proving.model import Attributes as CoreAttributes
from ostiary.core.proving.model import Authenticated as Outcome
from ostiary.core.proving.model import Letter, Matching, Sent, Way, Wish
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import EmailAddress, email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import parse_token
from ostiary.terms.time import Seconds

from ..http import Call
from . import answers, session_jwt, words
from .errors import Said, refusal
from .otps import EmailSent, EmailSentOrCreated, selected
from .users import Metadata, NameBody, SaidBody, said
from .words import Attributes, Auth, Locale, Options, Reply, Selected, Text, env_of, reply, spell

LinkMinutes: TypeAlias = Annotated[int, Meta(ge=5, le=10_080)]
LOGIN, SIGNUP, INVITATION, EMBEDDED = (
    60,
    10_080,
    60,
    60,
)  # minutes, where the application does not say
QUERY = "stytch_token_type=magic_links&token="


DEAD = {
    "link_invalid": Said(404, "magic_link_not_found", "There was never such a link."),
    "code_superseded": Said(
        401,
        "unable_to_auth_magic_link",
        "This link is used, replaced or expired. Send another one.",
    ),
}


class LetterBody(Selected, frozen=True, kw_only=True):
    email: Text
    attributes: Attributes | None = None
    code_challenge: Text | None = None
    locale: Locale | None = None


class SendBody(LetterBody, frozen=True, kw_only=True):
    login_magic_link_url: Text | None = None
    signup_magic_link_url: Text | None = None
    login_expiration_minutes: LinkMinutes | None = None
    signup_expiration_minutes: LinkMinutes | None = None
    create_user_as_pending: bool | None = None


class InviteBody(LetterBody, frozen=True, kw_only=True):
    invite_magic_link_url: Text | None = None
    invite_expiration_minutes: LinkMinutes | None = None
    name: NameBody | None = None
    trusted_metadata: Metadata = None
    untrusted_metadata: Metadata = None


class RevokeBody(msgspec.Struct, frozen=True, kw_only=True):
    email: Text


class CreateBody(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Text
    expiration_minutes: LinkMinutes | None = None
    attributes: Attributes | None = None


class Created(Reply, frozen=True, kw_only=True):
    user_id: str
    token: str


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    token: Text
    code_verifier: Text | None = None
    options: Options | None = None


class Authenticated(answers.Proved, frozen=True, kw_only=True):
    method_id: str
    reset_sessions: bool = False


async def send(work: Work, call: Call) -> Response:
    """To an address of the user that is named, or of whoever has it."""
    body: SendBody = call.body
    user = await selected(work, body)
    return _answer(call, await proving.links.send(work, letter(body), *_ways(body), user))


async def send_or_create(work: Work, call: Call) -> Response:
    """To whoever has this address: a new user where nobody has."""
    body: SendBody = call.body
    sent = await proving.links.send_or_create(
        work, letter(body), *_ways(body), pending=bool(body.create_user_as_pending)
    )
    if isinstance(sent, Refused):
        return refusal(sent, call)
    user, email = _spelled(call, sent)
    return reply(call, EmailSentOrCreated(user_id=user, email_id=email, user_created=sent.created))


async def invite(work: Work, call: Call) -> Response:
    """A new user, pending until the link comes back."""
    body: InviteBody = call.body
    kept = SaidBody(
        name=body.name,
        trusted_metadata=body.trusted_metadata,
        untrusted_metadata=body.untrusted_metadata,
    )
    page = way(
        "invite_magic_link_url",
        body.invite_magic_link_url,
        body.invite_expiration_minutes or INVITATION,
    )
    written = letter(body)
    newcomer = Newcomer(email=EmailAddress(written.email), pending=True, said=said(kept))
    sent = await accounts.invite(work, newcomer, written, page)
    return _answer(call, sent)


async def revoke_invite(work: Work, call: Call) -> Response:
    """Its link is good no longer."""
    body: RevokeBody = call.body
    await proving.links.revoke_invitation(work, email_address(body.email))
    return reply(call, Reply())


async def create(work: Work, call: Call) -> Response:
    """The secret of a link that the application sends itself."""
    body: CreateBody = call.body
    lifetime = Seconds(60 * (body.expiration_minutes or EMBEDDED))
    user = await words.user_id(work, body.user_id)
    token = await proving.embedded.create(work, user, lifetime, attributes(body.attributes))
    return reply(call, Created(user_id=spell("user", env_of(call), user), token=str(token)))


async def authenticate(work: Work, call: Call) -> Response:
    """The secret of a link, whoever sent it; good once."""
    body: AuthenticateBody = call.body
    wish = await session_jwt.wish(work, body)
    outcome = await opened(work, body.token, wish, matching(body.options), body.code_verifier)
    if isinstance(outcome, Refused):
        return refusal(outcome, call, DEAD)
    method, fields = method_of(call, outcome), await answers.proved(work, call, outcome)
    return reply(call, Authenticated(method_id=method, reset_sessions=outcome.reset, **fields))


async def opened(
    work: Work, token: str, wish: Wish, given: Matching, verifier: str | None
) -> Outcome | Refused:
    """A link of ours, else one that the application sent."""
    secret = parse_token(token)
    outcome = await proving.links.authenticate(work, secret, wish, given, verifier)
    if isinstance(outcome, Refused) and outcome.reason == "link_invalid":
        return await proving.embedded.authenticate(work, secret, wish, given, verifier)
    return outcome


def method_of(call: Call, outcome: Outcome) -> str:
    sort = "embedded" if outcome.proof.kind is Kind.EMBEDDED_LINK else "email"
    return spell(sort, env_of(call), outcome.proof.credential)


def letter(body: LetterBody) -> Letter:
    return Letter(
        email=email_address(body.email),
        query=QUERY,
        attributes=attributes(body.attributes),
        challenge=body.code_challenge,
        locale=body.locale,
    )


def attributes(given: Attributes | None) -> CoreAttributes:
    said = given or Attributes()
    return CoreAttributes(said.ip_address, said.user_agent)


def matching(options: Options | None) -> Matching:
    wanted = options or Options()
    return Matching(bool(wanted.ip_match_required), bool(wanted.user_agent_match_required))


def _ways(body: SendBody) -> tuple[Way, Way]:
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


def way(name: str, uri: str | None, minutes: int) -> Way:
    return Way(field=name, uri=uri, lifetime=Seconds(60 * minutes))


def _answer(call: Call, sent: Sent | Refused) -> Response:
    if isinstance(sent, Refused):
        return refusal(sent, call)
    user, email = _spelled(call, sent)
    return reply(call, EmailSent(user_id=user, email_id=email))


def _spelled(call: Call, sent: Sent) -> tuple[str, str]:
    env = env_of(call)
    return spell("user", env, sent.user_id), spell("email", env, sent.address_id)
