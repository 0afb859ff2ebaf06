"""How many messages a carrier makes of an SMS, and bills (3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24.1)."""

from msgspec import Struct

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"  # two septets each
GSM_7, UCS_2 = "GSM-7", "UCS-2"
_LIMITS = {GSM_7: (160, 153), UCS_2: (70, 67)}  # of one message; of each part of several


class Segments(Struct, frozen=True):
    alphabet: str
    used: int
    parts: int
    foreign: str  # the first character that GSM-7 does not have


def segments(text: str) -> Segments:
    foreign = next((c for c in text if c not in _BASIC and c not in _EXTENDED), "")
    if foreign:
        alphabet, used = UCS_2, len(text.encode("utf-16-be")) // 2
    else:
        alphabet, used = GSM_7, len(text) + sum(c in _EXTENDED for c in text)
    alone, each = _LIMITS[alphabet]
    return Segments(alphabet, used, 1 if used <= alone else -(-used // each), foreign)
