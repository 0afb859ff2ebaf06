"""Password hashes of other systems, as this dialect spells them."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Literal, TypeAlias

from msgspec import Struct

from ostiary.core.factors.model import Encoded, Imported, Pbkdf2, SaltedDigest, Scrypt
from ostiary.terms.failures import Malformed

from .users import SaidBody
from .words import Text

HashType: TypeAlias = Literal[
    "bcrypt",
    "md_5",
    "argon_2i",
    "argon_2id",
    "sha_1",
    "sha_512",
    "scrypt",
    "phpass",
    "pbkdf_2",
]


class SaltConfig(Struct, frozen=True, kw_only=True):
    """What was put before the password, and after it."""

    prepend_salt: Text | None = None
    append_salt: Text | None = None


class Argon2Config(Struct, frozen=True, kw_only=True):
    """Of a hash in hexadecimal. `memory`: KiB."""

    salt: Text
    iteration_amount: int
    memory: int
    threads: int
    key_length: int


class ScryptConfig(Struct, frozen=True, kw_only=True):
    """Of a hash in base64. `salt`: in base64, too."""

    salt: Text
    n_parameter: int
    r_parameter: int
    p_parameter: int
    key_length: int


class Pbkdf2Config(Struct, frozen=True, kw_only=True):
    """Of a hash in base64. `salt`: in base64, too."""

    salt: Text
    iteration_amount: int
    key_length: int
    algorithm: Text | None = None


class HashBody(SaidBody, frozen=True, kw_only=True):
    """What is said of a user, with a hash of their password."""

    hash: Text
    hash_type: HashType
    md_5_config: SaltConfig | None = None
    sha_1_config: SaltConfig | None = None
    sha_512_config: SaltConfig | None = None
    argon_2_config: Argon2Config | None = None
    scrypt_config: ScryptConfig | None = None
    pbkdf_2_config: Pbkdf2Config | None = None


def imported(body: HashBody) -> Imported:
    match body.hash_type:
        case "bcrypt" | "phpass":
            return Encoded(scheme=body.hash_type, text=body.hash)
        case "md_5":
            return _digest("md5", body.hash, body.md_5_config)
        case "sha_1":
            return _digest("sha1", body.hash, body.sha_1_config)
        case "sha_512":
            return _digest("sha512", body.hash, body.sha_512_config)
        case "argon_2i":
            return _argon2("argon2i", body)
        case "argon_2id":
            return _argon2("argon2id", body)
        case "scrypt":
            return _scrypt(body)
        case "pbkdf_2":
            return _pbkdf2(body)


def _digest(
    algorithm: Literal["md5", "sha1", "sha512"], hexadecimal: str, config: SaltConfig | None
) -> SaltedDigest:
    salts = config or SaltConfig()
    return SaltedDigest(
        algorithm=algorithm,
        hexadecimal=hexadecimal,
        before=salts.prepend_salt or "",
        after=salts.append_salt or "",
    )


def _argon2(scheme: Literal["argon2i", "argon2id"], body: HashBody) -> Encoded:
    config = body.argon_2_config
    if config is None or body.hash.startswith("$"):
        return Encoded(scheme=scheme, text=body.hash)
    try:
        key = bytes.fromhex(body.hash)
    except ValueError as error:
        raise Malformed("hash_malformed", field="argon2.hash") from error
    if len(key) != config.key_length:
        raise Malformed("hash_length_differs", field="argon2.length")
    cost = f"m={config.memory},t={config.iteration_amount},p={config.threads}"
    salt = config.salt.encode()
    return Encoded(scheme=scheme, text=f"${scheme}$v=19${cost}${_spelled(salt)}${_spelled(key)}")


def _scrypt(body: HashBody) -> Scrypt:
    config = body.scrypt_config
    if body.hash.startswith("$"):
        return _encoded_scrypt(body.hash)
    if config is None:
        raise Malformed("hash_malformed", field="scrypt.parameters")
    key = _bytes(body.hash, "scrypt.hash")
    if len(key) != config.key_length:
        raise Malformed("hash_length_differs", field="scrypt.length")
    return Scrypt(
        salt=_bytes(config.salt, "scrypt.salt"),
        n=config.n_parameter,
        r=config.r_parameter,
        p=config.p_parameter,
        key=key,
    )


def _encoded_scrypt(text: str) -> Scrypt:
    """`$scrypt$ln=14,r=8,p=1$salt$key` (the PHC string format)."""
    try:
        _, name, cost, salt, key = text.split("$")
        parameters = dict(each.split("=") for each in cost.split(","))
        log, r, p = (int(parameters[each]) for each in ("ln", "r", "p"))
        if name != "scrypt" or not 0 < log < 32:
            raise ValueError(text)
    except (ValueError, KeyError) as error:
        raise Malformed("hash_malformed", field="scrypt.parameters") from error
    return Scrypt(
        salt=_bytes(salt, "scrypt.salt"), n=1 << log, r=r, p=p, key=_bytes(key, "scrypt.hash")
    )


def _pbkdf2(body: HashBody) -> Pbkdf2:
    config = body.pbkdf_2_config
    if config is None:
        raise Malformed("hash_malformed", field="pbkdf2.salt")
    algorithm = config.algorithm or "sha256"
    if algorithm not in ("sha256", "sha512"):
        raise Malformed("hash_malformed", field="pbkdf2.algorithm")
    key = _bytes(body.hash, "pbkdf2.hash")
    if len(key) != config.key_length:
        raise Malformed("hash_length_differs", field="pbkdf2.length")
    return Pbkdf2(
        algorithm="sha512" if algorithm == "sha512" else "sha256",
        salt=_bytes(config.salt, "pbkdf2.salt"),
        iterations=config.iteration_amount,
        key=key,
    )


def _bytes(text: str, field: str) -> bytes:
    """Base64 of either alphabet, padded or not."""
    standard = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (NotBase64, ValueError) as error:
        raise Malformed("hash_malformed", field=field) from error


def _spelled(value: bytes) -> str:
    return b64encode(value).rstrip(b"=").decode()
