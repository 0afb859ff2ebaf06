"""Whatever is taken over can be checked: a hash that nothing matches is no bug at its owner's login."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ostiary.core.factors.imported import check, matches
from ostiary.core.factors.model import Encoded, Imported, Pbkdf2, SaltedDigest, Scrypt
from ostiary.terms.failures import Malformed

ITOA64 = "[./0-9A-Za-z]"
BASE64 = "[A-Za-z0-9+/]"


def encoded(scheme: str, pattern: str) -> some.SearchStrategy[Imported]:
    texts = some.from_regex(pattern, fullmatch=True)
    return texts.map(lambda text: Encoded(scheme=scheme, text=text))  # type: ignore[arg-type]


KEYS = some.binary(min_size=14, max_size=34)
ANYTHING: some.SearchStrategy[Imported] = some.one_of(
    encoded("bcrypt", rf"\$2[abxy]\$0[34]\${ITOA64}{{53}}"),
    encoded("phpass", rf"\$[PH]\$[345]{ITOA64}{{30}}"),
    encoded(
        "argon2id",
        rf"\$argon2id\$v=19\$m=(8|16),t=[012],p=[012]\${BASE64}{{8,24}}\${BASE64}{{18,50}}",
    ),
    encoded("argon2i", rf"\$argon2i\$v=1[69]\$m=8,t=1,p=1\${BASE64}{{8,24}}\${BASE64}{{18,50}}"),
    some.builds(
        SaltedDigest,
        algorithm=some.sampled_from(["md5", "sha1", "sha512"]),
        hexadecimal=some.from_regex("[0-9a-fA-F]{32}|[0-9a-f]{40}|[0-9a-f]{128}", fullmatch=True),
        before=some.text(max_size=4),
        after=some.text(max_size=4),
    ),
    some.builds(
        Scrypt,
        salt=some.binary(max_size=20),
        n=some.sampled_from([-2, 0, 1, 2, 3, 16]),
        r=some.integers(-1, 3),
        p=some.integers(-1, 3),
        key=KEYS,
    ),
    some.builds(
        Pbkdf2,
        algorithm=some.sampled_from(["sha256", "sha512"]),
        salt=some.binary(max_size=20),
        iterations=some.integers(-1, 5),
        key=KEYS,
    ),
)


@settings(deadline=None, max_examples=300)
@given(ANYTHING, some.text(some.characters(exclude_characters="\0", codec="utf-8"), max_size=90))
def test_what_is_taken_over_can_be_checked(imported: Imported, password: str) -> None:
    try:
        check(imported)
    except Malformed:
        return
    assert matches(imported, password) is False


def test_a_salt_that_no_library_reads_is_not_taken() -> None:
    with pytest.raises(Malformed, match="hash_malformed"):
        check(Encoded(scheme="bcrypt", text=f"$2b$04${'a' * 53}"))
