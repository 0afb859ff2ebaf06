"""Passwords: how they are kept, what is taken for one, and what it costs to try (PW-1, PW-2, PW-4, PW-5)."""

import asyncio
import os
import threading
import time
import unicodedata
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from ostiary.core.factors import password
from ostiary.core.factors.model import Rejected
from ostiary.drivers.threads import Threads
from tests.security.conftest import CHEAP
from tests.security.lab import FINN, all_rows, dump, flat, log_in_by_email, scalar, unkeyed
from tests.world import CLIENT, PASSWORD, Person, World

SHIPPED = password.HASHER  # before a fixture makes it cheap
ANN = "ann@demo.localhost"
NEW = "a brand-new horse with a staple"


async def log_in(world: World, email: str, tried: str) -> httpx2.Response:
    return await world.http.post(
        "/identity/v1/password/login",
        json={"client_id": CLIENT, "email": email, "password": tried},
    )


async def sign_up(world: World, email: str, chosen: str) -> httpx2.Response:
    return await world.http.post(
        "/identity/v1/signup",
        json={"client_id": CLIENT, "data": {"email": email, "password": chosen}},
    )


async def kept(world: World, email: str) -> str:
    state: bytes = await scalar(
        world,
        "SELECT c.state FROM credentials c JOIN contacts a ON a.user_id = c.user_id"
        " WHERE c.kind = 'password' AND a.address = :email",
        email=email,
    )
    return state.decode()


class Counting:
    """A hasher that counts what it is asked, and by how many at once."""

    def __init__(self, real: PasswordHasher) -> None:
        self.real = real
        self.calls: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self.time_cost, self.memory_cost = real.time_cost, real.memory_cost
        self.parallelism = real.parallelism

    def hash(self, plain: bytes) -> str:
        with self._working("hash"):
            return self.real.hash(plain)

    def verify(self, known: str, plain: bytes) -> bool:
        with self._working("verify"):
            return self.real.verify(known, plain)

    def check_needs_rehash(self, known: str) -> bool:
        return self.real.check_needs_rehash(known)

    def _working(self, call: str) -> "_Working":
        return _Working(self, call)

    def enter(self, call: str) -> None:
        with self._lock:
            self.calls.append(call)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)

    def leave(self) -> None:
        with self._lock:
            self._now -= 1


class _Working:
    def __init__(self, counting: Counting, call: str) -> None:
        self.counting, self.call = counting, call

    def __enter__(self) -> None:
        self.counting.enter(self.call)

    def __exit__(self, *exception: object) -> None:
        self.counting.leave()


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    hasher = Counting(CHEAP)
    monkeypatch.setattr(password, "HASHER", hasher)
    return hasher


# --- how they are kept


def test_the_shipped_parameters_are_owasps_first_choice() -> None:
    """PW-1: Argon2id, 19 MiB, two passes, one lane; and the parameters are in the hash."""
    parameters = extract_parameters(SHIPPED.hash("x"))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)
    assert parameters.salt_len >= 16
    assert parameters.hash_len >= 32


async def test_a_password_is_hashed_anew_when_it_is_next_right(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PW-1: a right password under older parameters is kept under the present ones; a wrong one changes nothing."""
    before = await kept(world, ANN)
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(password, "HASHER", dearer)
    assert (await log_in(world, ANN, "wrong")).status_code == 401
    assert await kept(world, ANN) == before
    assert (await log_in(world, ANN, PASSWORD)).status_code == 200
    after = await kept(world, ANN)
    assert extract_parameters(after).memory_cost == 16
    assert (await log_in(world, ANN, PASSWORD)).status_code == 200
    assert await kept(world, ANN) == after


async def test_hashing_anew_costs_nobody_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PW-1: of many logins at once one hashes anew; the others were right, too, and are told so."""
    monkeypatch.setattr(password, "HASHER", PasswordHasher(1, 16, 1))
    answers = await asyncio.gather(*(log_in(world, ANN, PASSWORD) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert await scalar(world, "SELECT SUM(failures) FROM users") == 0


async def test_whoever_reads_the_database_finds_no_password(world: World) -> None:
    """PW-1: nor any hash of it that a table could undo; two people with one password share nothing."""
    await sign_up(world, "new@demo.localhost", NEW)
    await sign_up(world, "newer@demo.localhost", NEW)
    blob = flat(await dump(world))
    assert b"$argon2id$" in blob
    for plain in (NEW, PASSWORD):
        assert plain.encode() not in blob
        assert not any(digest in blob for digest in unkeyed(plain.encode()))
    assert await kept(world, "new@demo.localhost") != await kept(world, "newer@demo.localhost")


# --- what is taken for one


LONGEST = "".join(sha256(bytes([n])).hexdigest() for n in range(16))  # 1,024 bytes
TAKEN = {
    "eight characters": "qz7#Kp2w",
    "sixty-four characters": "plain words without end " * 2 + "and sixteen more",
    "a hundred and twenty-eight": "twelve wombats " * 8 + "all told",
    "as long as may be": LONGEST,
    "small letters only": "correct horse battery",
    "a space at the end": "correct horse battery ",
    "a space before": " correct horse battery",
    "emoji": "🐎🔋📎✅ correct 🐎",
    "Greek": "ἄνδρα μοι ἔννεπε Μοῦσα",
    "Arabic": "الحصان الصحيح بطارية",
    "control characters": "horse\tbattery\x07staple\x7f",
    "quotes": "\"'; DROP TABLE users;--",
}


@pytest.mark.parametrize("name", TAKEN)
async def test_any_text_is_a_password(world: World, name: str) -> None:
    """PW-2: of 8 characters or more, 1,024 bytes or fewer; exactly as typed."""
    chosen = TAKEN[name]
    assert (await sign_up(world, "new@demo.localhost", chosen)).status_code == 200
    assert (await log_in(world, "new@demo.localhost", chosen)).status_code == 200
    for other in (chosen[:-1], chosen + " ", chosen.swapcase() + "!", chosen.strip()):
        if other != chosen and len(other.encode()) <= 1024:
            assert (await log_in(world, "new@demo.localhost", other)).status_code == 401, other


async def test_nothing_is_cut_off(world: World) -> None:
    """PW-2: bcrypt would stop at 72 bytes."""
    await sign_up(world, "new@demo.localhost", LONGEST)
    assert (await log_in(world, "new@demo.localhost", LONGEST)).status_code == 200
    for place in (1023, 1000, 128, 127, 73, 72, 71):
        other = LONGEST[:place] + "!" + LONGEST[place + 1 :]
        assert (await log_in(world, "new@demo.localhost", other)).status_code == 401


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
async def test_every_keyboard_types_the_same_password(world: World, form: Any) -> None:
    """PW-2: composed or not, full width or not (NIST SP 800-63B-4 §3.1.1.2)."""
    chosen = "crème brûlée ﬁne Ａngström"
    await sign_up(world, "new@demo.localhost", chosen)
    typed = unicodedata.normalize(form, chosen)
    assert (await log_in(world, "new@demo.localhost", typed)).status_code == 200


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ("", "password_too_weak"),
        ("qz7#Kp2", "password_too_weak"),
        ("password", "password_too_weak"),
        ("aaaaaaaaaaaa", "password_too_weak"),
        ("new@demo.localhost", "password_too_weak"),
        ("x" * 1025, "invalid_request"),
        ("🐎" * 257, "invalid_request"),
        ("correct horse\0battery", "invalid_request"),
        ("x" * 9000, "invalid_request"),
        (12345678, "invalid_request"),
        (None, "invalid_request"),
        (["correct horse battery"], "invalid_request"),
    ],
)
async def test_what_is_no_password_is_refused_before_it_is_hashed(
    world: World, counting: Counting, chosen: Any, error: str
) -> None:
    """PW-2: too short, too weak, too long, no text at all: 400 and no work."""
    answer = await sign_up(world, "new@demo.localhost", chosen)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert counting.calls == []


async def test_what_cannot_be_a_password_is_not_hashed_to_find_out(
    world: World, counting: Counting
) -> None:
    """PW-2 where a password is checked: at login, and as the old one of a change."""
    long = "x" * 1025
    assert (await log_in(world, ANN, long)).status_code == 400
    assert (await log_in(world, "nobody@demo.localhost", long)).status_code == 400
    assert counting.calls == []
    ann = Person(world, ANN)
    await ann.log_in()
    counting.calls.clear()
    for old, new in ((long, NEW), (PASSWORD, long)):
        body = {"client_id": CLIENT, "old_password": old, "password": new}
        answer = await ann.post("/update-password", body, headers=ann.bearer)
        assert answer.status_code == 400
    assert counting.calls == []


# --- what it costs to try


@pytest.mark.parametrize(
    "email", ["nobody@demo.localhost", ANN, FINN, "not an address", "", "a@b@c", "x" * 2000]
)
async def test_a_guess_is_hashed_once_whoever_it_is_for(
    world: World, counting: Counting, email: str
) -> None:
    """PW-4: for a stranger, for somebody without a password, for what is no address; the very first time, too."""
    answer = await log_in(world, email, "a wrong guess")
    if email:
        assert answer.status_code == 401
        assert counting.calls == ["verify"]
    else:
        assert (answer.status_code, counting.calls) == (400, [])  # nobody is named


def test_nobodys_hash_costs_what_a_real_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """PW-4: the same algorithm with the same parameters, and no password has it."""
    monkeypatch.setattr(password, "HASHER", SHIPPED)
    nobodys = password._nobodys()
    assert extract_parameters(nobodys) == extract_parameters(SHIPPED.hash("x"))
    assert not SHIPPED.check_needs_rehash(nobodys)


@pytest.mark.parametrize("guess", ["", "x", "nobody has this password", "\0" * 32])
def test_nobody_is_ever_let_in(guess: str) -> None:
    """PW-4: whatever is tried, without a kept password nothing is right."""
    assert isinstance(password.FACTOR.check(None, guess), Rejected)


class Gated(Counting):
    """Nothing is judged before the gate is open."""

    def __init__(self, real: PasswordHasher) -> None:
        super().__init__(real)
        self.gate = threading.Event()

    def verify(self, known: str, plain: bytes) -> bool:
        with self._working("verify"):
            self.gate.wait(30)
            return self.real.verify(known, plain)


async def test_a_flood_of_logins_hashes_few_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PW-5: as many as there are cores; while every one of them is busy, others are answered."""
    cores = os.cpu_count() or 1
    slow = Gated(CHEAP)
    monkeypatch.setattr(password, "HASHER", slow)
    flood = asyncio.gather(*(log_in(world, f"{n}@demo.localhost", "x") for n in range(500)))
    async with asyncio.timeout(20):
        while len(slow.calls) < cores:
            assert (await world.http.get("/.well-known/jwks.json")).status_code == 200
            await asyncio.sleep(0)  # in one process an answer may come without a turn for others
        for _ in range(20):
            refused = await world.http.post("/oauth/token", json={"client_id": CLIENT})
            assert refused.status_code == 400
    assert len(slow.calls) == cores
    slow.gate.set()
    assert {answer.status_code for answer in await flood} == {401}
    assert len(slow.calls) == 500
    assert slow.most_at_once == cores


async def test_threads_are_few() -> None:
    """PW-5: the bound itself, whatever the machine has."""
    threads = Threads(2)
    busy, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.001)  # long enough for a third to come in, were there one
        with lock:
            busy -= 1

    await asyncio.gather(*(threads(work) for _ in range(100)))
    threads.close()
    assert most == 2


# --- changing it


@pytest.fixture(params=["an old password", "no old password"])
def old_password(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"old_password": "anything at all"} if request.param == "an old password" else {}


async def test_who_has_no_password_cannot_prove_one(
    world: World, old_password: dict[str, str]
) -> None:
    """A token that is not fresh sets no first password, whatever is called the old one."""
    finn = Person(world, FINN)
    await log_in_by_email(finn)
    body = {"client_id": CLIENT, "password": NEW, **old_password}
    world.clock.advance(301)
    late = await finn.post("/update-password", body, headers=finn.bearer)
    assert (late.status_code, late.json()["error_message_key"]) == (
        401,
        "error.accessToken.freshness",
    )
    assert (await log_in(world, FINN, NEW)).status_code == 401
    await log_in_by_email(finn)
    fresh = await finn.post("/update-password", body, headers=finn.bearer)
    assert fresh.status_code == 204
    assert (await log_in(world, FINN, NEW)).status_code == 200


async def test_changing_a_password_tells_a_thief_nothing(world: World) -> None:
    """OTP-8: with a stolen token and a wrong old password, right and wrong guesses at the new one look alike;
    each is counted, and a locked account answers neither."""
    ann = Person(world, ANN)
    await ann.log_in()
    statuses = []
    for n in range(12):
        guess = PASSWORD if n % 2 else f"{NEW} {n}"
        answer = await ann.post(
            "/update-password",
            {"client_id": CLIENT, "old_password": "wrong", "password": guess},
            headers=ann.bearer,
        )
        statuses.append((answer.status_code, answer.json()["error_message_key"]))
    wrong = (401, "error.invalidEmailOrPassword")
    locked = (403, "error.accountBlockedAfterMultipleLoginAttempts")
    assert statuses == [wrong] * 10 + [locked] * 2


async def test_the_password_cannot_stay_the_same(world: World) -> None:
    """Said to who knows it, and to them alone."""
    ann = Person(world, ANN)
    await ann.log_in()
    answer = await ann.post(
        "/update-password",
        {"client_id": CLIENT, "old_password": PASSWORD, "password": PASSWORD},
        headers=ann.bearer,
    )
    assert answer.status_code == 400
    assert answer.json()["error_message_key"] == "error.updateSamePassword"
    (row,) = await all_rows(world, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NOT NULL")
    assert row["n"] == 0
