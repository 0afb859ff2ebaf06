"""Which secrets open a session, until when it lives, and what an application has it say."""

import msgspec
import pytest
from msgspec.structs import replace

from ostiary.core.sessions import rules
from ostiary.core.sessions.model import Session
from ostiary.terms.failures import Malformed
from ostiary.terms.ids import ClientId, SessionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Instant, Seconds
from tests.fakes import NOON

NEW = Token("0198f2a0-0000-7000-8000-000000000000", bytes(31) + b"n")
OLD = Token(NEW.id, bytes(31) + b"o")
SESSION = Session(
    id=SessionId(NEW.id),
    user_id=UserId("u"),
    client_id=ClientId("c"),
    digest=NEW.digest,
    proofs=(),
    started_at=Instant(NOON),
    seen_at=Instant(NOON),
    lifetime=Seconds(0),
    expires_at=Instant(NOON + 600),
    former_digest=OLD.digest,
)


def test_the_secret_before_is_dead_at_once() -> None:
    """SES-2: unless the settings grant it some seconds."""
    assert rules.opened_by(SESSION, NEW, Instant(NOON))
    assert not rules.opened_by(SESSION, OLD, Instant(NOON))
    graced = replace(SESSION, former_until=Instant(NOON + 10))
    assert rules.opened_by(graced, OLD, Instant(NOON + 9))
    assert not rules.opened_by(graced, OLD, Instant(NOON + 10))
    assert rules.generation(SESSION) != rules.generation(replace(SESSION, digest=OLD.digest))


def test_a_token_lives_as_long_as_the_secret_that_it_names() -> None:
    """SES-2: the same seconds, and no others."""
    new, old = (rules.generation(replace(SESSION, digest=s.digest)) for s in (NEW, OLD))
    assert rules.is_of_generation(SESSION, new, Instant(NOON))
    assert not rules.is_of_generation(SESSION, old, Instant(NOON))
    graced = replace(SESSION, former_until=Instant(NOON + 10))
    assert rules.is_of_generation(graced, new, Instant(NOON + 10))
    assert rules.is_of_generation(graced, old, Instant(NOON + 9))
    assert not rules.is_of_generation(graced, old, Instant(NOON + 10))
    assert not rules.is_of_generation(graced, "", Instant(NOON))


@pytest.mark.parametrize(
    ("lifetime", "asked", "left"), [(0, None, 600), (0, 60, 60), (0, 900, 900), (300, None, 300)]
)
def test_a_session_lives_as_long_as_it_was_asked_to(
    lifetime: int, asked: int | None, left: int
) -> None:
    session = replace(SESSION, lifetime=Seconds(lifetime))
    wanted = None if asked is None else Seconds(asked)
    assert rules.until(session, Instant(NOON), wanted) == NOON + left


def test_claims_are_merged_and_null_takes_one_away() -> None:
    before = msgspec.json.encode({"plan": "gold", "seats": {"a": 1, "b": 2}})
    after = rules.claimed(before, {"plan": None, "seats": {"a": None}, "new": True})
    assert msgspec.json.decode(after) == {"seats": {"b": 2}, "new": True}
    assert rules.claimed(before, None) == before
    with pytest.raises(Malformed, match="claims_too_large"):
        rules.claimed(before, {"long": "x" * 4096})
