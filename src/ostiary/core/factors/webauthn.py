"""Passkeys: what Web Authentication Level 3 §7 has a relying party verify.

The mathematics are the library `webauthn`'s. It is heavy, and few processes meet a passkey: it is loaded by
`challenge_of`, which belongs on a thread before the unit of work. What it leaves out is checked here: the
page was in nobody's frame, the id is the attested one, the key is of its algorithm, the owner is the one
named, eligibility for backup never changes, and the signature is good before its count is believed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel

from .model import Accepted, Asserted, Attested, Ceremony, Described, Made, Rejected, Verdict

# COSE algorithms taken: Ed25519 and ES256 (RFC 9053 §2), RS256 (RFC 8812 §2); the first is liked best
ALGORITHMS = (-8, -7, -257)
# No attestation is asked for, so that an authenticator vouches for itself or not at all.
FORMATS = ("none", "packed")
TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")  # §5.8.4
ATTACHMENTS = ("platform", "cross-platform")  # §5.4.5
LONGEST_ID = 1023  # bytes (§7.1 step 25)
RSA_SIZES = range(2048, 4097)  # bits


class State(Struct, frozen=True, kw_only=True):
    """What is kept of a passkey (§4, credential record). Ours: its owner's name for it, `recovered` and `agent`."""

    public_key: bytes  # COSE
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]
    name: str
    relying_party: str
    user_handle: bytes
    attachment: str = ""
    agent: str = ""
    recovered: bool = False


class _Wrong(Exception):
    """The answer is not what was asked for. Nothing is told of why."""


class Webauthn:
    kind = Kind.WEBAUTHN
    authenticator = AuthenticatorClass.POSSESSION
    channel: Channel | None = None
    second = False  # it logs in by itself; whether it is worth two is the policy's
    algorithms = ALGORITHMS

    def domain_of(self, public_url: str) -> str | None:
        """The domain that a passkey of this server can belong to; an address has none (§5.1.2)."""
        host = urlsplit(public_url).hostname or ""
        try:
            ip_address(host)
        except ValueError:
            return host or None
        return None

    def challenge_of(self, answer: Attested | Asserted) -> str | None:
        """The challenge that this answers, in base64url. Loads the library: on a thread, outside any work."""
        import webauthn  # noqa: F401

        try:
            asked = _client_data(answer).get("challenge")
        except (_Wrong, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return asked if isinstance(asked, str) else None

    def register(
        self,
        answer: Attested,
        asked: Ceremony,
        name: str,
        *,
        recovered: bool = False,
        agent: str = "",
    ) -> Made | Rejected:
        """The new passkey, if this is a sound answer (§7.1).

        `recovered`: a code in a mailbox allowed it. Such a one verifies its user as any other, and yet is
        never said to: it is no way past a second factor (REC-5).
        """
        try:
            return _made(answer, asked, name, recovered, agent)
        except Exception:  # noqa: BLE001  whatever a stranger's bytes lead to is no passkey (WA-8)
            return Rejected("wrong_passkey")

    def check(self, state: bytes, answer: Asserted, asked: Ceremony) -> Verdict:
        """Is this the passkey's answer (§7.2)? `passkey_copied`: signed by it, and counted before (WA-5)."""
        try:
            kept = _read(state)
            signed, user_verified = _signed(kept, answer, asked)
        except Exception:  # noqa: BLE001  as above
            return Rejected("wrong_passkey")
        if kept.sign_count and signed.sign_count <= kept.sign_count:
            return Rejected("passkey_copied")
        return Accepted(msgspec.json.encode(signed), user_verified and not kept.recovered)

    def describe(self, state: bytes) -> Described:
        kept = _read(state)
        return Described(
            name=kept.name,
            aaguid=kept.aaguid,
            transports=kept.transports,
            recovered=kept.recovered,
            relying_party=kept.relying_party,
            agent=kept.agent,
            attachment=kept.attachment,
            public_key=kept.public_key,
        )

    def renamed(self, state: bytes, name: str) -> bytes:
        return msgspec.json.encode(replace(_read(state), name=name))


def _read(state: bytes) -> State:
    return msgspec.json.decode(state, type=State)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Base64url without padding, in its one spelling: the library would skip what is none."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError) as error:
        raise _Wrong from error
    if _encoded(raw) != text:
        raise _Wrong
    return raw


def _client_data(answer: Attested | Asserted) -> dict[str, Any]:
    return msgspec.json.decode(_decoded(answer.client_data), type=dict[str, Any])


def _check_envelope(answer: Attested | Asserted, asked: Ceremony) -> None:
    """It is a public key's, it spells the challenge as it was given, and its page was in no other site's
    frame (§7.1 step 10, §7.2 step 13)."""
    said = _client_data(answer)
    if answer.type != "public-key" or said.get("challenge") != _encoded(asked.challenge):
        raise _Wrong
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise _Wrong


def _made(answer: Attested, asked: Ceremony, name: str, recovered: bool, agent: str) -> Made:
    from webauthn import verify_registration_response
    from webauthn.helpers import encode_cbor, parse_attestation_object, parse_cbor
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import (
        AuthenticatorAttestationResponse,
        CredentialDeviceType,
        PublicKeyCredentialType,
        RegistrationCredential,
    )

    _check_envelope(answer, asked)
    raw_id = _decoded(answer.raw_id)
    attestation = _decoded(answer.attestation_object)
    if encode_cbor(parse_cbor(attestation)) != attestation:  # in its one encoding (§6), and no more
        raise _Wrong
    if parse_attestation_object(attestation).fmt not in FORMATS:
        raise _Wrong
    verified = verify_registration_response(
        credential=RegistrationCredential(
            id=answer.id,
            raw_id=raw_id,
            response=AuthenticatorAttestationResponse(
                client_data_json=_decoded(answer.client_data), attestation_object=attestation
            ),
            type=PublicKeyCredentialType.PUBLIC_KEY,
        ),
        expected_challenge=asked.challenge,
        expected_rp_id=asked.relying_party,
        expected_origin=list(asked.origins),
        require_user_verification=asked.verify_user,
        supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in ALGORITHMS],
    )
    if verified.credential_id != raw_id or len(raw_id) > LONGEST_ID:
        raise _Wrong
    _check_key(verified.credential_public_key)
    state = State(
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        backup_eligible=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=verified.credential_backed_up,
        transports=tuple(known for known in TRANSPORTS if known in answer.transports),
        name=name,
        relying_party=asked.relying_party,
        user_handle=asked.user_handle,
        attachment=answer.attachment if answer.attachment in ATTACHMENTS else "",
        agent=agent,
        recovered=recovered,
    )
    return Made(
        id=answer.raw_id,
        state=msgspec.json.encode(state),
        user_verified=verified.user_verified and not recovered,
    )


def _check_key(cose: bytes) -> None:
    """A key that can be used with the algorithm it names (§5.8.5), and in a time that is bounded."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

    named = decode_credential_public_key(cose)
    key = decoded_public_key_to_cryptography(named)
    if isinstance(key, EllipticCurvePublicKey):
        sound = named.alg == -7 and isinstance(key.curve, SECP256R1)
    elif isinstance(key, RSAPublicKey):
        sound = named.alg == -257 and key.key_size in RSA_SIZES
    else:
        sound = named.alg == -8 and isinstance(key, Ed25519PublicKey)
    if not sound:
        raise _Wrong


def _check_owner(kept: State, answer: Asserted, asked: Ceremony) -> None:
    """Whose it is, where it says so; and it must, where nobody else has said (§7.2 step 6)."""
    if answer.user_handle:
        if _decoded(answer.user_handle) != kept.user_handle:
            raise _Wrong
    elif not asked.user_named:
        raise _Wrong


def _signed(kept: State, answer: Asserted, asked: Ceremony) -> tuple[State, bool]:
    """The passkey's state after this answer, its count not yet judged, and whether it verified its user."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.structs import (
        AuthenticationCredential,
        AuthenticatorAssertionResponse,
        CredentialDeviceType,
        PublicKeyCredentialType,
    )

    _check_envelope(answer, asked)
    _check_owner(kept, answer, asked)
    verified = verify_authentication_response(
        credential=AuthenticationCredential(
            id=answer.id,
            raw_id=_decoded(answer.raw_id),
            response=AuthenticatorAssertionResponse(
                client_data_json=_decoded(answer.client_data),
                authenticator_data=_decoded(answer.authenticator_data),
                signature=_decoded(answer.signature),
            ),
            type=PublicKeyCredentialType.PUBLIC_KEY,
        ),
        expected_challenge=asked.challenge,
        expected_rp_id=asked.relying_party,
        expected_origin=list(asked.origins),
        credential_public_key=kept.public_key,
        credential_current_sign_count=0,  # else it would be judged before the signature is
        require_user_verification=asked.verify_user,
    )
    eligible = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    if eligible is not kept.backup_eligible:
        raise _Wrong
    after = replace(
        kept, sign_count=verified.new_sign_count, backed_up=verified.credential_backed_up
    )
    return after, verified.user_verified


FACTOR = Webauthn()
