"""What must not print, and the tokens that name a row without giving it away."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256

from msgspec import Struct

from .ids import bytes_of, spelled

ID_SIZE = 16  # bytes of the UUID that a token starts with
SECRET_SIZE = 32  # 256 random bits (SES-1)


class Secret:
    """Text that shows itself only when asked by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(self._text)


class MasterKeys:
    """The key everything at rest is sealed under, and those it followed."""

    __slots__ = ("current", "previous")

    def __init__(self, current: bytes, previous: tuple[bytes, ...] = ()) -> None:
        self.current = current
        self.previous = previous

    def __repr__(self) -> str:
        return "MasterKeys(…)"


class Token(Struct, frozen=True):
    """A row's id and the secret that opens it. On the wire: base64url, without padding."""

    id: str  # a UUID
    secret: bytes

    def __str__(self) -> str:
        return urlsafe_b64encode(bytes_of(self.id) + self.secret).rstrip(b"=").decode()

    def __repr__(self) -> str:
        return f"Token({self.id}, …)"

    @property
    def digest(self) -> bytes:
        return sha256(self.secret).digest()

    def opens(self, digest: bytes | None) -> bool:
        """Does this token's secret belong to the row that keeps this digest?"""
        return digest is not None and hmac.compare_digest(self.digest, digest)


def parse_token(text: str, secret_size: int = SECRET_SIZE) -> Token | None:
    """The token this text spells, or None where it spells none."""
    length = ID_SIZE + secret_size
    if len(text) != -(-length * 4 // 3) or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        return None
    token = Token(spelled(raw[:ID_SIZE]), raw[ID_SIZE:])
    return token if str(token) == text else None  # one spelling only
