"""One-time codes by SMS, WhatsApp and e-mail."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import Meta
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import Attributes as CoreAttributes
from ostiary.core.proving.model import Matching, Message, Sent
from ostiary.core.work import Work
from ostiary.terms.contact import Channel, email_address
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.ids import UserId
from ostiary.terms.time import Seconds

from ..http import Call
from . import answers, session_jwt, words
from .errors import refusal
from .words import Attributes, Auth, Options, Reply, Selected, Text, env_of, read, reply, spell

MINUTES = 2  # a code's life where the application does not say


class SendBody(Selected, frozen=True, kw_only=True):
    expiration_minutes: Annotated[int, Meta(ge=1, le=10)] | None = None
    attributes: Attributes | None = None
    create_user_as_pending: bool | None = None


class PhoneBody(SendBody, frozen=True, kw_only=True):
    phone_number: Text
    locale: words.LocaleOfPhone | None = None


class EmailBody(SendBody, frozen=True, kw_only=True):
    email: Text
    locale: words.Locale | None = None


class PhoneSent(Reply, frozen=True, kw_only=True):
    user_id: str
    phone_id: str


class PhoneSentOrCreated(PhoneSent, frozen=True, kw_only=True):
    user_created: bool


class EmailSent(Reply, frozen=True, kw_only=True):
    user_id: str
    email_id: str


class EmailSentOrCreated(EmailSent, frozen=True, kw_only=True):
    user_created: bool


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    method_id: Text
    code: Text
    options: Options | None = None


class Authenticated(answers.Proved, frozen=True, kw_only=True):
    method_id: str
    reset_sessions: bool = False


def send(channel: Channel) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """To an address of the user that is named, or of whoever has it."""
        body: PhoneBody | EmailBody = call.body
        sent = await proving.codes.send(work, _message(channel, body), await selected(work, body))
        return _answer(call, channel, sent, told=False)

    return handler


def send_or_create(channel: Channel) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """To whoever has this address: a new user where nobody has."""
        body: PhoneBody | EmailBody = call.body
        pending = bool(body.create_user_as_pending)
        sent = await proving.codes.send_or_create(work, _message(channel, body), pending=pending)
        return _answer(call, channel, sent, told=True)

    return handler


async def authenticate(work: Work, call: Call) -> Response:
    """The newest code that was sent to this address; good once."""
    body: AuthenticateBody = call.body
    id = read("phone-number", body.method_id) or read("email", body.method_id)
    if id is None:
        raise Malformed("id_malformed", field="method_id")
    options = body.options or Options()
    matching = Matching(bool(options.ip_match_required), bool(options.user_agent_match_required))
    wish = await session_jwt.wish(work, body)
    outcome = await proving.codes.authenticate(work, id, body.code, wish, matching)
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    fields = await answers.proved(work, call, outcome)
    return reply(
        call, Authenticated(method_id=body.method_id, reset_sessions=outcome.reset, **fields)
    )


async def selected(work: Work, body: Selected) -> UserId | None:
    """The user that a call names, in one of three ways."""
    if sum(bool(one) for one in (body.user_id, body.session_token, body.session_jwt)) > 1:
        raise Malformed("user_named_twice")
    if body.user_id:
        return await words.user_id(work, body.user_id)
    session = await proving.held(work, await session_jwt.named(work, body))
    return session.user_id if session else None


def _message(channel: Channel, body: PhoneBody | EmailBody) -> Message:
    attributes = body.attributes or Attributes()
    address = (
        email_address(body.email)
        if isinstance(body, EmailBody)
        else words.phone_number(body.phone_number)
    )
    return Message(
        channel=channel,
        address=address,
        lifetime=Seconds(60 * (body.expiration_minutes or MINUTES)),
        attributes=CoreAttributes(attributes.ip_address, attributes.user_agent),
        locale=body.locale,
    )


def _answer(call: Call, channel: Channel, sent: Sent | Refused, *, told: bool) -> Response:
    if isinstance(sent, Refused):
        return refusal(sent, call)
    env = env_of(call)
    user = spell("user", env, sent.user_id)
    if channel is Channel.EMAIL:
        id = spell("email", env, sent.address_id)
        if told:
            return reply(
                call, EmailSentOrCreated(user_id=user, email_id=id, user_created=sent.created)
            )
        return reply(call, EmailSent(user_id=user, email_id=id))
    id = spell("phone-number", env, sent.address_id)
    if told:
        return reply(call, PhoneSentOrCreated(user_id=user, phone_id=id, user_created=sent.created))
    return reply(call, PhoneSent(user_id=user, phone_id=id))
