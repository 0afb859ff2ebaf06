"""One-time codes against somebody who guesses, replays, resends and mixes them up (OTP-1 to OTP-16)."""

import ast
import asyncio
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import msgspec
import pytest

import ostiary
from ostiary.app import Deployment
from ostiary.core.keys import rules as key_rules
from ostiary.core.messages.model import Purpose
from ostiary.core.projects.model import Codes
from ostiary.terms.entropy import digits
from ostiary.wire.configuration.read import Misconfigured
from tests.conftest import MakeWorld
from tests.security.lab import (
    ERIN,
    NEW_PHONE,
    OTHER,
    OTHER_CALLBACK,
    PATIENT,
    PHONE,
    all_rows,
    claims,
    configure,
    dump,
    events,
    flat,
    parameters,
    project,
    run,
    scalar,
    unkeyed,
    wrong,
)
from tests.world import (
    AUTHORIZATION,
    CLIENT,
    PASSWORD,
    SHOP,
    Person,
    World,
    demo_configuration,
)

ROOT = Path(ostiary.__file__).parent
SOURCES = [path for path in sorted(ROOT.rglob("*.py")) if "demo" not in path.parts]
LIFETIMES = {"sms": 300, "email": 600}


# --- how they are made


def spread(seed: str) -> Callable[[int], bytes]:
    """Eight even bytes at a time, the same ones each time."""
    stream = hashlib.shake_256(seed.encode()).digest(9_000_000)
    position = count(0, 8)

    def draw(size: int) -> bytes:
        start = next(position)
        return stream[start : start + size]

    return draw


def chi_squared(observed: Counter[Any], cells: int) -> float:
    expected = observed.total() / cells
    empty = (cells - len(observed)) * expected
    return empty + sum((seen - expected) ** 2 / expected for seen in observed.values())


def test_codes_are_uniform() -> None:
    """OTP-1: a million codes, each digit and each thousandth of the range; χ² at p = 0.001."""
    draw = spread("uniform")
    codes = [digits(draw, 6) for _ in range(1_000_000)]
    assert all(len(code) == 6 for code in codes)
    for place in range(6):
        assert chi_squared(Counter(code[place] for code in codes), 10) < 27.9
    assert chi_squared(Counter(code[:3] for code in codes), 1000) < 1143
    assert chi_squared(Counter(code[3:] for code in codes), 1000) < 1143


def test_what_would_bias_a_code_is_drawn_again() -> None:
    """OTP-1: 2⁶⁴ is no multiple of 10⁶; the remainder at the top is not used. Leading zeros stay."""
    first_refused = (1 << 64) - (1 << 64) % 10**6
    throws = iter([(1 << 64) - 1, first_refused, 7])
    assert digits(lambda size: next(throws).to_bytes(size, "big"), 6) == "000007"
    last_used = iter([first_refused - 1])
    assert digits(lambda size: next(last_used).to_bytes(size, "big"), 6) == "999999"


def test_randomness_is_the_operating_systems() -> None:
    """OTP-1: nothing imports `random`; what is handed in by default is `secrets.token_bytes`."""
    imported = {
        name.name.partition(".")[0]
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        (node.module or "").partition(".")[0]
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    assert "secrets" in imported  # the search finds something
    assert "random" not in imported
    default = {field.name: field.default for field in msgspec.structs.fields(Deployment)}
    assert default["entropy"] is secrets.token_bytes


@pytest.mark.parametrize(
    ("setting", "refused", "taken"),
    [
        ("length", (0, 4, 5, 11), (6, 10)),
        ("sms_lifetime", (0, -1, 601, 86_400), (1, 600)),
        ("email_lifetime", (0, -1, 601, 86_400), (1, 600)),
        ("wrong_answers", (0, 11, 1000), (1, 10)),
    ],
)
def test_no_setting_makes_codes_weak(
    setting: str, refused: tuple[int, ...], taken: tuple[int, ...]
) -> None:
    """OTP-2, OTP-3, OTP-6: six digits or more, ten minutes or less, ten guesses or fewer."""
    for value in taken:
        assert getattr(msgspec.convert({setting: value}, Codes), setting) == value
    for value in refused:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({setting: value}, Codes)
        with pytest.raises(Misconfigured, match=setting):
            demo_configuration(project({"codes": {setting: value}}))


# --- how long they live, and how often they work


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(("early", "status"), [(1, 200), (0, 401), (-1, 401)])
async def test_a_code_lives_as_long_as_it_says(
    world: World, cleo: Person, channel: str, early: int, status: int
) -> None:
    """OTP-3: good in the last second of its life, not in the next."""
    await configure(world, mfa={"step_up_token_lifetime": 3600})
    await cleo.log_in()
    challenge = await cleo.challenge(await cleo.step_up_token(), channel)
    code = await world.code()
    world.clock.advance(LIFETIMES[channel] - early)
    assert (await cleo.verify(challenge, code)).status_code == status


async def test_an_activation_code_lives_as_long_as_it_says(world: World, ann: Person) -> None:
    """OTP-3, for the code that enables a phone."""
    for early, status in ((0, 401), (1, 200)):
        await ann.log_in()
        await register_phone(ann, NEW_PHONE)
        code = await world.code(NEW_PHONE)
        world.clock.advance(LIFETIMES["sms"] - early)
        assert (await enable_phone(ann, code)).status_code == status


@pytest.mark.parametrize("purpose", ["mfa_step_up", "mfa_activation", "login_code"])
@pytest.mark.parametrize(
    "section", [{"sms": {"code_lifetime": 601}}, {"email": {"code_lifetime": 601}}]
)
def test_no_template_prolongs_a_code_that_authenticates(
    purpose: str, section: dict[str, Any]
) -> None:
    """OTP-3: what the settings may not say, a template may not either."""
    import yaml

    document = yaml.safe_load(project())
    document["templates"] = {purpose: section}
    with pytest.raises(Misconfigured, match="code_lifetime"):
        demo_configuration(yaml.safe_dump(document))
    ((channel, _),) = section.items()
    document["templates"] = {purpose: {channel: {"code_lifetime": 600}}}
    demo_configuration(yaml.safe_dump(document))


async def test_a_code_is_good_once(world: World, bob: Person) -> None:
    """OTP-4: the second time it is refused, and the journal says that it was replayed."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    assert (await bob.verify(challenge, code)).status_code == 200
    for _ in range(2):
        assert (await bob.verify(challenge, code)).status_code == 401
    replays = [e for e in await events(world, "code.refused") if e["reason"] == "code_replayed"]
    sub = claims(bob.tokens["access_token"])["sub"]
    assert [replay["user_id"] for replay in replays] == [sub, sub]


async def test_an_activation_code_is_good_once(world: World, ann: Person) -> None:
    """OTP-4."""
    await ann.log_in()
    await register_phone(ann, NEW_PHONE)
    code = await world.code(NEW_PHONE)
    assert (await enable_phone(ann, code)).status_code == 200
    tokens = await ann.step_up()  # a further factor needs one; nothing is waiting for a code now
    assert tokens["access_token"]
    assert (await enable_phone(ann, code)).status_code == 401
    assert len(await credentials_of(ann)) == 1


async def test_of_fifty_parallel_redemptions_one_succeeds(world: World, bob: Person) -> None:
    """OTP-5: twenty rounds; one authorization code and one raised session each."""
    await configure(world, **PATIENT)
    await bob.log_in()
    for _ in range(20):
        challenge = await bob.challenge(await bob.step_up_token())
        code = await world.code()
        grants, raised = await counted(world, "grants"), len(await events(world, "session.raised"))
        answers = await asyncio.gather(*(bob.verify(challenge, code) for _ in range(50)))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
        assert await counted(world, "grants") == grants + 1
        assert len(await events(world, "session.raised")) == raised + 1


# --- guessing


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each answer that was really compared with a code."""
    comparisons: list[str] = []
    real = key_rules.matches

    def counting(master: Any, purpose: str, text: bytes, digest: bytes) -> bool:
        if purpose == "one-time code":
            comparisons.append(text.decode())
        return real(master, purpose, text, digest)

    monkeypatch.setattr(key_rules, "matches", counting)
    return comparisons


async def test_after_five_wrong_answers_the_right_one_is_too_late(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-6: and it is not even compared."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    for guess in range(1, 6):
        assert (await bob.verify(challenge, wrong(code, guess))).status_code == 401
    assert (await bob.verify(challenge, code)).status_code == 401
    assert len(compared) == 5
    assert await lock_of(world) is None  # of the challenge, not of the account


async def test_four_wrong_answers_leave_a_fifth(world: World, bob: Person) -> None:
    """OTP-6, on the other side of the line."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    for guess in range(1, 5):
        assert (await bob.verify(challenge, wrong(code, guess))).status_code == 401
    assert (await bob.verify(challenge, code)).status_code == 200


async def test_an_activation_code_dies_of_five_wrong_answers(
    world: World, ann: Person, compared: list[str]
) -> None:
    """OTP-6, OTP-7 for enrolment, where the code is asked for again in between."""
    await ann.log_in()
    await register_phone(ann, NEW_PHONE)
    code = await world.code(NEW_PHONE)
    answers = await asyncio.gather(*(enable_phone(ann, wrong(code, n)) for n in range(1, 51)))
    assert {answer.status_code for answer in answers} == {401}
    assert (await enable_phone(ann, code)).status_code == 401
    assert len(compared) == 5
    assert (await register_phone(ann, NEW_PHONE)).status_code == 429
    assert await credentials_of(ann) == []


async def test_parallel_guesses_are_counted_before_they_are_compared(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-7 (CVE-2024-4629): two hundred at once, the right one last."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    guesses = [wrong(code, n) for n in range(1, 201)] + [code]
    cookies = dict(bob.http.cookies)
    answers = await asyncio.gather(
        *(verify_with(world, cookies, challenge, guess) for guess in guesses)
    )
    assert {answer.status_code for answer in answers} == {401}
    assert len(compared) == 5


async def test_a_refused_answer_is_counted_though_its_request_failed(
    world: World, bob: Person
) -> None:
    """M33: on the transaction, the credential and the account; and journalled."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    for n in range(1, 4):
        assert (await bob.verify(challenge, wrong(code, n))).status_code == 401
        assert await scalar(world, "SELECT MAX(attempts) FROM transactions") == n
        assert await scalar(world, "SELECT SUM(failures) FROM credentials") == n
        assert await scalar(world, "SELECT SUM(failures) FROM users") == n
        assert len(await events(world, "credential.refused")) == n


async def test_resending_resets_no_count(world: World, bob: Person, compared: list[str]) -> None:
    """OTP-8, S3: four wrong answers, a new code for the same step-up, one guess is left and no more."""
    await bob.log_in()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    for n in range(1, 5):
        await bob.verify(challenge, wrong(code, n))
    challenge = await bob.challenge(step_up)
    code = await world.code()
    await bob.verify(challenge, wrong(code))
    assert (await bob.verify(challenge, code)).status_code == 401
    assert len(compared) == 5
    again = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    assert again.status_code == 429
    assert int(again.headers["retry-after"]) > 0


async def test_resending_is_limited_and_refusals_do_not_reset_it(world: World, bob: Person) -> None:
    """M7: five codes for one step-up token, whatever is asked in between."""
    await configure(world, sends={**PATIENT["sends"], "per_step_up": 5})
    await bob.log_in()
    step_up = await bob.step_up_token()
    statuses = [
        (
            await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
        ).status_code
        for _ in range(8)
    ]
    assert statuses == [200] * 5 + [429] * 3
    await world.deliver()
    assert len(world.carrier.messages) == 5


async def test_fresh_sessions_share_one_count(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-8 (AuthQuake): {log in, start, five wrong} in ever new browsers locks the account after ten.

    The password that is proved each time takes back none of the wrong SMS answers.
    """
    await configure(world, sends=PATIENT["sends"])
    for _ in range(2):
        await guess_five_times(world, Person(world, bob.email))
    assert len(compared) == 10
    assert await lock_of(world) == world.clock.now + 3600
    late = await bob.post(
        "/password/login", {"client_id": CLIENT, "email": bob.email, "password": PASSWORD}
    )
    assert late.status_code == 403
    assert late.json()["error_message_key"] == "error.accountBlockedAfterMultipleLoginAttempts"


async def test_a_locked_account_takes_no_answer_and_sends_no_code(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-8: a session that was open before cannot go on guessing, nor pump messages."""
    await configure(world, sends=PATIENT["sends"])
    await bob.log_in()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    for _ in range(2):
        await guess_five_times(world, Person(world, bob.email))
    sent = len(world.carrier.messages)
    assert (await bob.verify(challenge, code)).status_code == 403
    again = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    assert again.status_code == 403
    await world.deliver()
    assert (len(compared), len(world.carrier.messages)) == (10, sent)
    world.clock.advance(3600)
    await bob.step_up()


async def test_a_lock_that_is_over_buys_ten_guesses_not_more(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-8: wrong passwords that locked the account once are not taken back again by a right one."""
    await configure(world, sends=PATIENT["sends"])
    await bob.log_in()
    for _ in range(10):
        await bob.post(
            "/password/login", {"client_id": CLIENT, "email": bob.email, "password": "x"}
        )
    assert await lock_of(world) is not None
    world.clock.advance(3600)
    await guess_five_times(world, bob, log_in=False)
    for _ in range(3):
        login = await bob.post(
            "/password/login", {"client_id": CLIENT, "email": bob.email, "password": PASSWORD}
        )
        if login.status_code == 200:
            await guess_five_times(world, bob, log_in=False)
    assert len(compared) == 10


async def test_looking_at_a_right_code_buys_no_guesses(
    world: World, cleo: Person, compared: list[str]
) -> None:
    """OTP-8: who reads Cleo's mail logs in by its codes, looking at each right one before redeeming it: none of
    the wrong SMS answers given in between is taken back."""
    await configure(world, sends=PATIENT["sends"])
    where = {"auth_type": "email", "email": cleo.email}
    locked = False
    for _ in range(6):
        started = await cleo.post("/passwordless/start", {**AUTHORIZATION, **where})
        if started.status_code == 403:
            locked = True
            break
        body = {**where, "verification_code": await world.code(cleo.email)}
        for _ in range(4):
            assert (await cleo.post("/verify-auth-code", body)).status_code == 204
        assert (await cleo.post("/passwordless/verify", body)).status_code == 200
        challenge = await cleo.challenge(await cleo.step_up_token(), "sms")
        code = await world.code("+33698765432")
        compared.clear()
        for n in range(1, 5):
            await cleo.verify(challenge, wrong(code, n))
    assert locked
    assert await scalar(world, "SELECT MAX(failures) FROM users") == 10


async def test_looking_costs_no_attempt_and_guessing_by_looking_does(
    world: World, bob: Person, compared: list[str]
) -> None:
    """OTP-6 for `/verify-auth-code`: a wrong look counts like a wrong answer, a right one spends nothing."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()

    async def look(guess: str) -> int:
        body = {"challenge_id": challenge, "verification_code": guess}
        return (await bob.post("/verify-auth-code", body)).status_code

    assert [await look(code) for _ in range(7)] == [204] * 7
    assert [await look(wrong(code, n)) for n in range(1, 6)] == [401] * 5
    assert await look(code) == 401
    assert (await bob.verify(challenge, code)).status_code == 401
    assert len(compared) == 12
    assert await scalar(world, "SELECT MAX(failures) FROM users") == 5


async def test_every_kind_of_failure_counts_towards_one_lock(world: World, bob: Person) -> None:
    """OTP-8, AB-3: wrong passwords by e-mail and wrong codes by SMS share the account's budget."""
    await guess_five_times(world, bob)
    for n in range(6):
        answer = await bob.post(
            "/password/login", {"client_id": CLIENT, "email": bob.email.upper(), "password": "x"}
        )
        assert answer.status_code == (401 if n < 5 else 403)


async def test_success_elsewhere_gives_no_new_guesses_to_an_address(
    world: World, bob: Person, cleo: Person
) -> None:
    """OTP-9: an attacker completes a step-up of their own between guesses; the IP's budget still runs out."""
    await configure(world, **PATIENT, rate_limit={"requests": 6, "window": 60})
    statuses = []
    for guess in range(4):
        await cleo.log_in()
        challenge = await cleo.challenge(await cleo.step_up_token())
        if guess == 0:
            await bob.log_in()
            target = await bob.challenge(await bob.step_up_token())
            bobs = await world.code(PHONE)
            mine = await world.code("+33698765432")
        else:
            mine = await world.code()
        statuses.append((await bob.verify(target, wrong(bobs, guess + 1))).status_code)
        statuses.append((await cleo.verify(challenge, mine)).status_code)
        if 429 in statuses:
            break
    assert statuses == [401, 200, 401, 200, 401, 200, 429, 429]


# --- what a code is bound to


async def test_no_code_opens_another_door(make_world: MakeWorld, compared: list[str]) -> None:
    """OTP-10: ten flows are open at once; each code is tried at every other one's end: none is taken.

    Afterwards every code still works where it belongs: the refusals were about the place.
    """
    world = await make_world(project({**PATIENT, "codes": {"wrong_answers": 10}}), "patient")
    cleo, erin = Person(world, "cleo@demo.localhost"), Person(world, ERIN)
    by_email = {"auth_type": "email", "email": cleo.email}
    await cleo.log_in()
    await cleo.step_up()
    await erin.log_in()

    ends: dict[str, Callable[[str], Awaitable[httpx2.Response]]] = {}
    codes: dict[str, str] = {}

    async def opened(flow: str, to: str, end: Callable[[str], Awaitable[httpx2.Response]]) -> None:
        ends[flow], codes[flow] = end, await world.code(to)

    for channel, to in (("sms", "+33698765432"), ("email", cleo.email)):
        challenge = await cleo.challenge(await cleo.step_up_token(), channel)
        end = partial(verify_with, world, dict(cleo.http.cookies), challenge)
        await opened(f"step up by {channel}", to, end)
    await register_phone(cleo, NEW_PHONE)
    await opened("second phone", NEW_PHONE, partial(enable_phone, cleo))
    await world.http.post("/identity/v1/passwordless/start", json={**AUTHORIZATION, **by_email})
    await opened("log in", cleo.email, partial(post_code, world, "/passwordless/verify", by_email))
    who = {"client_id": CLIENT, "email": cleo.email}
    await world.http.post("/identity/v1/forgot-password", json=who)
    new = {**who, "password": "a brand-new horse with a staple"}
    await opened("reset", cleo.email, partial(post_code, world, "/update-password", new))
    await world.http.post("/identity/v1/account-recovery", json=who)
    recovery = {**who, "origin": SHOP, "friendly_name": "a phone"}
    end = partial(post_code, world, "/webauthn/reset-options", recovery)
    await opened("recover", cleo.email, end)
    await register_phone(erin, "+33633333333")
    await opened("first phone", "+33633333333", partial(enable_phone, erin))
    assert (await register_email(erin)).json() == {"status": "email_sent"}
    await opened("first e-mail", ERIN, partial(enable_email, erin))
    await erin.post("/send-email-verification", {}, headers=erin.bearer)
    mine = {"email": ERIN, "access_token": erin.tokens["access_token"]}
    await opened("confirm", ERIN, partial(post_code, world, "/verify-email", mine))
    await erin.post("/update-phone-number", {"phone_number": "+33644444444"}, headers=erin.bearer)
    await opened("another number", "+33644444444", partial(confirm_phone, erin, "+33644444444"))

    assert len(set(codes.values())) == len(ends) == 10
    compared.clear()
    for flow, code in codes.items():
        for other, elsewhere in ends.items():
            if other != flow:
                answer = await elsewhere(code)
                assert answer.status_code == 401, (flow, other)
                assert answer.json()["error_message_key"] == "error.invalidVerificationCode"
    assert len(compared) == 90

    # in an order in which none ends another: a first factor ends the wait for a second, a reset ends all
    for flow in ("another number", "confirm", "first phone", "second phone", "recover", "log in"):
        assert (await ends[flow](codes[flow])).status_code in (200, 204), flow
    assert (await ends["first e-mail"](codes["first e-mail"])).json()["error_message_key"] == (
        "error.authn.mfa.stepup.required"  # with a factor by now, Erin must prove it first (STP-9)
    )
    for flow in ("step up by sms", "step up by email"):
        assert (await ends[flow](codes[flow])).status_code == 200, flow
    assert (await ends["reset"](codes["reset"])).status_code == 204


async def test_a_code_is_bound_to_its_challenge(world: World, bob: Person) -> None:
    """OTP-10: of two step-ups of one person, neither takes the other's code."""
    await bob.log_in()
    first = await bob.challenge(await bob.step_up_token())
    code_of_first = await world.code()
    second = await bob.challenge(await bob.step_up_token())
    code_of_second = await world.code()
    assert (await bob.verify(second, code_of_first)).status_code == 401
    assert (await bob.verify(first, code_of_second)).status_code == 401


async def test_an_activation_code_is_bound_to_its_session(world: World, erin: Person) -> None:
    """OTP-10: the code asked for in one browser enables nothing in another one."""
    await erin.log_in()
    elsewhere = Person(world, erin.email)
    await elsewhere.log_in()
    await register_phone(erin, NEW_PHONE)
    code = await world.code(NEW_PHONE)
    assert (await enable_phone(elsewhere, code)).status_code == 401
    assert await credentials_of(erin) == []
    assert (await enable_phone(erin, code)).status_code == 200


async def test_a_login_code_is_its_clients(world: World, ann: Person) -> None:
    """OTP-10: a stranger asks for Ann's login at another client after she did at the shop; her answer, the newest
    code, given at the shop, is no answer to the other client's request, wherever that would lead."""
    where = {"auth_type": "email", "email": ann.email}
    await ann.post("/passwordless/start", {**AUTHORIZATION, **where})
    other = {**AUTHORIZATION, "client_id": OTHER, "redirect_uri": OTHER_CALLBACK, **where}
    await world.http.post("/identity/v1/passwordless/start", json=other)
    code = await world.code(ann.email)
    answer = await ann.http.get(
        "/identity/v1/passwordless/verify",
        params={**AUTHORIZATION, **where, "verification_code": code},
    )
    assert parameters(answer)["error_message_key"] == "error.invalidVerificationCode"
    assert answer.headers["location"].startswith(AUTHORIZATION["redirect_uri"])
    posted = {**where, "client_id": CLIENT, "verification_code": code}
    assert (await ann.post("/passwordless/verify", posted)).status_code == 401
    assert await counted(world, "sessions") == 0
    await ann.post("/passwordless/start", {**AUTHORIZATION, **where})
    mine = {**posted, "verification_code": await world.code(ann.email)}
    assert (await ann.post("/passwordless/verify", mine)).status_code == 200


@pytest.mark.parametrize("delivered", [False, True])
async def test_whoever_reads_the_database_finds_no_code(
    make_world: MakeWorld, delivered: bool
) -> None:
    """OTP-11: a hundred codes, before and after they are sent; neither they nor any unkeyed hash of them."""
    settings = {**PATIENT, "codes": {"length": 10}}
    world = await make_world(project(settings), "long codes")
    cleo = Person(world, "cleo@demo.localhost")
    await cleo.log_in()
    step_up = await cleo.step_up_token()
    challenges = [
        await cleo.challenge(step_up, channel) for _ in range(50) for channel in ("sms", "email")
    ]
    before = flat(await dump(world))
    await world.deliver()
    codes = [message.code for message in world.carrier.messages]
    assert len(set(codes)) == 100
    blob = flat(await dump(world)) if delivered else before
    ids = await all_rows(world, "SELECT id FROM challenges ORDER BY id")
    assert ids[0]["id"].encode() in blob  # the search would find what is there
    for code, challenge, row in zip(codes, challenges, ids, strict=True):
        assert code is not None
        assert code.encode() not in blob
        for text in (code, f"{row['id']}:{code}", f"{challenge}:{code}", f"{row['id']}{code}"):
            assert not any(digest in blob for digest in unkeyed(text.encode()))


def test_secrets_are_compared_in_constant_time() -> None:
    """OTP-12: no `==` between what is secret; where it stands, it compares nothing a stranger sent."""
    secret = re.compile(r"(digest|secret|code|password|verifier|expected|token|signature)$")
    harmless = {
        ("terms/secret.py", "str(token) == text"),  # one spelling only, of what the stranger sent
        ("core/operators/flow.py", "verdict.state != present.password"),  # both of them ours
        ("wire/console/entrance.py", "password != form.get('again')"),  # both of them theirs
        ("wire/admin/routes.py", "Secret(given) != token"),  # `Secret` compares in constant time
        # the public token stands in every page that uses it
        ("wire/stytch/sdk/start.py", "call.path_values['public_token'] != project.public_token"),
        ("wire/stytch/doors.py", "named[0] == (await projects.current(work)).public_token"),
        ("core/projects/flow.py", "public_token != project.public_token"),
    }
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and any(
                isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops
            ):
                for side in (node.left, *node.comparators):
                    name = ast.unparse(side).removesuffix("()")
                    if secret.search(name) and not isinstance(side, ast.Constant):
                        where = str(path.relative_to(ROOT))
                        found.add((where, ast.unparse(node)))
    found -= harmless
    assert {(w, c) for w, c in found if not c.startswith(("len(", "response.status_code"))} == set()


# --- what is not a code


def not_quite(code: str) -> Iterator[str]:
    """The right code, written as no code is written."""
    zeros = (0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xB66, 0xE50, 0xF20, 0x1040, 0xFF10, 0x1D7CE)
    for zero in zeros:  # Arabic-Indic … full-width, mathematical bold
        yield "".join(chr(zero + int(digit)) for digit in code)
        yield chr(zero + int(code[0])) + code[1:]
    for around in (
        " ",
        "\t",
        "\n",
        "\r\n",
        "\xa0",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u202e",
        "\u3000",
    ):
        yield from (around + code, code + around, code[:3] + around + code[3:])
    for sign in "+-_.,'\"%*/#;&=":
        yield from (sign + code, code + sign, code[:3] + sign + code[3:])
    yield from (code + code, code[:-1], code + "0", "0" + code, code[::-1] + "x", "", "0")
    yield from (f"{code}.0", f"{code}e0", f"0x{int(code):x}", f"0o{int(code):o}", f"{int(code):b}")
    yield from ("null", "true", "undefined", "NaN", "' OR '1'='1", "%", "_" * 6, "\\0", "[object]")
    yield from ("①②③④⑤⑥", "Ⅷ" * 6, "²" * 6, "½" * 6, "𝟙" * 6, "一二三四五六", "🔑", "\u0300" * 6)
    yield from ("1" * 2048, "9" * 10_000, code + "\0", code.replace(code[0], "O", 1))


def never(code: str, seed: int) -> Iterator[str]:
    """Strings without end, none of them the code."""
    alphabet = "0123456789０１２٣٤٥०१ \t+-._eExX\u200b\u00b2①aé🔑'\"\\%{}[]<>"
    dice = Random(seed)
    while True:
        length = dice.choice((1, 5, 6, 6, 6, 7, 12, 100))
        text = "".join(dice.choices(alphabet, k=length))
        if text != code:
            yield text


async def test_nothing_but_the_code_is_taken_for_it(world: World, ann: Person, bob: Person) -> None:
    """OTP-14: five thousand answers at both doors that take one; no 5xx, no success, then the code."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    await ann.log_in()
    await register_phone(ann, NEW_PHONE)
    activation = await world.code(NEW_PHONE)

    async def forgive() -> None:
        await run(world, "UPDATE users SET failures = 0, locked_until = NULL")
        await run(world, "DELETE FROM strikes")
        await run(world, "UPDATE transactions SET attempts = 0")

    tried = 0
    for right, send in (
        (code, partial(bob.verify, challenge)),
        (activation, partial(enable_phone, ann)),
    ):
        random = never(right, seed=len(right))
        guesses = [*not_quite(right), *(next(random) for _ in range(2400))]
        for guess in guesses:
            answer = await send(guess)
            assert answer.status_code in (400, 401), guess
            tried += 1
            if tried % 4 == 0:
                await forgive()
    assert tried >= 5000
    assert (await bob.verify(challenge, code)).status_code == 200
    assert (await enable_phone(ann, activation)).status_code == 200


@pytest.mark.parametrize(
    "shape", ["number", "fraction", "list", "mapping", "true", "null", "nothing in a list"]
)
async def test_a_code_is_text(world: World, bob: Person, compared: list[str], shape: str) -> None:
    """OTP-14: no number, list, mapping or null; such an answer is not an attempt."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    shaped: dict[str, Any] = {
        "number": int(code),
        "fraction": float(code),
        "list": [code],
        "mapping": {"$eq": code},
        "true": True,
        "null": None,
        "nothing in a list": [],
    }
    for body in (
        {"challenge_id": challenge, "verification_code": shaped[shape]},
        {"challenge_id": shaped[shape], "verification_code": code},
    ):
        assert (await bob.post("/passwordless/verify", body)).status_code == 400
    assert compared == []
    assert (await bob.verify(challenge, code)).status_code == 200


async def test_an_older_code_is_void(world: World, bob: Person) -> None:
    """OTP-15: under its own challenge id and under the new one."""
    await bob.log_in()
    step_up = await bob.step_up_token()
    old = await bob.challenge(step_up)
    old_code = await world.code()
    new = await bob.challenge(step_up)
    new_code = await world.code()
    assert (await bob.verify(old, old_code)).status_code == 401
    assert (await bob.verify(new, old_code)).status_code == 401
    assert (await bob.verify(old, new_code)).status_code == 401
    assert (await bob.verify(new, new_code)).status_code == 200


async def test_an_older_activation_code_is_void(world: World, ann: Person) -> None:
    """OTP-15: and a code for one number does not enable the other that was asked for meanwhile."""
    await ann.log_in()
    await register_phone(ann, NEW_PHONE)
    old = await world.code(NEW_PHONE)
    await register_phone(ann, "+33644444444")
    new = await world.code("+33644444444")
    assert (await enable_phone(ann, old)).status_code == 401
    assert (await enable_phone(ann, new)).json()["phone_number"] == "+33644444444"


async def test_nobody_half_known_says_where_a_code_goes(world: World, bob: Person) -> None:
    """OTP-16 (GHSA-qgqp-xh8r-v73r): an address in any request before the second factor is ignored."""
    await configure(world, mfa={"require_at_login": "always"})
    evil = {
        "email": "mallory@evil.example",
        "phone_number": "+33699999999",
        "to": "+33699999999",
        "recipient": "mallory@evil.example",
        "user_id": "someone",
        "sub": "someone",
        "credential_id": "x",
    }
    login = await bob.post(
        "/password/login",
        {**evil, "client_id": CLIENT, "email": bob.email, "password": PASSWORD},
    )
    begun = await bob.post("/mfa/stepup", {**evil, **AUTHORIZATION, "tkn": login.json()["tkn"]})
    started = await bob.post(
        "/passwordless/start", {**evil, "auth_type": "sms", "step_up": begun.json()["token"]}
    )
    code = await world.code()
    verified = await bob.post(
        "/passwordless/verify",
        {**evil, "challenge_id": started.json()["challenge_id"], "verification_code": code},
    )
    assert verified.status_code == 200
    assert {message.rendered.to for message in world.carrier.messages} == {PHONE}
    assert {message.rendered.purpose for message in world.carrier.messages} == {Purpose.MFA_STEP_UP}


async def test_what_is_enabled_is_what_the_code_was_sent_to(world: World, erin: Person) -> None:
    """OTP-16: neither the answer nor the query names another number; an e-mail is the profile's own."""
    await erin.log_in()
    await register_phone(erin, NEW_PHONE)
    answer = await erin.post(
        "/mfa/credentials/phone-numbers/verify?phone_number=%2B33699999999",
        {"verification_code": await world.code(NEW_PHONE), "phone_number": "+33699999999"},
        headers=erin.bearer,
    )
    assert answer.json()["phone_number"] == NEW_PHONE
    sneaky = Person(world, ERIN)
    await sneaky.log_in()
    await sneaky.step_up()
    started = await sneaky.post(
        "/mfa/credentials/emails", {"email": "mallory@evil.example"}, headers=sneaky.bearer
    )
    assert started.json() == {"status": "email_sent"}
    await world.deliver()
    assert all("evil" not in message.rendered.to for message in world.carrier.messages)


# --- the steps that these tests are made of


async def register_phone(person: Person, number: str) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/phone-numbers", {"phone_number": number}, headers=person.bearer
    )


async def register_email(person: Person) -> httpx2.Response:
    return await person.post("/mfa/credentials/emails", {}, headers=person.bearer)


async def enable_phone(person: Person, code: str) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/phone-numbers/verify",
        {"verification_code": code},
        headers=person.bearer,
    )


async def enable_email(person: Person, code: str) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/emails/verify", {"verification_code": code}, headers=person.bearer
    )


async def post_code(world: World, path: str, body: dict[str, str], code: str) -> httpx2.Response:
    """From a browser without a cookie."""
    async with world.browser() as browser:
        return await browser.post(f"/identity/v1{path}", json={**body, "verification_code": code})


async def confirm_phone(person: Person, number: str, code: str) -> httpx2.Response:
    body = {"phone_number": number, "verification_code": code}
    return await person.post("/verify-phone-number", body, headers=person.bearer)


async def credentials_of(person: Person) -> list[dict[str, Any]]:
    listed = await person.http.get("/identity/v1/mfa/credentials", headers=person.bearer)
    found: list[dict[str, Any]] = listed.json()["credentials"]
    return found


async def verify_with(
    world: World, cookies: dict[str, str], challenge: str, code: str
) -> httpx2.Response:
    """One of several copies of the same browser."""
    async with world.browser() as browser:
        browser.cookies.update(cookies)
        return await browser.post(
            "/identity/v1/passwordless/verify",
            json={"challenge_id": challenge, "verification_code": code},
        )


async def guess_five_times(world: World, attacker: Person, *, log_in: bool = True) -> None:
    """With the password known: log in, have a code sent, guess."""
    if log_in:
        await attacker.log_in()
    challenge = await attacker.challenge(await attacker.step_up_token())
    code = await world.code(PHONE)
    for n in range(1, 6):
        await attacker.verify(challenge, wrong(code, n))


async def lock_of(world: World) -> int | None:
    """Until when anyone's account is locked."""
    until: int | None = await scalar(world, "SELECT MAX(locked_until) FROM users")
    return until


async def counted(world: World, table: str) -> int:
    number: int = await scalar(world, f"SELECT COUNT(*) FROM {table}")
    return number
