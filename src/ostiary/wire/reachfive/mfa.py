"""Second factors: list, register, and begin a step-up with one."""

from datetime import UTC, datetime
from typing import assert_never

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import clients, enrolment, stepup, tokens
from ostiary.core.clients.model import AuthorizationRequest
from ostiary.core.credentials.model import Credential
from ostiary.core.enrolment.model import CodeSent, Enabled, Started
from ostiary.core.stepup.model import Evidence
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel, phone_number
from ostiary.terms.failures import Refused, Unauthenticated
from ostiary.terms.ids import ClientId
from ostiary.terms.secret import parse_token

from .. import sso, trusted
from ..http import Call, json, no_content
from .errors import refusal
from .words import AuthParameters, Text, asked

SCOPE = "mfa"


class CredentialItem(Struct, frozen=True, kw_only=True):
    type: str
    friendly_name: str
    created_at: str  # a date
    phone_number: str | UnsetType = UNSET
    email: str | UnsetType = UNSET


class Credentials(Struct, frozen=True):
    credentials: list[CredentialItem]


class PhoneRegistration(Struct, frozen=True, kw_only=True):
    phone_number: Text | None = None
    trust_device: bool | None = None
    action: Text | None = None


class EmailRegistration(Struct, frozen=True, kw_only=True):
    trust_device: bool | None = None
    action: Text | None = None
    redirect_url: Text | None = None


class RegistrationStarted(Struct, frozen=True, kw_only=True):
    status: str
    credential: CredentialItem | UnsetType = UNSET


class VerificationBody(Struct, frozen=True, kw_only=True):
    verification_code: Text
    trust_device: bool | None = None


class PhoneRemoval(Struct, frozen=True, kw_only=True):
    phone_number: Text


class StepUpBody(AuthParameters, frozen=True, kw_only=True):
    tkn: Text | None = None
    action: Text | None = None


class StepUpBegun(Struct, frozen=True):
    """The channels that would complete the step-up, and its token."""

    amr: list[str]
    token: str


def item(credential: Credential, user: User) -> CredentialItem:
    created = datetime.fromtimestamp(credential.created_at, UTC).date().isoformat()
    if credential.kind is Kind.EMAIL:
        return CredentialItem(
            type="email",
            friendly_name="identifier",
            created_at=created,
            email=user.email or UNSET,
        )
    return CredentialItem(
        type="sms",
        friendly_name=credential.address.lstrip("+"),
        created_at=created,
        phone_number=credential.address,
    )


async def listed(work: Work, call: Call) -> Response:
    """The second factors of the user."""
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    user, credentials = await enrolment.listed(work, access)
    return json(Credentials([item(credential, user) for credential in credentials]))


async def register_phone(work: Work, call: Call) -> Response:
    """Send a code to the number, or enable it at once where it was verified before."""
    body: PhoneRegistration = call.body
    address = phone_number(body.phone_number) if body.phone_number else None
    return await _register(work, call, Channel.SMS, address, body, None)


async def register_email(work: Work, call: Call) -> Response:
    """Send a code to the profile's address, or enable it at once where it was verified before."""
    body: EmailRegistration = call.body
    return await _register(work, call, Channel.EMAIL, None, body, body.redirect_url)


async def _register(
    work: Work,
    call: Call,
    channel: Channel,
    address: str | None,
    body: PhoneRegistration | EmailRegistration,
    redirect_url: str | None,
) -> Response:
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    client = await clients.get(work, access.grant.client_id)
    clients.check_redirect(client, redirect_url)
    started: Started | Refused = await enrolment.start(
        work,
        access,
        channel,
        address,
        action=body.action,
        locale=call.locale,
        redirect=AuthorizationRequest(client_id=client.id, redirect_uri=redirect_url),
        ip=call.ip,
    )
    match started:
        case Refused():
            return refusal(started, call)
        case CodeSent():
            return json(RegistrationStarted(status=f"{channel}_sent"))
        case Enabled(credential):
            user, _ = await enrolment.listed(work, access)
            response = json(
                RegistrationStarted(status="enabled", credential=item(credential, user))
            )
            return await trusted.trust(work, call, response, user.id, body.trust_device)
        case unhandled:
            assert_never(unhandled)


async def verify_phone(work: Work, call: Call) -> Response:
    """Enable the number whose code this is."""
    return await _verify(work, call, Channel.SMS)


async def verify_email(work: Work, call: Call) -> Response:
    """Enable the address whose code this is."""
    return await _verify(work, call, Channel.EMAIL)


async def _verify(work: Work, call: Call, channel: Channel) -> Response:
    body: VerificationBody = call.body
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    outcome = await enrolment.verify(work, access, channel, body.verification_code, ip=call.ip)
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    user, _ = await enrolment.listed(work, access)
    return await trusted.trust(work, call, json(item(outcome, user)), user.id, body.trust_device)


async def remove_phone(work: Work, call: Call) -> Response:
    """Take a number away as a second factor."""
    body: PhoneRemoval = call.body
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    await enrolment.remove(work, access, Channel.SMS, phone_number(body.phone_number), ip=call.ip)
    return no_content()


async def remove_email(work: Work, call: Call) -> Response:
    """Take the address away as a second factor."""
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    await enrolment.remove(work, access, Channel.EMAIL, None, ip=call.ip)
    return no_content()


async def step_up(work: Work, call: Call) -> Response:
    """Begin a step-up from a `tkn`, an access token or the SSO cookie."""
    body: StepUpBody = call.body
    client = await clients.get(work, body.client_id)
    # on the application's own login page the request waits elsewhere: this one cannot be answered
    orchestrated = body.tkn is not None and client.public and body.code_challenge is None
    request = (
        None
        if orchestrated
        else clients.accept(client, asked(body, ClientId(client.id), body.action))
    )
    tkn = parse_token(body.tkn) if body.tkn is not None else None
    if body.tkn is not None and tkn is None:
        return refusal(Refused("tkn_invalid"), call)
    access = None
    if call.bearer is not None:
        access = await tokens.read_access(work, call.bearer)
        if access is None:
            raise Unauthenticated("access_token_invalid")
    begun = await stepup.begin(
        work,
        client,
        request,
        Evidence(tkn=tkn, access=access, session_secret=sso.read(call)),
    )
    if isinstance(begun, Refused):
        return refusal(begun, call)
    return json(StepUpBegun([channel.value for channel in begun.channels], str(begun.token)))
