"""What a factor is: a sans-IO state machine over one credential.

A factor never reads a clock, rolls dice, sends a message or touches a store. It is given what it
needs and returns what should be true afterwards. Its state is opaque bytes to everyone else.
"""

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy
from ostiary.terms.time import Instant

Digest: TypeAlias = Callable[[bytes], bytes]  # keyed, with a key outside the database
Matches: TypeAlias = Callable[[bytes, bytes], bool]  # (text, digest), in constant time


LONGEST = 20  # digits that a code may have


def well_formed(code: str) -> bool:
    """ASCII digits and nothing else: other scripts' digits are no digits here (OTP-14)."""
    return 0 < len(code) <= LONGEST and code.isascii() and code.isdigit()


class Begun(Struct, frozen=True):
    """A challenge was opened: what to remember, and the code to send, if any."""

    expected: bytes  # opaque to everyone but the factor; never the clear code
    code: str | None = None


class Accepted(Struct, frozen=True):
    state: bytes  # the credential's state afterwards
    user_verified: bool = False  # by the authenticator, with a PIN or a fingerprint


class Rejected(Struct, frozen=True):
    """`guess` False: it was right, and still proves nothing; that is held against nobody."""

    reason: str
    guess: bool = True


Verdict: TypeAlias = Accepted | Rejected


class Ceremony(Struct, frozen=True, kw_only=True):
    """What an authenticator was asked, and what its answer must be for (Web Authentication Level 3 §7)."""

    challenge: bytes
    relying_party: str  # its RP ID
    origins: tuple[str, ...]  # of the pages that may have asked
    verify_user: bool
    user_handle: bytes = b""
    user_named: bool = False  # by who asked: then the answer need not say whose it is


class Attested(Struct, frozen=True, kw_only=True):
    """What `navigator.credentials.create()` gave. Bytes are spelled in base64url, without padding."""

    id: str
    raw_id: str
    type: str
    client_data: str
    attestation_object: str
    transports: tuple[str, ...] = ()
    attachment: str = ""  # `platform` or `cross-platform`, as the browser says


class Asserted(Struct, frozen=True, kw_only=True):
    """What `navigator.credentials.get()` gave, spelled likewise."""

    id: str
    raw_id: str
    type: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


class Made(Struct, frozen=True, kw_only=True):
    """A new passkey: the id its authenticator gave it, in base64url, and the credential's state."""

    id: str
    state: bytes
    user_verified: bool


class Described(Struct, frozen=True, kw_only=True):
    """What may be told of a passkey."""

    name: str  # its owner's for it
    aaguid: str
    transports: tuple[str, ...]
    recovered: bool  # by a recovery code: never worth two factors
    relying_party: str
    agent: str  # the browser it was made in, as its application said
    attachment: str
    public_key: bytes  # COSE


class AppState(Struct, frozen=True):
    """Of an authenticator app. `last_step`: of the code that was taken last; no earlier one ever is again."""

    sealed: bytes  # its secret
    last_step: int = 0


class Encoded(Struct, frozen=True, kw_only=True, tag="encoded"):
    """A hash that says how it was made."""

    scheme: Literal["argon2i", "argon2id", "bcrypt", "phpass"]
    text: str


class SaltedDigest(Struct, frozen=True, kw_only=True, tag="digest"):
    """Of what was put before the password, the password, and what was put after it."""

    algorithm: Literal["md5", "sha1", "sha512"]
    hexadecimal: str
    before: str = ""
    after: str = ""


class Scrypt(Struct, frozen=True, kw_only=True, tag="scrypt"):
    salt: bytes
    n: int
    r: int
    p: int
    key: bytes


class Pbkdf2(Struct, frozen=True, kw_only=True, tag="pbkdf2"):
    algorithm: Literal["sha256", "sha512"]
    salt: bytes
    iterations: int
    key: bytes


Imported: TypeAlias = Encoded | SaltedDigest | Scrypt | Pbkdf2


class Factor(Protocol):
    @property
    def kind(self) -> Kind: ...

    @property
    def authenticator(self) -> AuthenticatorClass: ...

    @property
    def channel(self) -> Channel | None: ...

    @property
    def second(self) -> bool:
        """Is it enrolled in order to be asked for beside another one? It guards what such a one guards (M6)."""
        ...


class ChallengeFactor(Factor, Protocol):
    """A factor proved by answering a challenge. `bound_to` names the challenge."""

    def begin(self, bound_to: str, length: int, *, entropy: Entropy, digest: Digest) -> Begun: ...

    def check(
        self,
        state: bytes,
        expected: bytes,
        bound_to: str,
        response: str,
        *,
        now: Instant,
        matches: Matches,
    ) -> Verdict: ...
