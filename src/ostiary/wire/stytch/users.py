"""Users: made, shown, changed, removed; and what they are reached by or log in with, taken away."""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct, field
from starlette.responses import Response

from ostiary.core import accounts, proving
from ostiary.core.accounts.model import Changes, Newcomer
from ostiary.core.proving.model import Dossier
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel, email_address
from ostiary.terms.failures import Malformed, NotFound
from ostiary.terms.ids import UserId

from ..http import Call
from . import words
from .objects import Email, Phone, UserObject, user_object
from .words import Attributes, Reply, Text, env_of, phone_number, reply, spell, user_id

Role: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Metadata: TypeAlias = dict[str, Any] | None


class NameBody(Struct, frozen=True, kw_only=True):
    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None


class SaidBody(Struct, frozen=True, kw_only=True):
    """What an application says of a user."""

    name: NameBody | None = None
    trusted_metadata: Metadata = None
    untrusted_metadata: Metadata = None
    external_id: Text | None = None
    roles: Annotated[tuple[Role, ...], Meta(max_length=100)] | None = None


class CreateBody(SaidBody, frozen=True, kw_only=True):
    email: Text | None = None
    phone_number: Text | None = None
    attributes: Attributes | None = None
    create_user_as_pending: bool | None = None


class UpdateBody(SaidBody, frozen=True, kw_only=True):
    attributes: Attributes | None = None


class ExchangeBody(Struct, frozen=True, kw_only=True):
    email_address: Text | None = None
    phone_number: Text | None = None


class Shown(UserObject, frozen=True, kw_only=True):
    """A user, flat beside what every answer says."""

    status_code: int = 200
    request_id: str = ""


class Created(Reply, frozen=True, kw_only=True):
    user_id: str
    email_id: str
    phone_id: str
    status: str
    user: UserObject


class Updated(Reply, frozen=True, kw_only=True):
    user_id: str
    emails: list[Email]
    phone_numbers: list[Phone]
    crypto_wallets: list[Any] = field(default_factory=list)
    user: UserObject


class Removed(Reply, frozen=True, kw_only=True):
    user_id: str


class Whose(Reply, frozen=True, kw_only=True):
    """The user that something was taken from, as they are now."""

    user_id: str
    user: UserObject


async def create(work: Work, call: Call) -> Response:
    """Somebody new, by an address that nobody has proved yet."""
    body: CreateBody = call.body
    newcomer = Newcomer(
        email=None if body.email is None else email_address(body.email),
        phone_number=None if body.phone_number is None else phone_number(body.phone_number),
        pending=bool(body.create_user_as_pending),
        said=said(body),
    )
    user = user_object(await accounts.open_account(work, newcomer), env_of(call), work.now)
    created = Created(
        user_id=user.user_id,
        email_id=next((one.email_id for one in user.emails), ""),
        phone_id=next((one.phone_id for one in user.phone_numbers), ""),
        status=user.status,
        user=user,
    )
    return reply(call, created, 201)


async def show(work: Work, call: Call) -> Response:
    """One user, by our id or the application's own."""
    dossier = await proving.dossier(work, await user_id(work, call.path_values["user_id"]))
    user = user_object(dossier, env_of(call), work.now)
    return reply(call, Shown(**{name: getattr(user, name) for name in user.__struct_fields__}))


async def update(work: Work, call: Call) -> Response:
    """What is sent is changed; metadata is merged."""
    id = await user_id(work, call.path_values["user_id"])
    return reply(call, updated(work, call, await accounts.change(work, id, said(call.body))))


def updated(work: Work, call: Call, dossier: Dossier) -> Updated:
    user = user_object(dossier, env_of(call), work.now)
    return Updated(
        user_id=user.user_id, emails=user.emails, phone_numbers=user.phone_numbers, user=user
    )


async def remove(work: Work, call: Call) -> Response:
    """The user, with everything that is theirs."""
    id = await user_id(work, call.path_values["user_id"])
    await accounts.close(work, id)
    return reply(call, Removed(user_id=spell("user", env_of(call), id)))


async def exchange(work: Work, call: Call) -> Response:
    """Another address instead of the only one, for a user who has no other factor."""
    body: ExchangeBody = call.body
    if (body.email_address is None) == (body.phone_number is None):
        raise Malformed("exchange_unclear")
    id = await user_id(work, call.path_values["user_id"])
    if body.email_address is not None:
        channel, text = Channel.EMAIL, str(email_address(body.email_address))
    else:
        channel, text = Channel.SMS, str(phone_number(body.phone_number or ""))
    return whose(work, call, await accounts.exchange_address(work, id, channel, text))


async def remove_email(work: Work, call: Call) -> Response:
    """An e-mail address; the last address of a user stays."""
    return whose(work, call, await without_email(work, call))


async def without_email(work: Work, call: Call, owner: UserId | None = None) -> Dossier:
    """`owner`: whose it has to be, where somebody asks for themselves."""
    id = words.required("email", call.path_values["email_id"], "email_id")
    dossier = await accounts.drop_address(work, Channel.EMAIL, id, owner=owner)
    if dossier is None:
        raise NotFound("email_not_found")
    return dossier


async def remove_phone(work: Work, call: Call) -> Response:
    """A phone number; the last address of a user stays."""
    return whose(work, call, await without_phone(work, call))


async def without_phone(work: Work, call: Call, owner: UserId | None = None) -> Dossier:
    id = words.required("phone-number", call.path_values["phone_id"], "phone_id")
    dossier = await accounts.drop_address(work, Channel.SMS, id, owner=owner)
    if dossier is None:
        raise NotFound("phone_not_found")
    return dossier


async def remove_password(work: Work, call: Call) -> Response:
    """The password, with whatever it had proved."""
    id = words.required("password", call.path_values["password_id"], "password_id")
    dossier = await accounts.withdraw(work, Kind.PASSWORD, id)
    if dossier is None:
        raise NotFound("password_not_found")
    return whose(work, call, dossier)


async def remove_totp(work: Work, call: Call) -> Response:
    """An authenticator app, or the offer of one, with its recovery codes."""
    return whose(work, call, await without_totp(work, call))


async def without_totp(work: Work, call: Call, owner: UserId | None = None) -> Dossier:
    id = words.required("totp", call.path_values["totp_id"], "totp_id")
    return await proving.totps.remove(work, id, owner=owner)


async def remove_registration(work: Work, call: Call) -> Response:
    """A passkey, with whatever it had proved."""
    return whose(work, call, await without_registration(work, call))


async def without_registration(work: Work, call: Call, owner: UserId | None = None) -> Dossier:
    name = "webauthn_registration_id"
    id = words.required("webauthn-registration", call.path_values[name], name)
    dossier = await accounts.withdraw(work, Kind.WEBAUTHN, id, owner=owner)
    if dossier is None:
        raise NotFound("passkey_not_found")
    return dossier


async def forget_external_id(work: Work, call: Call) -> Response:
    """The application's own id of the user."""
    id = await user_id(work, call.path_values["user_id"])
    return whose(work, call, await accounts.forget_external_id(work, id))


def whose(work: Work, call: Call, dossier: Dossier) -> Response:
    user = user_object(dossier, env_of(call), work.now)
    return reply(call, Whose(user_id=user.user_id, user=user))


def said(body: SaidBody) -> Changes:
    name = body.name or NameBody()
    return Changes(
        given_name=name.first_name,
        middle_name=name.middle_name,
        family_name=name.last_name,
        trusted=body.trusted_metadata,
        untrusted=body.untrusted_metadata,
        roles=body.roles,
        external_id=words.external_id(body.external_id),
    )
