"""Randomness as the core sees it: handed in, so that a test can hand in its own."""

from collections.abc import Callable
from typing import TypeAlias

Entropy: TypeAlias = Callable[[int], bytes]  # `secrets.token_bytes` in production


AT_ONCE = 18  # digits that one draw of eight bytes is enough for


def digits(entropy: Entropy, length: int) -> str:
    """A uniform decimal code, leading zeros kept; drawn again rather than biased (OTP-1)."""
    if length > AT_ONCE:
        return digits(entropy, AT_ONCE) + digits(entropy, length - AT_ONCE)
    bound = 10**length
    ceiling = (1 << 64) - (1 << 64) % bound
    while (drawn := int.from_bytes(entropy(8), "big")) >= ceiling:
        pass
    return f"{drawn % bound:0{length}d}"
