"""Memorised secrets (NIST SP 800-63B-4 §3.1.1), kept as Argon2id with its parameters in the hash.

A state is that hash and nothing else, but for two: a password whose hash was imported, until it is first given,
and one that must be reset before it is good for anything.
`check` takes some twenty milliseconds of processor time: run it on a thread, outside any unit of work.
"""

import unicodedata
from base64 import b64encode

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from msgspec import Struct
from msgspec.structs import replace
from zxcvbn_rs_py import zxcvbn

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel

from . import imported as hashes
from .model import Accepted, Imported, Rejected, Verdict

HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1
)  # OWASP's first choice (PW-1)
LONGEST = 1024  # bytes, refused before hashing (PW-2)
STRENGTH_INPUT = 128  # characters that the strength estimate looks at


class Kept(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`digest`: Argon2id, empty where the hash is another system's. `distrusted`: until it is reset."""

    digest: str = ""
    imported: Imported | None = None
    distrusted: bool = False


class Password:
    kind = Kind.PASSWORD
    authenticator = AuthenticatorClass.KNOWLEDGE
    channel: Channel | None = None
    second = False

    def enrol(self, password: str) -> bytes:
        return HASHER.hash(normalised(password)).encode()

    def take_over(self, made_elsewhere: Imported) -> bytes:
        """Checked as it is, and hashed anew when its password is first given; `Malformed` where it is of no use."""
        hashes.check(made_elsewhere)
        return _write(Kept(imported=made_elsewhere))

    def distrust(self, state: bytes) -> bytes:
        """It opens nothing any more until it is reset."""
        return _write(replace(_read(state), distrusted=True))

    def distrusted(self, state: bytes) -> bool:
        return _read(state).distrusted

    def check(self, state: bytes | None, password: str) -> Verdict:
        """Judge a password. Without a state the same work is done, and nothing is ever right (PW-4)."""
        kept = Kept(digest=_nobodys()) if state is None else _read(state)
        right = _imported_right(kept, password) if kept.imported else _right(kept.digest, password)
        if state is None or not right:
            return Rejected("wrong_credentials")
        if kept.distrusted:
            return Rejected("password_distrusted", guess=False)
        if kept.imported or HASHER.check_needs_rehash(kept.digest):
            return Accepted(self.enrol(password))
        return Accepted(state)


def normalised(password: str) -> bytes:
    """One spelling for what looks the same on every keyboard (NIST SP 800-63B-4 §3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password).encode()


def strength(password: str, *context: str) -> int:
    """zxcvbn's score, 0 (guessed at once) to 4. `context`: words of the person, which count for nothing."""
    return int(zxcvbn(password[:STRENGTH_INPUT], list(context)).score)


def _read(state: bytes) -> Kept:
    if state.startswith(b"{"):
        return msgspec.json.decode(state, type=Kept)
    return Kept(digest=state.decode())


def _write(kept: Kept) -> bytes:
    if kept.imported is None and not kept.distrusted:
        return kept.digest.encode()
    return msgspec.json.encode(kept)


def _right(digest: str, password: str) -> bool:
    try:
        return HASHER.verify(digest, normalised(password))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def _imported_right(kept: Kept, password: str) -> bool:
    """A wrong password is no cheaper here than elsewhere; a right one is hashed anew (PW-4)."""
    if kept.imported is not None and hashes.matches(kept.imported, password):
        return True
    _right(_nobodys(), password)
    return False


def feedback(password: str, *context: str) -> tuple[str, tuple[str, ...]]:
    """What is weak about it, and what would be better, in English; nothing where nothing is."""
    found = zxcvbn(password[:STRENGTH_INPUT], list(context)).feedback
    if found is None:
        return "", ()
    return str(found.warning or ""), tuple(str(each) for each in found.suggestions)


def _nobodys() -> str:
    """A hash of nothing, written down rather than computed: not even the first stranger costs more (PW-4)."""
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    salt, digest = (b64encode(bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19${cost}${salt}${digest}"


FACTOR = Password()
