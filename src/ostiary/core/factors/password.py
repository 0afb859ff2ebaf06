"""Memorised secrets (NIST SP 800-63B-4 §3.1.1), kept as Argon2id with its parameters in the hash.

`check` takes some twenty milliseconds of processor time: run it on a thread, outside any unit of work.
"""

import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn_rs_py import zxcvbn

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel

from .model import Accepted, Rejected, Verdict

HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1
)  # OWASP's first choice (PW-1)
LONGEST = 1024  # bytes, refused before hashing (PW-2)
STRENGTH_INPUT = 128  # characters that the strength estimate looks at


class Password:
    kind = Kind.PASSWORD
    authenticator = AuthenticatorClass.KNOWLEDGE
    channel: Channel | None = None
    second = False

    def enrol(self, password: str) -> bytes:
        return HASHER.hash(normalised(password)).encode()

    def check(self, state: bytes | None, password: str) -> Verdict:
        """Judge a password. Without a state the same work is done, and nothing is ever right (PW-4)."""
        kept = _nobodys() if state is None else state.decode()
        try:
            HASHER.verify(kept, normalised(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return Rejected("wrong_credentials")
        if state is None:
            return Rejected("wrong_credentials")
        if HASHER.check_needs_rehash(kept):
            return Accepted(self.enrol(password))
        return Accepted(state)


def normalised(password: str) -> bytes:
    """One spelling for what looks the same on every keyboard (NIST SP 800-63B-4 §3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password).encode()


def strength(password: str, *context: str) -> int:
    """zxcvbn's score, 0 (guessed at once) to 4. `context`: words of the person, which count for nothing."""
    return int(zxcvbn(password[:STRENGTH_INPUT], list(context)).score)


def _nobodys() -> str:
    """A hash of nothing, written down rather than computed: not even the first stranger costs more (PW-4)."""
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    salt, digest = (b64encode(bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19${cost}${salt}${digest}"


FACTOR = Password()
