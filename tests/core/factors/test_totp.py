"""Codes of an authenticator app (RFC 6238), and recovery codes."""

import hmac
from collections import Counter
from random import Random

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from ostiary.core.factors import RECOVERY_CODE, TOTP
from ostiary.terms.time import Instant

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(  # appendix B, SHA-1: the last six of its eight digits
    ("at", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_the_rfc(at: int, code: str) -> None:
    """TOTP-1."""
    assert TOTP.code(SECRET, at // 30) == code[-6:]
    assert TOTP.check(SECRET, code[-6:], 0, Instant(at)) == at // 30


def test_the_vectors_of_counters() -> None:
    """TOTP-1: RFC 4226, appendix D."""
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert [TOTP.code(SECRET, counter) for counter in range(10)] == codes.split()


def by_hand(secret: bytes, counter: int) -> str:
    """RFC 4226 §5.3, as it is written."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def test_as_two_other_implementations_have_it() -> None:
    """TOTP-1: a hundred thousand secrets and instants, other ones each time; the seed tells which."""
    seed = Random().getrandbits(64)
    dice = Random(seed)
    for n in range(100_000):
        secret, at = dice.randbytes(20), dice.randrange(1 << 36)
        code = TOTP.code(secret, at // 30)
        assert code == by_hand(secret, at // 30), (seed, n)
        library = HOTP(secret, 6, SHA1()).generate(at // 30)
        assert code == library.decode(), (seed, n)


@pytest.mark.parametrize(("behind", "accepted"), [(-1, False), (0, True), (1, True), (2, False)])
def test_the_present_step_and_the_one_before(behind: int, accepted: bool) -> None:
    now = Instant(1_800_000_000)
    code = TOTP.code(SECRET, now // 30 - behind)
    assert (TOTP.check(SECRET, code, 0, now) is not None) is accepted


def test_a_step_is_good_once_and_none_before_it() -> None:
    now = Instant(1_800_000_000)
    step = now // 30
    assert TOTP.check(SECRET, TOTP.code(SECRET, step), step, now) is None
    assert TOTP.check(SECRET, TOTP.code(SECRET, step - 1), step, now) is None
    assert TOTP.check(SECRET, TOTP.code(SECRET, step), step - 1, now) == step


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345６", "-12345", "abcdef", " 12345"])
def test_what_is_no_code(code: str) -> None:
    assert TOTP.check(SECRET, code, 0, Instant(59)) is None


def thrown(size: int) -> bytes:
    return Random(size).randbytes(size)


def alike(byte: int) -> str:
    """A code of this byte alone."""
    return RECOVERY_CODE.enrol(lambda size: bytes([byte] * size))[0]


def test_recovery_codes_are_ten_of_sixty_bits() -> None:
    """REC-1, as far as the vendor's form has room: every letter as likely as any other."""
    codes = RECOVERY_CODE.enrol(thrown)
    assert len(codes) == 10
    assert all(RECOVERY_CODE.well_formed(code) for code in codes)
    drawn = RECOVERY_CODE.enrol(lambda size: bytes(range(size)))[0]
    assert drawn == "abcd-efgh-ijkl"
    letters = Counter(alike(byte)[0] for byte in range(256))
    assert set(letters.values()) == {256 // 32}


@pytest.mark.parametrize(
    "code", ["", "abcd-efgh", "abcd-efgh-ijk", "ABCD-EFGH-IJKL", "abcdefghijkl", "abcd-efgh-ijkl\n"]
)
def test_what_is_no_recovery_code(code: str) -> None:
    assert not RECOVERY_CODE.well_formed(code)


def test_a_recovery_code_is_spent() -> None:
    """REC-3."""
    codes = ("aaaa-aaaa-aaaa", "bbbb-bbbb-bbbb", "cccc-cccc-cccc")
    left = RECOVERY_CODE.spend(codes, codes[1])
    assert left == (codes[0], codes[2])
    assert RECOVERY_CODE.spend(left, codes[1]) is None
    assert RECOVERY_CODE.spend((), codes[0]) is None
