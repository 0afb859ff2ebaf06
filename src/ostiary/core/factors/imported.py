"""Password hashes of other systems, checked by well-kept libraries. Each is good until its first right password.

Whoever imports a hash says what it costs to check: what would cost more than a second or so, or more than
256 MiB, is refused when it is imported. The libraries are loaded where there is such a hash.
"""

import re
from hmac import compare_digest

from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, verify_secret

from ostiary.terms.failures import Malformed

from .model import Encoded, Imported, Pbkdf2, SaltedDigest, Scrypt

MEMORY = 1 << 28  # bytes that a check may take
SCRYPT_WORK = 1 << 22  # blocks: n * r * p
ARGON2_WORK = 1 << 20  # KiB * passes
PBKDF2_WORK = 2_000_000  # iterations, over every block
BCRYPT_COST = range(4, 15)
BCRYPT_READS = 72  # bytes: the rest of a password counts for nothing
PHPASS_COST = range(7, 17)
PARALLELISM = range(1, 17)
KEYS = range(16, 129)  # bytes

# the last character of the salt has two bits of it
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_PHPASS = re.compile(r"\$[PH]\$([./0-9A-Za-z])[./0-9A-Za-z]{30}")
_ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ARGON2 = re.compile(
    r"\$argon2(i|id)\$v=(?:16|19)\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}"
)
_HEX = re.compile(r"[0-9a-fA-F]+")
_DIGESTS = {"md5": 32, "sha1": 40, "sha512": 128}  # hexadecimal digits
_BLOCKS = {"sha256": 32, "sha512": 64}  # bytes


def check(imported: Imported) -> None:
    """`Malformed("hash_malformed" | "hash_too_costly")`, which names what is wrong as `bcrypt.cost`."""
    match imported:
        case Encoded(scheme="bcrypt"):
            _check_bcrypt(imported.text)
        case Encoded(scheme="phpass"):
            _check_phpass(imported.text)
        case Encoded():
            _check_argon2(imported)
        case SaltedDigest():
            digits = _DIGESTS[imported.algorithm]
            hexadecimal = _HEX.fullmatch(imported.hexadecimal)
            _wellformed(
                hexadecimal is not None and len(imported.hexadecimal) == digits,
                f"{imported.algorithm}.hash",
            )
        case Scrypt():
            _check_scrypt(imported)
        case Pbkdf2():
            _wellformed(len(imported.key) in KEYS, "pbkdf2.hash")
            _wellformed(imported.iterations >= 1, "pbkdf2.iterations")
            blocks = -(-len(imported.key) // _BLOCKS[imported.algorithm])
            _affordable(imported.iterations * blocks <= PBKDF2_WORK, "pbkdf2.iterations")


def matches(imported: Imported, password: str) -> bool:
    """Slow: on a thread. The password is taken as it was typed, as those systems took it."""
    secret = password.encode()
    match imported:
        case Encoded(scheme="bcrypt"):
            import bcrypt

            return bcrypt.checkpw(secret[:BCRYPT_READS], imported.text.encode())
        case Encoded(scheme="phpass"):
            from passlib.handlers.phpass import phpass

            return bool(phpass.verify(password, imported.text))
        case Encoded():
            kind = Type.I if imported.scheme == "argon2i" else Type.ID
            try:
                return verify_secret(imported.text.encode(), secret, kind)
            except (VerificationError, InvalidHashError):
                return False
        case SaltedDigest():
            return _digest_matches(imported, password)
        case Scrypt():
            from cryptography.hazmat.primitives.kdf.scrypt import Scrypt as Kdf

            size = len(imported.key)
            made = Kdf(salt=imported.salt, length=size, n=imported.n, r=imported.r, p=imported.p)
            return compare_digest(made.derive(secret), imported.key)
        case Pbkdf2():
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

            algorithm = hashes.SHA256() if imported.algorithm == "sha256" else hashes.SHA512()
            size = len(imported.key)
            kdf = PBKDF2HMAC(algorithm, size, imported.salt, imported.iterations)
            return compare_digest(kdf.derive(secret), imported.key)


def _digest_matches(imported: SaltedDigest, password: str) -> bool:
    from passlib.handlers.digests import hex_md5, hex_sha1, hex_sha512

    handler = {"md5": hex_md5, "sha1": hex_sha1, "sha512": hex_sha512}[imported.algorithm]
    whole = f"{imported.before}{password}{imported.after}"
    return bool(handler.verify(whole, imported.hexadecimal.lower()))


def _check_bcrypt(text: str) -> None:
    found = _BCRYPT.fullmatch(text)
    _wellformed(found is not None, "bcrypt.hash")
    _affordable(found is not None and int(found[1]) in BCRYPT_COST, "bcrypt.cost")


def _check_phpass(text: str) -> None:
    _wellformed(text.startswith(("$P$", "$H$")), "phpass.prefix")
    found = _PHPASS.fullmatch(text)
    _wellformed(found is not None, "phpass.hash")
    _affordable(found is not None and _ITOA64.index(found[1]) in PHPASS_COST, "phpass.cost")


def _check_argon2(imported: Encoded) -> None:
    found = _ARGON2.fullmatch(imported.text)
    _wellformed(found is not None and f"argon2{found[1]}" == imported.scheme, "argon2.hash")
    memory, passes, lanes = (int(text) for text in found.groups()[1:]) if found else (0, 0, 0)
    _wellformed(passes >= 1, "argon2.passes")
    _wellformed(lanes in PARALLELISM, "argon2.lanes")
    _wellformed(memory >= 8 * lanes, "argon2.memory")
    _affordable(memory * 1024 <= MEMORY, "argon2.memory")
    _affordable(memory * passes <= ARGON2_WORK, "argon2.passes")


def _check_scrypt(imported: Scrypt) -> None:
    n, r, p = imported.n, imported.r, imported.p
    _wellformed(len(imported.key) in KEYS, "scrypt.hash")
    _wellformed(n > 1 and n & (n - 1) == 0, "scrypt.n")
    _wellformed(r >= 1 and p >= 1, "scrypt.r")
    _affordable(128 * n * r <= MEMORY, "scrypt.n")
    _affordable(n * r * p <= SCRYPT_WORK, "scrypt.r")


def _wellformed(holds: bool, field: str) -> None:
    if not holds:
        raise Malformed("hash_malformed", field=field)


def _affordable(holds: bool, field: str) -> None:
    if not holds:
        raise Malformed("hash_too_costly", field=field)
