"""Passkeys: every answer that is not exactly what was asked for is refused (WA-1, WA-2, WA-5, WA-8)."""

import json
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from fido2 import cbor
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ostiary.core.factors.model import Accepted, Asserted, Attested, Ceremony, Made, Rejected
from ostiary.core.factors.webauthn import FACTOR, State
from ostiary.terms.assurance import AuthenticatorClass
from tests.authenticator import (
    LOCAL,
    Authenticator,
    Change,
    Draft,
    Flag,
    Json,
    PrivateKey,
    base64url,
    from_base64url,
    sign,
)
from tests.world import SHOP

CHALLENGE = bytes(range(48))
ANN, BOB = b"ann's 16 byte id", b"bob's 16 byte id"
ASKED = Ceremony(
    challenge=CHALLENGE,
    relying_party="demo.localhost",
    origins=(SHOP,),
    verify_user=False,
    user_handle=ANN,
)
OPTIONS: Json = {
    "public_key": {
        "challenge": base64url(CHALLENGE),
        "rp": {"id": "demo.localhost"},
        "user": {"id": base64url(ANN)},
    }
}
WRONG, COPIED = Rejected("wrong_passkey"), Rejected("passkey_copied")
SYNCED = LOCAL | Flag.BE | Flag.BS
NONE = Flag(0)


def p256() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


RSA_KEY = rsa.generate_private_key(65537, 2048)


def attested(wire: Json) -> Attested:
    response = wire["response"]
    return Attested(
        id=wire["id"],
        raw_id=wire["raw_id"],
        type=wire["type"],
        client_data=response["client_data_json"],
        attestation_object=response["attestation_object"],
        transports=tuple(response["transports"]),
    )


def asserted(wire: Json) -> Asserted:
    response = wire["response"]
    return Asserted(
        id=wire["id"],
        raw_id=wire["raw_id"],
        type=wire["type"],
        client_data=response["client_data_json"],
        authenticator_data=response["authenticator_data"],
        signature=response["signature"],
        user_handle=response["user_handle"],
    )


def made(phone: Authenticator, asked: Ceremony = ASKED) -> Made:
    found = FACTOR.register(attested(phone.make(OPTIONS)), asked, "Ann’s phone")
    assert isinstance(found, Made)
    return found


def state_of(raw: bytes) -> State:
    return msgspec.json.decode(raw, type=State)


# ---- what is taken


@pytest.mark.parametrize("format", ["none", "packed"])
@pytest.mark.parametrize(
    "new_key",
    [p256, ed25519.Ed25519PrivateKey.generate, lambda: RSA_KEY],
    ids=["ES256", "EdDSA", "RS256"],
)
def test_a_passkey_is_made_and_used(new_key: Callable[[], PrivateKey], format: str) -> None:
    phone = Authenticator(new_key=new_key, format=format)
    passkey = made(phone)
    assert passkey.id == base64url(phone.passkeys[0].id)
    assert passkey.user_verified
    verdict = FACTOR.check(passkey.state, asserted(phone.get(OPTIONS)), ASKED)
    assert isinstance(verdict, Accepted)
    assert verdict.user_verified
    assert state_of(verdict.state).sign_count == 1


def test_what_is_kept_of_a_passkey() -> None:
    """WA-5: the flags of backup, too; and only the transports that there are."""
    answer = attested(Authenticator(flags=SYNCED).make(OPTIONS))
    found = FACTOR.register(
        replace(answer, transports=("internal", "carrier pigeon", "usb"), attachment="platform"),
        ASKED,
        "Ann’s phone",
        agent="a browser",
    )
    assert isinstance(found, Made)
    state = state_of(found.state)
    assert state == State(
        public_key=state.public_key,
        sign_count=0,
        aaguid="00010203-0405-0607-0809-0a0b0c0d0e0f",
        backup_eligible=True,
        backed_up=True,
        transports=("usb", "internal"),
        name="Ann’s phone",
        relying_party="demo.localhost",
        user_handle=ANN,
        attachment="platform",
        agent="a browser",
    )
    described = FACTOR.describe(found.state)
    assert (described.name, described.aaguid) == (state.name, state.aaguid)
    assert described.transports == state.transports
    assert (described.relying_party, described.agent) == ("demo.localhost", "a browser")
    assert described.attachment == "platform"
    renamed = FACTOR.renamed(found.state, "another name")
    assert state_of(renamed) == replace(state, name="another name")
    odd = FACTOR.register(replace(answer, attachment="a carrier pigeon"), ASKED, "")
    assert isinstance(odd, Made)
    assert FACTOR.describe(odd.state).attachment == ""


def test_a_passkey_of_a_recovery_is_never_said_to_verify_its_user() -> None:
    """REC-5: so that no policy makes it more than one factor."""
    phone = Authenticator()
    found = FACTOR.register(attested(phone.make(OPTIONS)), ASKED, "", recovered=True)
    assert isinstance(found, Made)
    verdict = FACTOR.check(found.state, asserted(phone.get(OPTIONS)), ASKED)
    assert isinstance(verdict, Accepted)
    assert not found.user_verified
    assert not verdict.user_verified
    again = FACTOR.check(verdict.state, asserted(phone.get(OPTIONS)), ASKED)
    assert isinstance(again, Accepted)
    assert not again.user_verified
    assert FACTOR.describe(again.state).recovered


def test_a_passkey_is_something_one_has() -> None:
    assert FACTOR.authenticator is AuthenticatorClass.POSSESSION
    assert FACTOR.channel is None


@pytest.mark.parametrize("bits", [2048, 4096])
def test_sizes_of_rsa_that_are_taken(bits: int) -> None:
    answer = attested(Authenticator().make(OPTIONS, modulus(bits)))
    assert isinstance(FACTOR.register(answer, ASKED, ""), Made)


@pytest.mark.parametrize("size", [1, 1023])
def test_sizes_of_ids_that_are_taken(size: int) -> None:
    answer = attested(Authenticator().make(OPTIONS, signed(credential_id=bytes(size))))
    assert isinstance(FACTOR.register(answer, ASKED, ""), Made)


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("verified", [False, True])
def test_the_user_is_verified_where_that_is_required(required: bool, verified: bool) -> None:
    """WA-4: and it is told whether they were, where it is not."""
    asked = replace(ASKED, verify_user=required)
    flags = LOCAL if verified else Flag.UP
    phone = Authenticator(flags=flags)
    found = FACTOR.register(attested(phone.make(OPTIONS)), asked, "")
    passkey = made(Authenticator("another"))
    other = Authenticator("one more", flags=LOCAL)
    passkey = made(other)
    other.passkeys[0].flags = flags
    verdict = FACTOR.check(passkey.state, asserted(other.get(OPTIONS)), asked)
    if required and not verified:
        assert found == verdict == WRONG
    else:
        assert isinstance(found, Made)
        assert isinstance(verdict, Accepted)
        assert found.user_verified is verdict.user_verified is verified


@pytest.mark.parametrize(
    ("named", "told", "taken"),
    [
        (True, ANN, True),
        (True, None, True),
        (True, b"", True),  # some browsers say nothing so
        (True, BOB, False),
        (True, ANN + b"!", False),
        (False, ANN, True),
        (False, None, False),
        (False, b"", False),
        (False, BOB, False),
    ],
)
def test_the_owner_is_the_one_who_is_named(named: bool, told: bytes | None, taken: bool) -> None:
    """WA-3: where nobody was named, the passkey has to."""

    def change(draft: Draft) -> None:
        draft.user_handle = told

    phone = Authenticator()
    passkey = made(phone)
    asked = replace(ASKED, user_named=named)
    verdict = FACTOR.check(passkey.state, asserted(phone.get(OPTIONS, change)), asked)
    assert isinstance(verdict, Accepted) if taken else verdict == WRONG


# ---- counts and backups


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (0, 0, None),  # it does not count
        (0, 1, None),
        (4, 5, None),
        (4, 400, None),
        (4, 4, COPIED),
        (4, 3, COPIED),
        (4, 0, COPIED),
        (2**32 - 2, 2**32 - 1, None),
        (2**32 - 1, 0, COPIED),
    ],
)
def test_a_count_only_rises(before: int, now: int, verdict: Rejected | None) -> None:
    """WA-5."""

    def change(draft: Draft) -> None:
        draft.count = now

    phone = Authenticator()
    kept = msgspec.json.encode(replace(state_of(made(phone).state), sign_count=before))
    found = FACTOR.check(kept, asserted(phone.get(OPTIONS, change)), ASKED)
    if verdict is not None:
        assert found == verdict
    else:
        assert isinstance(found, Accepted)
        assert state_of(found.state).sign_count == now


def test_a_count_is_believed_only_when_it_is_signed() -> None:
    """WA-5: else a stranger could ring the alarm."""
    phone = Authenticator()
    kept = msgspec.json.encode(replace(state_of(made(phone).state), sign_count=9))
    answer = asserted(phone.get(OPTIONS))
    assert FACTOR.check(kept, answer, ASKED) == COPIED
    assert FACTOR.check(kept, replace(answer, signature=base64url(b"0")), ASKED) == WRONG


@pytest.mark.parametrize(
    ("registered", "shown", "taken"),
    [
        (LOCAL, LOCAL, True),
        (SYNCED, SYNCED, True),
        (SYNCED, LOCAL | Flag.BE, True),  # its backup was deleted
        (LOCAL | Flag.BE, SYNCED, True),
        (LOCAL, LOCAL | Flag.BE, False),
        (LOCAL, SYNCED, False),
        (SYNCED, LOCAL, False),
        (LOCAL, LOCAL | Flag.BS, False),
    ],
)
def test_eligibility_for_backup_never_changes(registered: Flag, shown: Flag, taken: bool) -> None:
    """WA-5; whether there is a backup does, and is kept."""

    def change(draft: Draft) -> None:
        draft.flags = shown

    phone = Authenticator(flags=registered)
    verdict = FACTOR.check(made(phone).state, asserted(phone.get(OPTIONS, change)), ASKED)
    if taken:
        assert isinstance(verdict, Accepted)
        assert state_of(verdict.state).backed_up is bool(shown & Flag.BS)
    else:
        assert verdict == WRONG


# ---- mutations, signed as if they were meant


def client(**changed: Any) -> Change:
    def change(draft: Draft) -> None:
        draft.client |= changed

    return change


def without(name: str) -> Change:
    def change(draft: Draft) -> None:
        del draft.client[name]

    return change


def signed(**changed: Any) -> Change:
    def change(draft: Draft) -> None:
        for name, value in changed.items():
            setattr(draft, name, value)

    return change


def flagged(*, on: Flag | None = None, off: Flag | None = None) -> Change:
    def change(draft: Draft) -> None:
        draft.flags = (draft.flags | (on or NONE)) & ~(off or NONE)

    return change


def enveloped(**changed: Any) -> Change:
    def change(draft: Draft) -> None:
        draft.envelope |= changed

    return change


def spelled(name: str, respell: Callable[[str], str]) -> Change:
    """Another spelling of the same bytes, or of none."""

    def change(draft: Draft) -> None:
        draft.envelope[name] = respell(base64url(draft.credential_id))

    return change


def key(**changed: Any) -> Change:
    """`_1` is COSE's key 1, `m1` its key -1; None takes it away."""

    def change(draft: Draft) -> None:
        for name, value in changed.items():
            number = int(name[1:]) if name[0] == "_" else -int(name[1:])
            draft.cose[number] = value
            if value is None:
                del draft.cose[number]

    return change


def keyed(new: PrivateKey, alg: int) -> Change:
    """Another key than its kind of authenticator would make, under this algorithm's name."""

    def change(draft: Draft) -> None:
        public = new.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            numbers = public.public_numbers()
            modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
            draft.cose = {1: 3, 3: alg, -1: modulus, -2: numbers.e.to_bytes(3, "big")}
        elif isinstance(public, ec.EllipticCurvePublicKey):
            size = (public.curve.key_size + 7) // 8
            point = public.public_numbers()
            curve = {256: 1, 384: 2, 521: 3}[public.curve.key_size]
            draft.cose = {
                1: 2,
                3: alg,
                -1: curve,
                -2: point.x.to_bytes(size, "big"),
                -3: point.y.to_bytes(size, "big"),
            }
        else:
            draft.cose = {1: 1, 3: alg, -1: 6, -2: public.public_bytes_raw()}

    return change


def modulus(bits: int) -> Change:
    """A public key of RSA with so many bits: whether anybody has the private one is not asked."""

    def change(draft: Draft) -> None:
        number = (1 << bits - 1) + 1
        draft.cose = {1: 3, 3: -257, -1: number.to_bytes(-(-bits // 8), "big"), -2: b"\1\0\1"}

    return change


def by_u2f(draft: Draft) -> None:
    """Vouched for by a certificate, as the first generation did; all of it is right."""
    maker = ec.generate_private_key(ec.SECP256R1())
    point = b"\4" + draft.cose[-2] + draft.cose[-3]
    text = json.dumps(draft.client, separators=(",", ":")).encode()
    hashes_of = [sha256(part).digest() for part in (draft.relying_party.encode(), text)]
    draft.aaguid, draft.format = bytes(16), "fido-u2f"
    signature = sign(maker, b"".join([b"\0", *hashes_of, draft.credential_id, point]))
    draft.statement = {"sig": signature, "x5c": [certificate(maker)]}


def certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a maker of keys")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    lasting = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_before(lasting[0]).not_valid_after(lasting[1])
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


ANYBODYS: dict[str, Change] = {
    # what the browser says
    "another challenge": client(challenge=base64url(CHALLENGE[::-1])),
    "no challenge": without("challenge"),
    "an empty challenge": client(challenge=""),
    "a part of the challenge": client(challenge=base64url(CHALLENGE[:32])),
    "more than the challenge": client(challenge=base64url(CHALLENGE + b"\0")),
    "the challenge with padding": client(challenge=base64url(CHALLENGE) + "=="),
    "the challenge as a number": client(challenge=0),
    "the challenge in a list": client(challenge=[base64url(CHALLENGE)]),
    "no challenge at all": client(challenge=None),
    "no type": without("type"),
    "an empty type": client(type=""),
    "the type of a payment": client(type="payment.get"),
    "no word for a type": client(type=None),
    "another origin": client(origin="https://evil.example"),
    "no origin": without("origin"),
    "an empty origin": client(origin=""),
    "an origin of nobody": client(origin="null"),
    "the origin without its port": client(origin="https://shop.demo.localhost"),
    "the origin with another port": client(origin="https://shop.demo.localhost:8444"),
    "the origin by http": client(origin="http://shop.demo.localhost:8443"),
    "the origin in capitals": client(origin=SHOP.upper()),
    "the origin with a path": client(origin=f"{SHOP}/"),
    "a longer origin": client(origin=f"{SHOP}.evil.example"),
    "a sister of the origin": client(origin="https://evil.demo.localhost:8443"),
    "a child of the origin": client(origin="https://a.shop.demo.localhost:8443"),
    "the relying party as an origin": client(origin="https://demo.localhost:8443"),
    "the origin in a list": client(origin=[SHOP]),
    "a frame of another site": client(crossOrigin=True),
    "a frame, said otherwise": client(crossOrigin="true"),
    "perhaps a frame": client(crossOrigin=None),
    "a frame, and whose": client(crossOrigin=True, topOrigin="https://evil.example"),
    "somebody's frame": client(topOrigin="https://evil.example"),
    "our own frame": client(topOrigin=SHOP),
    # what the authenticator says
    "another relying party": signed(relying_party="evil.example"),
    "the relying party's parent": signed(relying_party="localhost"),
    "the relying party's child": signed(relying_party="shop.demo.localhost"),
    "the relying party in capitals": signed(relying_party="DEMO.LOCALHOST"),
    "no relying party": signed(relying_party=""),
    "nobody was there": flagged(off=Flag.UP),
    "nobody was there, verified": flagged(off=Flag.UP, on=Flag.UV),
    "a backup of what has none": flagged(on=Flag.BS),
    "extensions that are not there": flagged(on=Flag.ED),
    "more than it should say": signed(trailing=b"\0"),
    "another answer after it": signed(trailing=cbor.encode({})),
    # the envelope
    "another type": enveloped(type="password"),
    "a type in capitals": enveloped(type="PUBLIC-KEY"),
    "an empty envelope's type": enveloped(type=""),
    "another id": enveloped(id=base64url(b"another passkey")),
    "an empty id": enveloped(id=""),
    "another raw id": enveloped(raw_id=base64url(b"another passkey")),
    "an empty raw id": enveloped(raw_id=""),
    "the id with padding": spelled("id", lambda id: f"{id}="),
    "the raw id with padding": spelled("raw_id", lambda id: f"{id}="),
    "the raw id with a blank": spelled("raw_id", lambda id: f"{id[:4]} {id[4:]}"),
    "the raw id with a line's end": spelled("raw_id", lambda id: f"{id}\n"),
    "the raw id in other letters": spelled("raw_id", lambda id: f"{id[:-1]}é"),
    "the raw id with junk": spelled("raw_id", lambda id: f"{id[:4]}!!!!{id[4:]}"),
    "the raw id cut short": spelled("raw_id", lambda id: id[:-1]),
}
OF_REGISTRATION: dict[str, Change] = {
    **ANYBODYS,
    "the type of a login": client(type="webauthn.get"),
    "a type in capitals, signed": client(type="WEBAUTHN.CREATE"),
    "no key in it": flagged(off=Flag.AT),
    "both ids empty": enveloped(id="", raw_id=""),
    "another id inside": signed(credential_id=b"another passkey", envelope={"id": "AAAA"}),
    "an id that is too long": signed(credential_id=bytes(1024)),
    "no id inside": signed(credential_id=b""),
    "a key of no kind": key(_1=None),
    "a key of an unknown kind": key(_1=9),
    "a key of another kind": key(_1=1),
    "a key without an algorithm": key(_3=None),
    "a key of an unknown algorithm": key(_3=-999),
    "a key of Ed25519's algorithm": key(_3=-8),
    "a key of RSA's algorithm": key(_3=-257),
    "a key of a forbidden algorithm": key(_3=-65535),
    "a key of a larger curve's algorithm": key(_3=-35),
    "a key of no curve": key(m1=None),
    "a key of another curve": key(m1=2),
    "a key of an unknown curve": key(m1=99),
    "half a key": key(m2=None),
    "the other half of a key": key(m3=None),
    "a point that is on no curve": key(m2=bytes(32)),
    "a point in another place": key(m3=bytes(31) + b"\1"),
    "a short point": key(m2=b"\1"),
    "a key in words": key(m2="a point"),
    "a larger curve": keyed(ec.generate_private_key(ec.SECP384R1()), -35),
    "a larger curve under a lesser name": keyed(ec.generate_private_key(ec.SECP384R1()), -7),
    "a small modulus": modulus(2047),
    "a modulus that takes long": modulus(4097),
    "RSA under another name": keyed(RSA_KEY, -7),
    "RSA with SHA-1": keyed(RSA_KEY, -65535),
    "RSA with PSS": keyed(RSA_KEY, -37),
    "Ed25519 under another name": keyed(ed25519.Ed25519PrivateKey.generate(), -7),
    "a statement where there is none": signed(statement={"sig": b"0"}),
    "an unknown format": signed(format="handwriting", statement={}),
    "a format in capitals": signed(format="NONE", statement={}),
    "a format that is a number": signed(format=0, statement={}),
    "no statement of its own": signed(format="packed", statement={}),
    "a statement without a signature": signed(format="packed", statement={"alg": -7}),
    "a statement without an algorithm": signed(format="packed", statement={"sig": b"0"}),
    "a signature that is none": signed(format="packed", statement={"alg": -7, "sig": b"0"}),
    "an algorithm that is another": signed(format="packed", statement={"alg": -8, "sig": b"0"}),
    "certificates that are none": signed(
        format="packed", statement={"alg": -7, "sig": b"0", "x5c": [b"0"]}
    ),
    "a certificate that is right": by_u2f,
    "U2F's format": signed(format="fido-u2f", statement={"sig": b"0", "x5c": [b"0"]}),
    "Apple's format": signed(format="apple", statement={"x5c": [b"0"]}),
    "Android's format": signed(format="android-key", statement={"alg": -7, "sig": b"0"}),
    "Android's older format": signed(format="android-safetynet", statement={"response": b"0"}),
    "a TPM's format": signed(format="tpm", statement={"ver": "2.0", "alg": -257}),
}
OF_LOGIN: dict[str, Change] = {
    **ANYBODYS,
    "the type of a registration": client(type="webauthn.create"),
    "a type in capitals, signed": client(type="WEBAUTHN.GET"),
    "a key that is not there": flagged(on=Flag.AT),
    "another's key": signed(key=p256()),
    "a key of another kind": signed(key=RSA_KEY),
    "another owner": signed(user_handle=BOB),
    "nobody's": signed(user_handle=None),
}


def test_enough_is_tried() -> None:
    """WA-2: at least sixty ways in which each answer is wrong."""
    assert len(OF_REGISTRATION) >= 60
    assert len(OF_LOGIN) >= 60


@pytest.mark.parametrize("mutation", sorted(OF_REGISTRATION))
def test_a_registration_that_differs_is_refused(mutation: str) -> None:
    """WA-2: and nothing is wrong with it besides."""
    asked = replace(ASKED, verify_user=True)
    phone = Authenticator()
    answer = attested(phone.make(OPTIONS, OF_REGISTRATION[mutation]))
    assert FACTOR.register(answer, asked, "") == WRONG
    assert isinstance(FACTOR.register(attested(phone.make(OPTIONS)), asked, ""), Made)


@pytest.mark.parametrize("mutation", sorted(OF_LOGIN))
def test_a_login_that_differs_is_refused(mutation: str) -> None:
    """WA-2: and nothing is wrong with it besides."""
    asked = replace(ASKED, verify_user=True)
    phone = Authenticator()
    kept = made(phone).state
    answer = asserted(phone.get(OPTIONS, OF_LOGIN[mutation]))
    assert FACTOR.check(kept, answer, asked) == WRONG
    assert isinstance(FACTOR.check(kept, asserted(phone.get(OPTIONS)), asked), Accepted)


# ---- mutations that nobody signed


def flips(raw: bytes) -> Iterable[bytes]:
    """Each byte of it changed, in one bit and in all; each cut; one more."""
    for at in range(len(raw)):
        for mask in (1, 0x80, 0xFF):
            yield raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]
        yield raw[:at]
    yield raw + b"\0"
    yield raw * 2


@pytest.mark.parametrize("field", ["client_data", "authenticator_data", "signature"])
def test_no_byte_of_a_login_can_be_changed(field: str) -> None:
    """WA-2."""
    phone = Authenticator()
    kept = made(phone).state
    answer = asserted(phone.get(OPTIONS))
    for changed in flips(from_base64url(getattr(answer, field))):
        mutated = replace(answer, **{field: base64url(changed)})
        assert FACTOR.check(kept, mutated, ASKED) == WRONG, changed
    assert isinstance(FACTOR.check(kept, answer, ASKED), Accepted)


@pytest.mark.parametrize("field", ["client_data", "attestation_object"])
def test_no_byte_of_a_registration_that_is_signed_can_be_changed(field: str) -> None:
    """WA-2: without a signature of its own, a new passkey is only as good as the connection."""
    answer = attested(Authenticator(format="packed").make(OPTIONS))
    for changed in flips(from_base64url(getattr(answer, field))):
        mutated = replace(answer, **{field: base64url(changed)})
        assert FACTOR.register(mutated, ASKED, "") == WRONG, changed
    assert isinstance(FACTOR.register(answer, ASKED, ""), Made)


@pytest.mark.parametrize(
    "respell",
    [
        lambda text: f"{text}=",
        lambda text: f"{text}\n",
        lambda text: f" {text}",
        lambda text: f"{text[:8]}*{text[8:]}",
        lambda text: text[:-1],
        lambda text: "",
        lambda text: "é" * len(text),
    ],
)
def test_bytes_have_one_spelling(respell: Callable[[str], str]) -> None:
    phone = Authenticator()
    registration = attested(phone.make(OPTIONS))
    kept = made(phone).state
    login = asserted(phone.get(OPTIONS))
    for field in ("client_data", "attestation_object"):
        mutated = replace(registration, **{field: respell(getattr(registration, field))})
        assert FACTOR.register(mutated, ASKED, "") == WRONG
    for field in ("client_data", "authenticator_data", "signature"):
        changed = replace(login, **{field: respell(getattr(login, field))})
        assert FACTOR.check(kept, changed, ASKED) == WRONG


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'"webauthn.get"',
        b"{",
        b"{}",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"[" * 9_999,
        b'{"challenge":' * 999,
    ],
    ids=lambda text: str(text[:12]),
)
def test_client_data_that_is_none(text: bytes) -> None:
    phone = Authenticator()
    passkey = made(phone)
    answer = replace(asserted(phone.get(OPTIONS)), client_data=base64url(text))
    signature = sign(phone.passkeys[0].key, from_base64url(answer.authenticator_data) + text)
    assert FACTOR.challenge_of(answer) is None
    assert FACTOR.check(passkey.state, replace(answer, signature=base64url(signature)), ASKED) == (
        WRONG
    )
    registration = attested(phone.make(OPTIONS))
    assert FACTOR.register(replace(registration, client_data=base64url(text)), ASKED, "") == WRONG


def test_another_ceremony_is_another_answer() -> None:
    """WA-1: what answers one is no answer to the next."""
    phone = Authenticator()
    registration = attested(phone.make(OPTIONS))
    kept = made(phone).state
    login = asserted(phone.get(OPTIONS))
    for other in (
        replace(ASKED, challenge=CHALLENGE[::-1]),
        replace(ASKED, relying_party="localhost"),
        replace(ASKED, origins=("https://other.demo.localhost",)),
    ):
        assert FACTOR.register(registration, other, "") == WRONG
        assert FACTOR.check(kept, login, other) == WRONG
    bobs = msgspec.json.encode(replace(state_of(kept), user_handle=BOB))
    assert FACTOR.check(bobs, login, ASKED) == WRONG


def test_another_passkeys_key_is_no_use() -> None:
    """WA-3."""
    phone, another = Authenticator(), Authenticator("another phone")
    kept, others = made(phone).state, made(another).state
    assert FACTOR.check(others, asserted(phone.get(OPTIONS)), ASKED) == WRONG
    assert FACTOR.check(kept, asserted(another.get(OPTIONS)), ASKED) == WRONG


# ---- hostile input


def deep(head: bytes, times: int = 20_000) -> bytes:
    return head * times + b"\0"


HOSTILE = {
    "lists within lists": deep(b"\x81"),
    "lists without an end": deep(b"\x9f"),
    "maps within maps": deep(b"\xa1\0"),
    "tags of tags": deep(b"\xc1"),
    "an endless text": b"\x7b" + b"\x7f" * 8,
    "endless bytes": b"\x5b" + b"\x7f" * 8,
    "a list of a billion": b"\x9a\x3f\xff\xff\xff" + bytes(100),
    "a map of a billion": b"\xba\x3f\xff\xff\xff" + bytes(100),
    "a great number": b"\xc2\x59\xb0\x00" + b"\xff" * 0xB000,
    "a great power": b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01",
    "a great power of two": b"\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01",
    "nothing divided by nothing": b"\xd8\x1e\x82\x00\x00",
    "a slow pattern": b"\xd8\x23\x71(a+)+(a+)+(a+)+(a+)+b",
    "a list within itself": b"\xd8\x1c\x81\xd8\x1d\x00",
    "one name twice": b"\xa2\x63fmt\x64none\x63fmt\x64none",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_cbor_is_refused_in_bounded_memory(name: str) -> None:
    """WA-8."""
    phone = Authenticator()
    kept = made(phone).state
    registration = attested(phone.make(OPTIONS))
    login = asserted(phone.get(OPTIONS))
    about = from_base64url(login.authenticator_data)
    extended = about[:32] + bytes([about[32] | Flag.ED]) + about[33:] + HOSTILE[name]
    made_of = cbor.encode({"fmt": "none", "attStmt": {}, "authData": extended})
    tracemalloc.start()
    for hostile in (HOSTILE[name], made_of):
        answer = replace(registration, attestation_object=base64url(hostile))
        assert FACTOR.register(answer, ASKED, "") == WRONG
    answered = replace(login, authenticator_data=base64url(extended))
    assert FACTOR.check(kept, answered, ASKED) == WRONG
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


SOUND = attested(Authenticator().make(OPTIONS))
PIECES = st.one_of(
    st.binary(max_size=300),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.binary(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    ).map(lambda value: json.dumps(value, default=base64url).encode()),
)


@given(client=PIECES, object=PIECES, about=st.binary(max_size=200), signature=st.binary())
def test_whatever_is_sent_is_refused_without_a_fault(
    client: bytes, object: bytes, about: bytes, signature: bytes
) -> None:
    """WA-8."""
    registration = replace(
        SOUND, client_data=base64url(client), attestation_object=base64url(object)
    )
    wrapped = cbor.encode({"fmt": "none", "attStmt": {}, "authData": about})
    assert FACTOR.register(registration, ASKED, "") == WRONG
    for attestation in (object, wrapped):
        answer = replace(SOUND, attestation_object=base64url(attestation))
        assert FACTOR.register(answer, ASKED, "") == WRONG
    for text in chain((client,), (from_base64url(SOUND.client_data),)):
        login = Asserted(
            id=SOUND.id,
            raw_id=SOUND.raw_id,
            type=SOUND.type,
            client_data=base64url(text),
            authenticator_data=base64url(about),
            signature=base64url(signature),
        )
        FACTOR.challenge_of(login)
        assert FACTOR.check(b"{}", login, ASKED) == WRONG
