"""Signing up, logging in with a password, and how strong one is."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import clients, login
from ostiary.core.factors import password_strength
from ostiary.core.login.model import LoggedIn, PasswordLogin, SignUp
from ostiary.core.users.model import Profile
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.ids import ClientId
from ostiary.terms.secret import Secret

from .. import trusted
from ..http import Call, json
from .errors import refusal
from .words import Long, Text, contact_points

COOKIE_LIFETIME = (
    34_560_000  # seconds: as long as a browser keeps one; the server ends the trust itself
)


class PasswordLoginBody(Struct, frozen=True, kw_only=True):
    client_id: Text
    password: Long
    email: Text | None = None
    phone_number: Text | None = None
    custom_identifier: Text | None = None
    scope: Text | None = None
    action: Text | None = None
    save_credentials: bool | None = None


class Tkn(Struct, frozen=True, kw_only=True):
    """`mfa_required` is there, and true, where only a step-up may follow."""

    tkn: str
    mfa_required: bool | UnsetType = UNSET


class ProfileData(Struct, frozen=True, kw_only=True):
    """What a person may say of themselves; anything more is ignored, verification above all (ADM-3)."""

    email: Text | None = None
    phone_number: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    middle_name: Text | None = None
    name: Text | None = None
    nickname: Text | None = None
    username: Text | None = None
    gender: Text | None = None
    birthdate: Text | None = None
    picture: Text | None = None
    locale: Text | None = None
    address: dict[str, Any] | None = None
    custom_fields: dict[str, Any] | None = None
    consents: dict[str, Any] | None = None


class SignUpData(ProfileData, frozen=True, kw_only=True):
    password: Long


class SignUpBody(Struct, frozen=True, kw_only=True):
    client_id: Text
    data: SignUpData
    scope: Text | None = None
    redirect_url: Text | None = None


class SignedUp(Struct, frozen=True, kw_only=True):
    id: str
    tkn: str


class StrengthBody(Struct, frozen=True, kw_only=True):
    password: Long
    client_id: Text | None = None


class Strength(Struct, frozen=True):
    score: int


async def with_password(open_work: OpenWork, call: Call) -> Response:
    """A password for a `tkn`."""
    body: PasswordLoginBody = call.body
    channel, address = identified(body.email, body.phone_number, body.custom_identifier)
    outcome = await login.with_password(
        open_work,
        call.server.crunch,
        PasswordLogin(
            client_id=ClientId(body.client_id),
            channel=channel,
            address=address,
            password=Secret(body.password),
            device=trusted.read(call),
            ip=call.ip,
            country=call.country,
        ),
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return trusted.keep(json(tkn_of(outcome)), outcome.device, COOKIE_LIFETIME)


def identified(
    email: str | None, phone: str | None, custom: str | None = None
) -> tuple[Channel, str]:
    """An address that cannot be one is nobody's: it is answered like an unknown one (AB-1)."""
    try:
        if email:
            return Channel.EMAIL, email_address(email)
        if phone:
            return Channel.SMS, phone_number(phone)
    except Malformed:
        return Channel.EMAIL, ""
    if custom:
        return Channel.EMAIL, ""  # no such identifiers here: nobody's
    raise Malformed("identifier_missing")


def tkn_of(outcome: LoggedIn) -> Tkn:
    return Tkn(tkn=str(outcome.tkn), mfa_required=True if outcome.mfa_required else UNSET)


async def sign_up(open_work: OpenWork, call: Call) -> Response:
    """A new person, logged in."""
    body: SignUpBody = call.body
    data = body.data
    email, phone = contact_points(data.email, data.phone_number)
    outcome = await login.sign_up(
        open_work,
        call.server.crunch,
        SignUp(
            client_id=ClientId(body.client_id),
            email=email,
            phone_number=phone,
            password=Secret(data.password),
            profile=profile_of(data),
            ip=call.ip,
        ),
    )
    return json(SignedUp(id=outcome.user_id, tkn=str(outcome.tkn)))


def profile_of(data: ProfileData) -> Profile:
    return Profile(
        given_name=data.given_name,
        family_name=data.family_name,
        middle_name=data.middle_name,
        name=data.name,
        nickname=data.nickname,
        preferred_username=data.username,
        gender=data.gender,
        birthdate=data.birthdate,
        picture=data.picture,
        locale=data.locale,
        address=data.address,
        custom_fields=data.custom_fields,
        consents=data.consents,
    )


async def strength(work: Work, call: Call) -> Response:
    """zxcvbn's score of a password, 0 to 4."""
    body: StrengthBody = call.body
    if body.client_id is not None:
        await clients.get(work, body.client_id)
    return json(Strength(password_strength(body.password)))
