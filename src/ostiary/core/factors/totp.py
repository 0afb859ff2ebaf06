"""Time-based one-time passwords of an authenticator app (RFC 6238, over RFC 4226)."""

import hmac
from base64 import b32encode

import msgspec

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy
from ostiary.terms.time import Instant

from .model import AppState, well_formed

STEP = 30  # seconds (RFC 6238 §5.2)
DIGITS = 6
SECRET = 20  # bytes: as many as SHA-1 gives (RFC 4226 §4, R6)


class Totp:
    """A secret, and the codes that whoever has it can say at an instant."""

    kind = Kind.TOTP
    authenticator = AuthenticatorClass.POSSESSION
    channel: Channel | None = None
    second = True

    def enrol(self, entropy: Entropy) -> bytes:
        return entropy(SECRET)

    def keep(self, state: AppState) -> bytes:
        return msgspec.json.encode(state)

    def kept(self, state: bytes) -> AppState:
        return msgspec.json.decode(state, type=AppState)

    def well_formed(self, code: str) -> bool:
        return well_formed(code) and len(code) == DIGITS

    def check(self, secret: bytes, code: str, last_step: int, now: Instant) -> int | None:
        """The step whose code this is: the present one or the one before, and later than the last one used.

        None where it is neither, so that no step's code is good for a second time (RFC 6238 §5.2).
        """
        if not self.well_formed(code):
            return None
        present = now // STEP
        matching = None
        for step in (present - 1, present):
            if hmac.compare_digest(self.code(secret, step), code) and step > last_step:
                matching = step
        return matching

    def code(self, secret: bytes, step: int) -> str:
        import pyotp  # when first used: most servers start and end without

        return pyotp.HOTP(self.spelled(secret), digits=DIGITS).at(step)

    def spelled(self, secret: bytes) -> str:
        """As a person types it into an app: Base32 (RFC 4648 §6)."""
        return b32encode(secret).decode()

    def uri(self, secret: bytes, *, account: str, issuer: str) -> str:
        """What the picture says that an app reads."""
        import pyotp

        app = pyotp.TOTP(self.spelled(secret), digits=DIGITS, interval=STEP)
        return app.provisioning_uri(name=account, issuer_name=issuer)


FACTOR = Totp()
