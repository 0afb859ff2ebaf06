"""Out-of-band one-time codes by SMS or e-mail (NIST SP 800-63B-4 §3.1.3)."""

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy, digits
from ostiary.terms.time import Instant

from .model import Accepted, Begun, Digest, Matches, Rejected, Verdict, well_formed


class OneTimeCode:
    authenticator = AuthenticatorClass.POSSESSION
    second = True

    def __init__(self, kind: Kind, channel: Channel) -> None:
        self.kind = kind
        self.channel = channel

    def begin(self, bound_to: str, length: int, *, entropy: Entropy, digest: Digest) -> Begun:
        code = digits(entropy, length)
        return Begun(expected=digest(_bound(bound_to, code)), code=code)

    def check(
        self,
        state: bytes,
        expected: bytes,
        bound_to: str,
        response: str,
        *,
        now: Instant,
        matches: Matches,
    ) -> Verdict:
        if well_formed(response) and matches(_bound(bound_to, response), expected):
            return Accepted(state)
        return Rejected("wrong_code")


def _bound(bound_to: str, code: str) -> bytes:
    return f"{bound_to}:{code}".encode()


SMS = OneTimeCode(Kind.SMS, Channel.SMS)
EMAIL = OneTimeCode(Kind.EMAIL, Channel.EMAIL)
WHATSAPP = OneTimeCode(Kind.SMS, Channel.WHATSAPP)
