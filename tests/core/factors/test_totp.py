"""Codes of an authenticator app (RFC 6238)."""

import pytest

from ostiary.core.factors import TOTP
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
    assert TOTP.code(SECRET, at // 30) == code[-6:]
    assert TOTP.check(SECRET, code[-6:], 0, Instant(at)) == at // 30


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
