"""What a factor is: a sans-IO state machine over one credential.

A factor never reads a clock, rolls dice, sends a message or touches a store. It is given what it
needs and returns what should be true afterwards. Its state is opaque bytes to everyone else.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from msgspec import Struct

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy
from ostiary.terms.time import Instant

Digest: TypeAlias = Callable[[bytes], bytes]  # keyed, with a key outside the database
Matches: TypeAlias = Callable[[bytes, bytes], bool]  # (text, digest), in constant time


class Begun(Struct, frozen=True):
    """A challenge was opened: what to remember, and the code to send, if any."""

    expected: bytes  # opaque to everyone but the factor; never the clear code
    code: str | None = None


class Accepted(Struct, frozen=True):
    state: bytes  # the credential's state afterwards


class Rejected(Struct, frozen=True):
    reason: str


Verdict: TypeAlias = Accepted | Rejected


class Factor(Protocol):
    @property
    def kind(self) -> Kind: ...

    @property
    def authenticator(self) -> AuthenticatorClass: ...

    @property
    def channel(self) -> Channel | None: ...


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
