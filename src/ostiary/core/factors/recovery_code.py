"""Recovery codes: look-up secrets for who has lost their app (NIST SP 800-63B-4 §3.1.2)."""

import hmac
import re
from collections.abc import Sequence

from ostiary.terms.assurance import AuthenticatorClass, Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy

CODES = 10
GROUPS = 3
GROUP = 4
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # of Base32 (RFC 4648 §6): 60 random bits a code
_FORM = re.compile("[a-z0-9]{4}(?:-[a-z0-9]{4}){2}")


class RecoveryCode:
    """A set of them, each good once. What is proved by one is never worth a method (REC-7)."""

    kind = Kind.RECOVERY_CODE
    authenticator = AuthenticatorClass.POSSESSION
    channel: Channel | None = None
    second = False

    def enrol(self, entropy: Entropy) -> tuple[str, ...]:
        return tuple(_drawn(entropy) for _ in range(CODES))

    def well_formed(self, code: str) -> bool:
        return _FORM.fullmatch(code) is not None

    def spend(self, codes: Sequence[str], code: str) -> tuple[str, ...] | None:
        """Those that are left; None where this is none of them. Every one is compared, in constant time."""
        matching = [hmac.compare_digest(one.encode(), code.encode()) for one in codes]
        if not any(matching):
            return None
        return tuple(one for one, is_it in zip(codes, matching, strict=True) if not is_it)


def _drawn(entropy: Entropy) -> str:
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in entropy(GROUPS * GROUP)]
    return "-".join("".join(letters[i : i + GROUP]) for i in range(0, len(letters), GROUP))


FACTOR = RecoveryCode()
