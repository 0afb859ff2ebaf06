"""Passkeys: register, list and remove them, log in, sign up and get back in with them.

Bytes are spelled in base64url without padding, both ways.
"""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import clients, passkeys, tokens
from ostiary.core.factors.model import Asserted, Attested
from ostiary.core.passkeys.model import Creation, Known, Newcomer, Passkey
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Refused
from ostiary.terms.time import rfc3339

from .. import trusted
from ..http import Call, json, no_content
from .account import identifier
from .errors import refusal
from .login import COOKIE_LIFETIME, ProfileData, identified, profile_of, tkn_of
from .words import Text, contact_points

TIMEOUT = 120_000  # milliseconds: as long as a challenge is good

Bytes: TypeAlias = Annotated[str, Meta(max_length=65_536)]  # the whole body has no more
Name: TypeAlias = Annotated[str, Meta(max_length=128)]


class OptionsBody(Struct, frozen=True, kw_only=True):
    origin: Text
    friendly_name: Name


class Entity(Struct, frozen=True, kw_only=True):
    id: str
    name: str


class UserEntity(Entity, frozen=True, kw_only=True):
    display_name: str


class Algorithm(Struct, frozen=True, kw_only=True):
    type: str = "public-key"
    alg: int


class Descriptor(Struct, frozen=True, kw_only=True):
    type: str = "public-key"
    id: str
    transports: list[str] | UnsetType = UNSET


class Selection(Struct, frozen=True, kw_only=True):
    resident_key: str = "preferred"
    require_resident_key: bool = False
    user_verification: str


class CreationOptions(Struct, frozen=True, kw_only=True):
    rp: Entity
    user: UserEntity
    challenge: str
    pub_key_cred_params: list[Algorithm]
    timeout: int = TIMEOUT
    exclude_credentials: list[Descriptor]
    authenticator_selection: Selection
    attestation: str = "none"


class PublicKey(Struct, frozen=True, kw_only=True):
    public_key: CreationOptions


class RegistrationOptions(Struct, frozen=True, kw_only=True):
    friendly_name: str
    options: PublicKey


class RequestOptions(Struct, frozen=True, kw_only=True):
    """`allow_credentials` is there even when empty: the SDK goes through it."""

    challenge: str
    rp_id: str
    allow_credentials: list[Descriptor]
    user_verification: str
    timeout: int = TIMEOUT


class AuthenticationOptions(Struct, frozen=True, kw_only=True):
    public_key: RequestOptions


class AttestedResponse(Struct, frozen=True, kw_only=True):
    client_data_json: Bytes
    attestation_object: Bytes
    transports: list[Name] | None = None


class AttestedCredential(Struct, frozen=True, kw_only=True):
    id: Bytes
    raw_id: Bytes
    type: Name
    response: AttestedResponse


class AssertedResponse(Struct, frozen=True, kw_only=True):
    client_data_json: Bytes
    authenticator_data: Bytes
    signature: Bytes
    user_handle: Bytes | None = None


class AssertedCredential(Struct, frozen=True, kw_only=True):
    id: Bytes
    raw_id: Bytes
    type: Name
    response: AssertedResponse


class AuthenticationOptionsBody(Struct, frozen=True, kw_only=True):
    """Without an address: for whichever passkey the person chooses."""

    client_id: Text
    origin: Text
    scope: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None


class SignUpOptionsBody(Struct, frozen=True, kw_only=True):
    client_id: Text
    origin: Text
    friendly_name: Name
    profile: ProfileData
    scope: Text | None = None
    redirect_url: Text | None = None
    return_to_after_email_confirmation: Text | None = None


class SignUpBody(Struct, frozen=True, kw_only=True):
    """`webauthn_id`: the `user.id` of the options."""

    webauthn_id: Text
    public_key_credential: AttestedCredential


class ResetOptionsBody(Struct, frozen=True, kw_only=True):
    client_id: Text
    origin: Text
    friendly_name: Name
    verification_code: Text
    email: Text | None = None
    phone_number: Text | None = None


class ResetBody(Struct, frozen=True, kw_only=True):
    verification_code: Text
    public_key_credential: AttestedCredential
    client_id: Text | None = None
    email: Text | None = None
    phone_number: Text | None = None


class Device(Struct, frozen=True, kw_only=True):
    id: str
    friendly_name: str
    created_at: str
    last_used_at: str | UnsetType = UNSET
    aaguid: str


class Origins(Struct, frozen=True, kw_only=True):
    origins: list[str]


async def registration_options(work: Work, call: Call) -> Response:
    """What to make a passkey with, for the person whose access token this is."""
    body: OptionsBody = call.body
    access = await tokens.require_access(work, call.bearer)
    return json(_options(await passkeys.begin(work, access, body.origin, body.friendly_name)))


async def register(open_work: OpenWork, call: Call) -> Response:
    """Keep the passkey that was made."""
    refused = await passkeys.add(open_work, call.server.crunch, call.bearer, _attested(call.body))
    return no_content() if refused is None else refusal(refused, call)


async def listed(work: Work, call: Call) -> Response:
    """The person's passkeys."""
    access = await tokens.require_access(work, call.bearer)
    return json([_device(passkey) for passkey in await passkeys.listed(work, access)])


async def remove(work: Work, call: Call) -> Response:
    """Take a passkey away, and what rests on it."""
    access = await tokens.require_access(work, call.bearer)
    await passkeys.remove(work, access, call.path_values["id"], ip=call.ip)
    return no_content()


async def authentication_options(work: Work, call: Call) -> Response:
    """What to use a passkey with. An unknown address is answered like a known one."""
    body: AuthenticationOptionsBody = call.body
    client = await clients.get(work, body.client_id)
    named = body.email or body.phone_number
    address = identified(body.email, body.phone_number) if named else None
    asked = await passkeys.begin_login(work, client, body.origin, address)
    return json(
        AuthenticationOptions(
            public_key=RequestOptions(
                challenge=asked.challenge,
                rp_id=asked.relying_party,
                allow_credentials=[Descriptor(id=id) for id in asked.allowed],
                user_verification=_verification(asked.verify_user),
            )
        )
    )


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    """A passkey's answer for a `tkn`."""
    body: AssertedCredential = call.body
    outcome = await passkeys.log_in(
        open_work,
        call.server.crunch,
        Asserted(
            id=body.id,
            raw_id=body.raw_id,
            type=body.type,
            client_data=body.response.client_data_json,
            authenticator_data=body.response.authenticator_data,
            signature=body.response.signature,
            user_handle=body.response.user_handle,
        ),
        device=trusted.read(call),
        ip=call.ip,
        country=call.country,
    )
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return trusted.keep(json(tkn_of(outcome)), outcome.device, COOKIE_LIFETIME)


async def sign_up_options(work: Work, call: Call) -> Response:
    """What to make a newcomer's first passkey with."""
    body: SignUpOptionsBody = call.body
    client = await clients.get(work, body.client_id)
    email, phone = contact_points(body.profile.email, body.profile.phone_number)
    newcomer = Newcomer(profile=profile_of(body.profile), email=email, phone_number=phone)
    return json(
        _options(
            await passkeys.begin_sign_up(work, client, body.origin, body.friendly_name, newcomer)
        )
    )


async def sign_up(open_work: OpenWork, call: Call) -> Response:
    """A new person with the passkey that was made, logged in."""
    body: SignUpBody = call.body
    outcome = await passkeys.sign_up(
        open_work,
        call.server.crunch,
        body.webauthn_id,
        _attested(body.public_key_credential),
        ip=call.ip,
    )
    return refusal(outcome, call) if isinstance(outcome, Refused) else json(tkn_of(outcome))


async def reset_options(work: Work, call: Call) -> Response:
    """What to make a new passkey with, for who holds the code of an account recovery."""
    body: ResetOptionsBody = call.body
    outcome = await passkeys.begin_reset(
        work,
        await clients.get(work, body.client_id),
        body.origin,
        body.friendly_name,
        identifier(body.email, body.phone_number),
        body.verification_code,
        ip=call.ip,
    )
    return refusal(outcome, call) if isinstance(outcome, Refused) else json(_options(outcome))


async def reset(open_work: OpenWork, call: Call) -> Response:
    """Keep the passkey that was made, in place of every other."""
    body: ResetBody = call.body
    refused = await passkeys.reset(
        open_work,
        call.server.crunch,
        identifier(body.email, body.phone_number),
        body.verification_code,
        _attested(body.public_key_credential),
        ip=call.ip,
    )
    return no_content() if refused is None else refusal(refused, call)


async def related_origins(work: Work, call: Call) -> Response:
    """The origins that may use this server's passkeys (Web Authentication Level 3 §5.11)."""
    return json(Origins(origins=sorted((await clients.registry(work)).origins)))


def _attested(body: AttestedCredential) -> Attested:
    return Attested(
        id=body.id,
        raw_id=body.raw_id,
        type=body.type,
        client_data=body.response.client_data_json,
        attestation_object=body.response.attestation_object,
        transports=tuple(body.response.transports or ()),
    )


def _options(asked: Creation) -> RegistrationOptions:
    return RegistrationOptions(
        friendly_name=asked.name,
        options=PublicKey(
            public_key=CreationOptions(
                rp=Entity(id=asked.relying_party, name=asked.relying_party_name),
                user=UserEntity(
                    id=asked.owner.handle,
                    name=asked.owner.name,
                    display_name=asked.owner.display_name,
                ),
                challenge=asked.challenge,
                pub_key_cred_params=[Algorithm(alg=alg) for alg in asked.algorithms],
                exclude_credentials=[_descriptor(known) for known in asked.excluded],
                authenticator_selection=Selection(
                    user_verification=_verification(asked.verify_user)
                ),
            )
        ),
    )


def _descriptor(known: Known) -> Descriptor:
    return Descriptor(id=known.id, transports=list(known.transports) or UNSET)


def _verification(required: bool) -> str:
    return "required" if required else "preferred"


def _device(passkey: Passkey) -> Device:
    return Device(
        id=passkey.id,
        friendly_name=passkey.name,
        created_at=rfc3339(passkey.created_at),
        last_used_at=UNSET if passkey.used_at is None else rfc3339(passkey.used_at),
        aaguid=passkey.aaguid,
    )
