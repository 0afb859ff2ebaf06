"""What a person changes of themselves, and getting back in."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import clients, profile, recovery, tokens
from ostiary.core.clients.model import AuthorizationRequest
from ostiary.core.profile.model import PasswordChange
from ostiary.core.tokens.model import Access
from ostiary.core.transactions.model import Kind
from ostiary.core.users.model import Profile
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Forbidden, Malformed, Refused
from ostiary.terms.secret import Secret

from ..http import Call, json, no_content
from .errors import refusal
from .profile import profile_json
from .words import Long, Text


class ProfileBody(Struct, frozen=True, kw_only=True):
    """Only what is named here can be set; addresses and their verification have ways of their own (ADM-3)."""

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
    redirect_url: Text | None = None


class EmailBody(Struct, frozen=True, kw_only=True):
    email: Text
    redirect_url: Text | None = None


class PhoneBody(Struct, frozen=True, kw_only=True):
    phone_number: Text


class PasswordBody(Struct, frozen=True, kw_only=True):
    """With an access token: `password`, perhaps `old_password`. Without: an address and its code."""

    password: Long
    client_id: Text | None = None
    old_password: Long | None = None
    email: Text | None = None
    phone_number: Text | None = None
    verification_code: Text | None = None
    user_id: Text | None = None


class SendEmailBody(Struct, frozen=True, kw_only=True):
    redirect_url: Text | None = None
    return_to_after_email_confirmation: Text | None = None


class Sent(Struct, frozen=True):
    verification_email_sent: bool


class VerifyPhoneBody(Struct, frozen=True, kw_only=True):
    phone_number: Text
    verification_code: Text


class VerifyEmailBody(Struct, frozen=True, kw_only=True):
    """The SDK sends the access token here, not in the header."""

    email: Text
    verification_code: Text
    access_token: Long | None = None


class ForgotBody(Struct, frozen=True, kw_only=True):
    client_id: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None
    redirect_url: Text | None = None
    return_to_after_password_reset: Text | None = None
    return_to_after_account_recovery: Text | None = None


class SignUpDataQuery(Struct, frozen=True, kw_only=True):
    client_id: Text
    token: Long


async def update_profile(work: Work, call: Call) -> Response:
    """Change what the person says of themselves."""
    body: ProfileBody = call.body
    access = await tokens.require_access(work, call.bearer)
    changed = await profile.update(
        work,
        access,
        Profile(
            given_name=body.given_name,
            family_name=body.family_name,
            middle_name=body.middle_name,
            name=body.name,
            nickname=body.nickname,
            preferred_username=body.username,
            gender=body.gender,
            birthdate=body.birthdate,
            picture=body.picture,
            locale=body.locale,
            address=body.address,
            custom_fields=body.custom_fields,
            consents=body.consents,
        ),
    )
    return json(profile_json(changed, access.scopes))


async def update_email(work: Work, call: Call) -> Response:
    """Another e-mail address: at once where the present one is unverified, else once confirmed."""
    body: EmailBody = call.body
    access = await tokens.require_access(work, call.bearer)
    outcome = await profile.change_address(
        work,
        access,
        Channel.EMAIL,
        email_address(body.email),
        redirect=await _redirect(work, access, body.redirect_url),
        locale=call.locale,
        ip=call.ip,
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return json(profile_json(outcome, access.scopes))


async def update_phone(work: Work, call: Call) -> Response:
    """Another phone number: at once where the present one is unverified, else once confirmed."""
    body: PhoneBody = call.body
    access = await tokens.require_access(work, call.bearer)
    outcome = await profile.change_address(
        work, access, Channel.SMS, phone_number(body.phone_number), locale=call.locale, ip=call.ip
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return json(profile_json(outcome, access.scopes))


async def update_password(open_work: OpenWork, call: Call) -> Response:
    """A new password: by an access token, or by the code that was sent to who forgot the old one."""
    body: PasswordBody = call.body
    if body.verification_code is not None:
        channel, address = identifier(body.email, body.phone_number)
        outcome = await recovery.reset_password(
            open_work,
            call.server.crunch,
            channel,
            address,
            body.verification_code,
            Secret(body.password),
            ip=call.ip,
        )
    else:
        outcome = await profile.change_password(
            open_work,
            call.server.crunch,
            call.bearer,
            PasswordChange(
                new=Secret(body.password),
                old=Secret(body.old_password) if body.old_password is not None else None,
                ip=call.ip,
            ),
        )
    return no_content() if outcome is None else refusal(outcome, call)


async def forgot_password(work: Work, call: Call) -> Response:
    """Send what a new password can be set with, if anybody has this address."""
    return await _recover(work, call, Kind.RESET_PASSWORD)


async def account_recovery(work: Work, call: Call) -> Response:
    """Send what gets a person back in who has lost every way, if anybody has this address."""
    return await _recover(work, call, Kind.RECOVER_ACCOUNT)


async def _recover(work: Work, call: Call, kind: Kind) -> Response:
    body: ForgotBody = call.body
    client = await clients.get(work, body.client_id)
    clients.check_redirect(client, body.redirect_url)
    channel, address = identifier(body.email, body.phone_number)
    refused = await recovery.request(
        work,
        client,
        kind,
        channel,
        address,
        redirect_uri=body.redirect_url,
        locale=call.locale,
    )
    return no_content() if refused is None else refusal(refused, call)


async def send_email_verification(work: Work, call: Call) -> Response:
    """Send a code and a link to the profile's address, unless it is verified already."""
    body: SendEmailBody = call.body
    access = await tokens.require_access(work, call.bearer)
    outcome = await profile.send_verification(
        work,
        access,
        Channel.EMAIL,
        redirect=await _redirect(work, access, body.redirect_url),
        locale=call.locale,
    )
    return refusal(outcome, call) if isinstance(outcome, Refused) else json(Sent(outcome))


async def send_phone_verification(work: Work, call: Call) -> Response:
    """Send a code to the profile's number, unless it is verified already."""
    access = await tokens.require_access(work, call.bearer)
    outcome = await profile.send_verification(work, access, Channel.SMS, locale=call.locale)
    return refusal(outcome, call) if isinstance(outcome, Refused) else no_content()


async def verify_email(work: Work, call: Call) -> Response:
    """Confirm the address whose code this is."""
    body: VerifyEmailBody = call.body
    access = await tokens.require_access(work, body.access_token or call.bearer)
    return await _verify(
        work, call, access, Channel.EMAIL, email_address(body.email), body.verification_code
    )


async def verify_phone(work: Work, call: Call) -> Response:
    """Confirm the number whose code this is."""
    body: VerifyPhoneBody = call.body
    access = await tokens.require_access(work, call.bearer)
    return await _verify(
        work, call, access, Channel.SMS, phone_number(body.phone_number), body.verification_code
    )


async def _verify(
    work: Work, call: Call, access: Access, channel: Channel, address: str, code: str
) -> Response:
    refused = await profile.verify_address(work, access, channel, address, code, ip=call.ip)
    return no_content() if refused is None else refusal(refused, call)


async def sign_up_data(work: Work, call: Call) -> Response:
    """What a social login has left to sign up with: there are none, and so no token of one."""
    query: SignUpDataQuery = call.body
    await clients.get(work, query.client_id)
    raise Forbidden("provider_not_configured")


async def not_configured(work: Work, call: Call) -> Response:
    """Social providers and custom tokens: nothing of the kind is configured here."""
    raise Forbidden("provider_not_configured")


def identifier(email: str | None, phone: str | None) -> tuple[Channel, str]:
    if email:
        return Channel.EMAIL, email_address(email)
    if phone:
        return Channel.SMS, phone_number(phone)
    raise Malformed("identifier_missing")


async def _redirect(
    work: Work, access: Access, redirect_url: str | None
) -> AuthorizationRequest | None:
    """Where a link in the message leads in the end: one of the client's own pages, or none."""
    if redirect_url is None:
        return None
    client = await clients.get(work, access.grant.client_id)
    clients.check_redirect(client, redirect_url)
    return AuthorizationRequest(client_id=client.id, redirect_uri=redirect_url)
