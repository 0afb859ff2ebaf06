"""What a browser is asked of passkeys, and what its answers say, as `static/passkeys.js` spells them."""

from typing import Any

import msgspec
from msgspec import Struct

from ostiary.core.factors import PASSKEY
from ostiary.core.factors.model import Asserted, Attested
from ostiary.core.operators.model import Creation, Wanted
from ostiary.core.work import Crunch

from ..decoding import decode_json

TIMEOUT = 120_000  # milliseconds


class _Assertion(Struct, frozen=True):
    client_data_json: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


class _Attestation(Struct, frozen=True):
    client_data_json: str
    attestation_object: str
    transports: tuple[str, ...] = ()


class _Used(Struct, frozen=True):
    id: str
    raw_id: str
    type: str
    response: _Assertion


class _Created(Struct, frozen=True):
    id: str
    raw_id: str
    type: str
    response: _Attestation


class Used(Struct, frozen=True):
    """A passkey was used. `challenge`: what it says that it answers."""

    answer: Asserted
    challenge: str | None


class Created(Struct, frozen=True):
    """A passkey was made."""

    answer: Attested
    challenge: str | None


async def used(crunch: Crunch, text: str) -> Used:
    said = decode_json(text.encode(), _Used)
    answer = Asserted(
        id=said.id,
        raw_id=said.raw_id,
        type=said.type,
        client_data=said.response.client_data_json,
        authenticator_data=said.response.authenticator_data,
        signature=said.response.signature,
        user_handle=said.response.user_handle,
    )
    return Used(answer, await crunch(PASSKEY.challenge_of, answer))


async def created(crunch: Crunch, text: str) -> Created:
    said = decode_json(text.encode(), _Created)
    answer = Attested(
        id=said.id,
        raw_id=said.raw_id,
        type=said.type,
        client_data=said.response.client_data_json,
        attestation_object=said.response.attestation_object,
        transports=said.response.transports,
    )
    return Created(answer, await crunch(PASSKEY.challenge_of, answer))


def request(wanted: Wanted) -> dict[str, Any]:
    """Options for `navigator.credentials.get()` (Web Authentication Level 3 §5.5)."""
    return {
        "challenge": wanted.challenge,
        "rpId": wanted.relying_party,
        "allowCredentials": [_known(id) for id in wanted.known],
        "userVerification": "required",
        "timeout": TIMEOUT,
    }


def creation(wanted: Creation) -> dict[str, Any]:
    """Options for `navigator.credentials.create()` (§5.4): one that says whose it is, and asks who is there."""
    return {
        "challenge": wanted.challenge,
        "rp": {"id": wanted.relying_party, "name": wanted.relying_party_name},
        "user": {"id": wanted.handle, "name": wanted.owner, "displayName": wanted.owner},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in wanted.algorithms],
        "excludeCredentials": [_known(id) for id in wanted.known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": TIMEOUT,
    }


def spelled(options: dict[str, Any]) -> str:
    return msgspec.json.encode(options).decode()


def _known(id: str) -> dict[str, str]:
    return {"type": "public-key", "id": id}
