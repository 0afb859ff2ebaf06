"""One-time codes, from a page."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import Attributes, Message, Sent
from ostiary.core.work import Work
from ostiary.terms.contact import Channel, email_address
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.time import Seconds

from ...http import Call
from ..errors import refusal
from ..otps import MINUTES, Authenticated
from ..words import Reply, Text, env_of, phone_number, read, spell
from . import doors, words
from .words import answer


class SendBody(Struct, frozen=True, kw_only=True):
    expiration_minutes: Annotated[int, Meta(ge=1, le=10)] | None = None
    locale: Text | None = None


class PhoneBody(SendBody, frozen=True, kw_only=True):
    phone_number: Text


class EmailBody(SendBody, frozen=True, kw_only=True):
    email: Text


class CodeSent(Reply, frozen=True, kw_only=True):
    """`method_id`: of the address for this purpose alone; not the one that it has in a user."""

    method_id: str


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    token: Text
    method_id: Text


def send(channel: Channel) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """To whoever has this address; nobody's is answered like somebody's."""
        return _sent(call, channel, await proving.pages.send(work, _message(call, channel)))

    return handler


def send_to_own(channel: Channel) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """To an address of who is logged in, which is added where it is new."""
        session = await doors.present(work, call)
        sent = await proving.pages.send_to_own(work, _message(call, channel), session)
        return _sent(call, channel, sent)

    return handler


def send_or_create(channel: Channel) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """To whoever has this address: a new user where nobody has."""
        sent = await proving.pages.send_or_create(work, _message(call, channel))
        return _sent(call, channel, sent)

    return handler


async def authenticate(work: Work, call: Call) -> Response:
    """The newest code that was sent to this address; good once."""
    body: AuthenticateBody = call.body
    id = read("phone-number", body.method_id) or read("email", body.method_id)
    if id is None:
        raise Malformed("id_malformed", field="method_id")
    wish = await doors.wish(work, call)
    outcome = await proving.pages.answer(work, id, body.token, wish)
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return await words.proved(
        work, call, outcome, Authenticated, method_id=body.method_id, reset_sessions=outcome.reset
    )


def _message(call: Call, channel: Channel) -> Message:
    body: PhoneBody | EmailBody = call.body
    return Message(
        channel=channel,
        address=(
            email_address(body.email)
            if isinstance(body, EmailBody)
            else phone_number(body.phone_number)
        ),
        lifetime=Seconds(60 * (body.expiration_minutes or MINUTES)),
        attributes=Attributes(call.ip, doors.agent(call)),
        locale=body.locale,
    )


def _sent(call: Call, channel: Channel, sent: Sent | Refused) -> Response:
    if isinstance(sent, Refused):
        return refusal(sent, call)
    kind = "email" if channel is Channel.EMAIL else "phone-number"
    return answer(call, CodeSent(method_id=spell(kind, env_of(call), sent.address_id)))
