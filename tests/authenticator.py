"""An authenticator and the browser in front of it, in software; its encodings are Yubico's `fido2`.

It does what it is asked, and on request a little differently: `change` is given what it is about to sign.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count as counted
from struct import pack
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData

from tests.world import SHOP

Json: TypeAlias = dict[str, Any]
Flag = AuthenticatorData.FLAG
PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
AAGUID = bytes(range(16))
LOCAL = Flag.UP | Flag.UV  # somebody was there, and showed who; the key never leaves the device


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data)


@dataclass
class Passkey:
    id: bytes
    key: PrivateKey
    relying_party: str
    user_handle: bytes
    flags: Flag
    count: int = 0


@dataclass
class Draft:
    """What is about to be signed, and the envelope that it travels in."""

    client: Json
    relying_party: str
    flags: Flag
    count: int
    credential_id: bytes
    key: PrivateKey
    cose: dict[int, Any] = field(default_factory=dict)
    aaguid: bytes = AAGUID
    format: str = "none"
    statement: Json | None = None  # None: as the format has it
    user_handle: bytes | None = None
    trailing: bytes = b""
    envelope: Json = field(default_factory=dict)
    response: Json = field(default_factory=dict)


Change: TypeAlias = Callable[[Draft], None]


def as_asked(draft: Draft) -> None:
    """Nothing is changed."""


class Authenticator:
    """`discoverable`: it says whose a passkey is."""

    def __init__(
        self,
        name: str = "a phone",
        *,
        origin: str = SHOP,
        flags: Flag = LOCAL,
        format: str = "none",
        discoverable: bool = True,
        counting: bool = True,
        new_key: Callable[[], PrivateKey] = lambda: ec.generate_private_key(ec.SECP256R1()),
    ) -> None:
        self.name = name
        self.origin = origin
        self.flags = flags
        self.format = format
        self.discoverable = discoverable
        self.counting = counting
        self.new_key = new_key
        self.passkeys: list[Passkey] = []
        self._serials = counted()

    def make(self, options: Json, change: Change = as_asked) -> Json:
        """`navigator.credentials.create()`, serialised as the SDK does it."""
        asked = options["public_key"]
        id = sha256(f"{self.name} {next(self._serials)}".encode()).digest()
        key = self.new_key()
        passkey = Passkey(
            id=id,
            key=key,
            relying_party=asked["rp"]["id"],
            user_handle=from_base64url(asked["user"]["id"]),
            flags=self.flags,
        )
        draft = self._draft("webauthn.create", asked["challenge"], passkey)
        draft.flags |= Flag.AT
        draft.cose = dict(CoseKey.for_alg(alg_of(key)).from_cryptography_key(key.public_key()))
        draft.format = self.format
        change(draft)
        self.passkeys.append(passkey)
        return attested(draft)

    def get(self, options: Json, change: Change = as_asked, *, which: int = -1) -> Json:
        """`navigator.credentials.get()`, serialised as the SDK does it."""
        asked = options["public_key"]
        passkey = self.passkeys[which]
        passkey.count += self.counting
        draft = self._draft("webauthn.get", asked["challenge"], passkey)
        draft.user_handle = passkey.user_handle if self.discoverable else None
        change(draft)
        return asserted(draft)

    def _draft(self, type: str, challenge: str, passkey: Passkey) -> Draft:
        return Draft(
            client={
                "type": type,
                "challenge": challenge,
                "origin": self.origin,
                "crossOrigin": False,
            },
            relying_party=passkey.relying_party,
            flags=passkey.flags,
            count=passkey.count,
            credential_id=passkey.id,
            key=passkey.key,
        )


def alg_of(key: PrivateKey) -> int:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {"secp256r1": -7, "secp384r1": -35}[key.curve.name]
    return -257 if isinstance(key, rsa.RSAPrivateKey) else -8


def _about(draft: Draft, credential: bytes = b"") -> bytes:
    """Authenticator data, byte by byte (Web Authentication Level 3 §6.1): it may be told to make no sense."""
    hashed = sha256(draft.relying_party.encode()).digest()
    return hashed + pack(">BI", draft.flags, draft.count) + credential + draft.trailing


def _client(draft: Draft) -> bytes:
    return json.dumps(draft.client, separators=(",", ":")).encode()


def attested(draft: Draft) -> Json:
    id = draft.credential_id
    made = draft.aaguid + pack(">H", len(id)) + id + cbor.encode(draft.cose)
    client, about = _client(draft), _about(draft, made)
    statement = draft.statement
    if statement is None:
        statement = {}
        if draft.format == "packed":  # it vouches for itself
            signature = sign(draft.key, about + sha256(client).digest())
            statement = {"alg": alg_of(draft.key), "sig": signature}
    attestation = cbor.encode({"fmt": draft.format, "attStmt": statement, "authData": about})
    return _wrapped(
        draft,
        client,
        attestation_object=base64url(attestation),
        transports=["internal", "hybrid"],
    )


def asserted(draft: Draft) -> Json:
    client, about = _client(draft), _about(draft)
    signature = sign(draft.key, about + sha256(client).digest())
    return _wrapped(
        draft,
        client,
        authenticator_data=base64url(about),
        signature=base64url(signature),
        user_handle=None if draft.user_handle is None else base64url(draft.user_handle),
    )


def _wrapped(draft: Draft, client: bytes, **response: object) -> Json:
    id = base64url(draft.credential_id)
    return {
        "id": id,
        "raw_id": id,
        "type": "public-key",
        **draft.envelope,
        "response": {"client_data_json": base64url(client), **response, **draft.response},
    }
