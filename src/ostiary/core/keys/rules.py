"""Making, sealing and reading keys. Sealing: AES-256-GCM (NIST SP 800-38D) under a key derived per purpose."""

import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey, RSAKey

from ostiary.terms.entropy import Entropy
from ostiary.terms.failures import Unavailable
from ostiary.terms.ids import bytes_of, spelled
from ostiary.terms.secret import MasterKeys
from ostiary.terms.time import Instant

from .model import Algorithm

CERTIFIED = timedelta(days=3650)
NONCE = 12  # bytes; NIST SP 800-38D §5.2.1.1
RSA_BITS = 2048


@lru_cache(maxsize=64)
def subkey(master: bytes, purpose: str) -> bytes:
    """One key a purpose (RFC 5869), so that nothing made for one is good for another (KEY-5)."""
    return HKDF(
        algorithm=SHA256(), length=32, salt=None, info=b"ostiary " + purpose.encode()
    ).derive(master)


def seal(master: MasterKeys, purpose: str, bound_to: str, plain: bytes, entropy: Entropy) -> bytes:
    """`bound_to` names the row: a ciphertext moved to another row does not open."""
    nonce = entropy(NONCE)
    cipher = AESGCM(subkey(master.current, purpose))
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def unseal(master: MasterKeys, purpose: str, bound_to: str, sealed: bytes) -> bytes:
    for key in (master.current, *master.previous):
        try:
            return AESGCM(subkey(key, purpose)).decrypt(
                sealed[:NONCE], sealed[NONCE:], bound_to.encode()
            )
        except InvalidTag:
            continue
    raise Unavailable("wrong_master_key")


def veil(master: MasterKeys, purpose: str, id: str) -> str:
    """Another UUID for this one, always the same. A UUID is one block of AES (FIPS 197), which permutes them all."""
    block = _one_block(master, purpose).encryptor()
    return spelled(block.update(bytes_of(id)) + block.finalize())


def unveil(master: MasterKeys, purpose: str, veiled: str) -> str:
    """The UUID that this one stands for; some UUID for any."""
    block = _one_block(master, purpose).decryptor()
    return spelled(block.update(bytes_of(veiled)) + block.finalize())


def _one_block(master: MasterKeys, purpose: str) -> Cipher[ECB]:
    return Cipher(AES(subkey(master.current, purpose)), ECB())  # noqa: S305  one block is all there ever is


def keyed_digest(master: MasterKeys, purpose: str, text: bytes) -> bytes:
    """HMAC-SHA-256 under a key that is not in the database (OTP-11)."""
    return hmac.digest(subkey(master.current, purpose), text, "sha256")


def matches(master: MasterKeys, purpose: str, text: bytes, digest: bytes) -> bool:
    """Was this digest made of this text, under the present master key or an earlier one?"""
    return any(
        hmac.compare_digest(hmac.digest(subkey(key, purpose), text, "sha256"), digest)
        for key in (master.current, *master.previous)
    )


def generate(alg: Algorithm) -> ECKey | RSAKey:
    # the library draws from the operating system's generator itself; keys are never made in a test's dice
    if alg is Algorithm.ES256:
        return ECKey.generate_key("P-256")
    return RSAKey.generate_key(RSA_BITS)


def thumbprint(key: ECKey | RSAKey) -> str:
    return str(key.thumbprint())


def public_jwk(key: ECKey | RSAKey, alg: Algorithm) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": thumbprint(key), "alg": alg.value, "use": "sig"}


def certificate(private_jwk: bytes, kid: str, created_at: Instant) -> bytes:
    """A certificate that the key signs for itself, in DER: for who wants one beside the key (RFC 7517 §4.7).

    Nothing in it varies, so every worker shows the same.
    """
    from cryptography import x509  # when first asked for: most servers start and end without
    from cryptography.hazmat.primitives.serialization import Encoding

    key = read_private(private_jwk).private_key
    if key is None:
        raise TypeError("only who has the private key can sign")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, kid)])
    begun = datetime.fromtimestamp(created_at, UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(kid.encode()).digest()[:16], "big"))
        .not_valid_before(begun)
        .not_valid_after(begun + CERTIFIED)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.DER)


@lru_cache(maxsize=16)
def read_private(jwk: bytes) -> ECKey | RSAKey:
    """Parsing an RSA key takes 40 ms: done once a process."""
    return _read(jwk)


@lru_cache(maxsize=64)
def read_public(jwk: bytes) -> ECKey | RSAKey:
    return _read(jwk)


def _read(jwk: bytes) -> ECKey | RSAKey:
    members = msgspec.json.decode(jwk)
    return (ECKey if members["kty"] == "EC" else RSAKey).import_key(members)
