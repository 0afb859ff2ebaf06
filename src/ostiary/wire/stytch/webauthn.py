"""Passkeys. Options and answers travel as texts of JSON, with bytes in base64url without padding."""

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.factors.model import Asserted, Attested
from ostiary.core.passkeys.model import Creation, Known, Request
from ostiary.core.proving.model import Authenticated as Outcome
from ostiary.core.proving.model import Registration, Wanted
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.ids import UserId

from ..decoding import decode_json
from ..http import Call
from . import answers, session_jwt, words
from .errors import Said, refusal
from .objects import Registration as RegistrationObject
from .objects import registration_object
from .words import Auth, Reply, Text, env_of, reply, required, spell, user_id

T = TypeVar("T")

TIMEOUT = 120_000  # milliseconds: as long as a challenge is good
REGISTERING = {
    "wrong_passkey": Said(
        401,
        "unable_to_register_webauthn_registration",
        "This does not answer what was asked, or no longer. Start again.",
    )
}

Bytes: TypeAlias = Annotated[str, Meta(max_length=65_536)]  # the whole body has no more
Attachment: TypeAlias = Literal["platform", "cross-platform"]


class RegisterStartBody(Struct, frozen=True, kw_only=True):
    user_id: Text
    domain: Text
    user_agent: Text | None = None
    authenticator_type: Attachment | None = None
    return_passkey_credential_options: bool | None = None
    override_id: Text | None = None
    override_name: Text | None = None
    override_display_name: Text | None = None


class RegisterStarted(Reply, frozen=True, kw_only=True):
    user_id: str
    public_key_credential_creation_options: str


class AuthenticateStartBody(Struct, frozen=True, kw_only=True):
    domain: Text
    user_id: Text | None = None
    return_passkey_credential_options: bool | None = None


class AuthenticateStarted(Reply, frozen=True, kw_only=True):
    user_id: str
    public_key_credential_request_options: str


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    public_key_credential: Bytes


class RegisterBody(AuthenticateBody, frozen=True, kw_only=True):
    user_id: Text


class Proved(answers.Proved, frozen=True, kw_only=True):
    webauthn_registration_id: str


class UpdateBody(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(max_length=128)]


class Updated(Reply, frozen=True, kw_only=True):
    webauthn_registration: RegistrationObject


class CredentialObject(Struct, frozen=True, kw_only=True):
    credential_id: str
    webauthn_registration_id: str
    type: str = "public-key"
    public_key: str


class Credentials(Reply, frozen=True, kw_only=True):
    credentials: list[CredentialObject]


# ---- what the texts hold


class _AttestedResponse(Struct, frozen=True, kw_only=True):
    client_data: str = field(name="clientDataJSON")
    attestation_object: str = field(name="attestationObject")
    transports: list[str] | None = None


class _AttestedCredential(Struct, frozen=True, kw_only=True):
    id: str
    raw_id: str = field(name="rawId")
    type: str
    response: _AttestedResponse
    attachment: str | None = field(name="authenticatorAttachment", default=None)


class _AssertedResponse(Struct, frozen=True, kw_only=True):
    client_data: str = field(name="clientDataJSON")
    authenticator_data: str = field(name="authenticatorData")
    signature: str
    user_handle: str | None = field(name="userHandle", default=None)


class _AssertedCredential(Struct, frozen=True, kw_only=True):
    id: str
    raw_id: str = field(name="rawId")
    type: str
    response: _AssertedResponse


class _Descriptor(Struct, frozen=True, kw_only=True):
    type: str = "public-key"
    id: str
    transports: list[str] | UnsetType = UNSET


class _Selection(Struct, frozen=True, kw_only=True, rename="camel"):
    authenticator_attachment: str | UnsetType = UNSET
    resident_key: str
    require_resident_key: bool
    user_verification: str


async def register_start(work: Work, call: Call) -> Response:
    """What to make a passkey with, for this user and this domain."""
    body: RegisterStartBody = call.body
    user = await user_id(work, body.user_id)
    wanted = Wanted(
        domain=body.domain,
        agent=body.user_agent or "",
        handle=body.override_id,
        name=body.override_name,
        display_name=body.override_display_name,
    )
    asked = await proving.passkeys.begin(work, user, wanted)
    started = RegisterStarted(
        user_id=spell("user", env_of(call), user),
        public_key_credential_creation_options=creation_options(
            asked, body.authenticator_type, passkey=bool(body.return_passkey_credential_options)
        ),
    )
    return reply(call, started)


async def register(open_work: OpenWork, call: Call) -> Response:
    """Keep the passkey that was made."""
    body: RegisterBody = call.body
    answer = attested(body.public_key_credential)
    async with open_work(reading=True) as work:
        user, wish = await user_id(work, body.user_id), await session_jwt.wish(work, body)
    crunch = call.server.crunch
    outcome = await proving.passkeys.register(open_work, crunch, user, answer, wish)
    return await _proved(open_work, call, outcome, REGISTERING)


async def authenticate_start(work: Work, call: Call) -> Response:
    """What to use a passkey with: one of this user, or any of this domain."""
    body: AuthenticateStartBody = call.body
    user = await user_id(work, body.user_id) if body.user_id else None
    asked = await proving.passkeys.ask(work, user, body.domain)
    started = AuthenticateStarted(
        user_id=spell("user", env_of(call), user) if user else "",
        public_key_credential_request_options=request_options(asked),
    )
    return reply(call, started)


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    """The answer of a passkey, good once."""
    body: AuthenticateBody = call.body
    answer = asserted(body.public_key_credential)
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    outcome = await proving.passkeys.authenticate(open_work, call.server.crunch, answer, wish)
    return await _proved(open_work, call, outcome)


async def update(work: Work, call: Call) -> Response:
    """Call it something else."""
    return reply(call, await renamed(work, call, None))


async def renamed(work: Work, call: Call, owner: UserId | None) -> Updated:
    body: UpdateBody = call.body
    field = "webauthn_registration_id"
    id = required("webauthn-registration", call.path_values[field], field)
    if not body.name.strip():
        raise Malformed("name_missing")
    found = await proving.passkeys.rename(work, id, body.name, owner)
    return Updated(webauthn_registration=registration_object(found, env_of(call)))


async def listed(work: Work, call: Call) -> Response:
    """The user's passkeys of this domain, with their public keys."""
    user = await user_id(work, call.path_values["user_id"])
    found = await proving.passkeys.listed(work, user, call.path_values["domain"])
    return reply(
        call, Credentials(credentials=[_credential_object(one, env_of(call)) for one in found])
    )


def attested(text: str) -> Attested:
    """What `navigator.credentials.create()` gave."""
    found = _read(text, _AttestedCredential)
    return Attested(
        id=found.id,
        raw_id=found.raw_id,
        type=found.type,
        client_data=found.response.client_data,
        attestation_object=found.response.attestation_object,
        transports=tuple(found.response.transports or ()),
        attachment=found.attachment or "",
    )


def asserted(text: str) -> Asserted:
    """What `navigator.credentials.get()` gave."""
    found = _read(text, _AssertedCredential)
    return Asserted(
        id=found.id,
        raw_id=found.raw_id,
        type=found.type,
        client_data=found.response.client_data,
        authenticator_data=found.response.authenticator_data,
        signature=found.response.signature,
        user_handle=found.response.user_handle,
    )


def creation_options(asked: Creation, attachment: str | None, *, passkey: bool) -> str:
    """`passkey`: one that its authenticator finds by itself, or none."""
    return _text(
        {
            "rp": {"id": asked.relying_party, "name": asked.relying_party_name},
            "user": {
                "id": asked.owner.handle,
                "name": asked.owner.name,
                "displayName": asked.owner.display_name,
            },
            "challenge": asked.challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in asked.algorithms],
            "timeout": TIMEOUT,
            "excludeCredentials": [_descriptor(known) for known in asked.excluded],
            "authenticatorSelection": _Selection(
                authenticator_attachment=attachment or UNSET,
                resident_key="required" if passkey else "preferred",
                require_resident_key=passkey,
                user_verification=_verification(asked.verify_user),
            ),
            "attestation": "none",
        }
    )


def request_options(asked: Request) -> str:
    return _text(
        {
            "challenge": asked.challenge,
            "rpId": asked.relying_party,
            "allowCredentials": [_Descriptor(id=id) for id in asked.allowed],
            "userVerification": _verification(asked.verify_user),
            "timeout": TIMEOUT,
        }
    )


async def _proved(
    open_work: OpenWork,
    call: Call,
    outcome: Outcome | Refused,
    own: dict[str, Said] | None = None,
) -> Response:
    if isinstance(outcome, Refused):
        return refusal(outcome, call, own)
    id = spell("webauthn-registration", env_of(call), outcome.proof.credential)
    async with open_work(reading=True) as work:
        fields = await answers.proved(work, call, outcome)
    return reply(call, Proved(webauthn_registration_id=id, **fields))


def _read(text: str, type_: type[T]) -> T:
    try:
        return decode_json(text.encode(), type_)
    except (Malformed, UnicodeEncodeError) as error:
        raise Malformed("parameter_invalid", field="public_key_credential") from error


def _text(options: dict[str, Any]) -> str:
    return msgspec.json.encode(options).decode()


def _descriptor(known: Known) -> _Descriptor:
    return _Descriptor(id=known.id, transports=list(known.transports) or UNSET)


def _verification(required: bool) -> str:
    return "required" if required else "preferred"


def _credential_object(one: Registration, env: str) -> CredentialObject:
    return CredentialObject(
        credential_id=one.credential.address,
        webauthn_registration_id=spell("webauthn-registration", env, one.credential.id),
        public_key=words.base64url(one.described.public_key),
    )
