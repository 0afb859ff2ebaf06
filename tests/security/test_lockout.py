"""What wrong answers close, for whom and for how long; and what a stranger cannot close."""

import httpx2
import pytest

from tests.security.lab import (
    FINN,
    OWNED_PHONE,
    PATIENT,
    all_rows,
    configure,
    events,
    run,
    scalar,
    wrong,
)
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, Person, World

BLOCKED = (403, "error.accountBlockedAfterMultipleLoginAttempts")
NEW = "a brand-new horse with a staple"
DEVICE = "__Host-trusted-device-id"
LOCK = 3600


async def log_in(person: Person, password: str = PASSWORD) -> httpx2.Response:
    body = {"client_id": CLIENT, "email": person.email, "password": password}
    return await person.post("/password/login", body)


def said(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("error_message_key") if answer.content else None


async def guess(person: Person, times: int) -> None:
    """Wrong passwords, waiting out every lock."""
    for _ in range(times):
        while said(answer := await log_in(person, "wrong"))[0] == 403:
            person.world.clock.advance(int(answer.headers["retry-after"]))  # type: ignore[attr-defined]
        assert answer.status_code == 401


async def strike(world: World, times: int) -> None:
    """As if every authenticator that had a wrong answer had had so many."""
    await run(world, "UPDATE strikes SET strikes = :times", times=times)


# ---- a hundred in a row (OTP-8, NIST SP 800-63B-4 §3.2.2)


async def test_waiting_out_locks_buys_a_hundred_guesses_and_not_one_more(
    world: World, bob: Person, ann: Person
) -> None:
    await guess(bob, 100)
    world.clock.advance(365 * 86_400)
    assert said(await log_in(bob)) == BLOCKED
    assert "retry-after" not in (await log_in(bob)).headers, "waiting does not help"
    assert (await log_in(ann)).status_code == 200
    (disabled,) = await events(world, "credential.disabled")
    assert disabled["kind"] == "password"


@pytest.mark.parametrize(("wrong_answers", "status"), [(99, 200), (100, 403)])
async def test_the_hundredth_is_the_last(
    world: World, bob: Person, wrong_answers: int, status: int
) -> None:
    await guess(bob, 1)
    await strike(world, wrong_answers)
    assert (await log_in(bob)).status_code == status


async def test_a_right_answer_starts_the_count_again(world: World, bob: Person) -> None:
    await guess(bob, 1)
    await strike(world, 99)
    assert (await log_in(bob)).status_code == 200
    assert await all_rows(world, "SELECT * FROM strikes") == []
    await guess(bob, 1)
    assert await scalar(world, "SELECT strikes FROM strikes") == 1


async def test_another_factor_that_is_right_takes_nothing_back(world: World, bob: Person) -> None:
    """The password is proved again and again: the count of the SMS factor stays."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    assert (await bob.verify(challenge, wrong(await world.code()))).status_code == 401
    await strike(world, 99)
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    assert (await bob.verify(challenge, wrong(await world.code()))).status_code == 401
    assert said(await bob.verify(challenge, await world.code())) == BLOCKED
    assert (await log_in(bob)).status_code == 200, "the password is another credential"


async def test_codes_by_mail_that_are_no_credential_are_counted_too(world: World) -> None:
    finn = Person(world, FINN)
    where = {"auth_type": "email", "email": FINN}

    async def answer(code: str) -> tuple[int, str | None]:
        return said(await finn.post("/passwordless/verify", {**where, "verification_code": code}))

    for strikes, right in ((99, (200, None)), (100, BLOCKED)):
        await finn.post("/passwordless/start", {**AUTHORIZATION, **where})
        code = await world.code(FINN)
        assert (await answer(wrong(code)))[0] == 401
        await strike(world, strikes)
        assert await answer(code) == right
    assert await scalar(world, "SELECT COUNT(*) AS n FROM strikes") == 1


async def reset(person: Person, where: dict[str, str], to: str) -> httpx2.Response:
    await person.post("/forgot-password", {"client_id": CLIENT, **where})
    code = await person.world.code(to)
    body = {"client_id": CLIENT, **where, "verification_code": code, "password": NEW}
    return await person.post("/update-password", body)


async def test_recovery_makes_the_password_good_again_and_no_second_factor(
    world: World, bob: Person
) -> None:
    """REC-5: a mailbox is no way to more guesses at the SMS factor."""
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    await bob.verify(challenge, wrong(await world.code()))
    await guess(bob, 1)
    await strike(world, 100)
    assert (await reset(bob, {"email": bob.email}, bob.email)).status_code == 204
    bob.password = NEW
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    assert said(await bob.verify(challenge, await world.code())) == BLOCKED


async def test_an_administrator_makes_everything_good_again(world: World, bob: Person) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    await bob.verify(challenge, wrong(await world.code()))
    await guess(bob, 1)
    await strike(world, 100)
    async with world.admin() as admin:
        (shown,) = (await admin.get("/users", params={"email": bob.email})).json()["items"]
        listed = (await admin.get(f"/users/{shown['id']}/credentials")).json()["items"]
        assert [one["disabled"] for one in listed] == [True, True]
        lifted = await admin.patch(f"/users/{shown['id']}", json={"locked_until": None})
        assert lifted.status_code == 200
        listed = (await admin.get(f"/users/{shown['id']}/credentials")).json()["items"]
        assert [one["disabled"] for one in listed] == [False, False]
    await bob.log_in()
    await bob.step_up()


# ---- a browser that is trusted has a lane of its own (AB-4)


async def trust(person: Person) -> None:
    await person.log_in()
    challenge = await person.challenge(await person.step_up_token())
    body = {
        "challenge_id": challenge,
        "verification_code": await person.world.code(),
        "trust_device": True,
    }
    assert DEVICE in (await person.post("/passwordless/verify", body)).cookies


async def attack(world: World, email: str) -> Person:
    """A stranger locks the account."""
    stranger = Person(world, email)
    for _ in range(10):
        await log_in(stranger, "wrong")
    assert said(await log_in(stranger)) == BLOCKED
    world.clock.advance(1)
    return stranger


async def test_a_trusted_browser_goes_on_while_strangers_lock_the_account(
    world: World, bob: Person
) -> None:
    await trust(bob)
    stranger = await attack(world, bob.email)
    bob.http.cookies.delete("__Host-Session")
    await bob.log_in()
    assert said(await log_in(stranger)) == BLOCKED, "the lock is not lifted by that"
    assert said(await log_in(Person(world, bob.email))) == BLOCKED


async def test_a_trusted_browser_goes_on_when_the_password_is_out_of_use_for_others(
    world: World, bob: Person
) -> None:
    await trust(bob)
    stranger = await attack(world, bob.email)
    await strike(world, 100)
    world.clock.advance(LOCK)
    assert said(await log_in(stranger)) == BLOCKED
    await bob.log_in()


async def test_the_lane_has_a_small_budget(world: World, bob: Person) -> None:
    """Who stole the browser has five guesses; a right answer gives them back to its owner."""
    await trust(bob)
    await attack(world, bob.email)
    for _ in range(4):
        assert (await log_in(bob, "wrong")).status_code == 401
    await bob.log_in()
    for _ in range(5):
        assert (await log_in(bob, "wrong")).status_code == 401
    assert said(await log_in(bob)) == BLOCKED
    world.clock.advance(LOCK)
    await bob.log_in()


async def test_nobody_elses_browser_has_this_lane(world: World, bob: Person, cleo: Person) -> None:
    await trust(cleo)
    await attack(world, bob.email)
    cleo.email = bob.email
    assert said(await log_in(cleo)) == BLOCKED


async def test_a_browser_that_is_forgotten_has_no_lane(world: World, bob: Person) -> None:
    await trust(bob)
    await run(world, "DELETE FROM devices")
    await attack(world, bob.email)
    assert said(await log_in(bob)) == BLOCKED


# ---- recovery stays open (AB-4)


async def forget(person: Person, where: dict[str, str]) -> httpx2.Response:
    return await person.post("/forgot-password", {"client_id": CLIENT, **where})


async def test_asking_for_it_often_closes_recovery_to_nobody(world: World, bob: Person) -> None:
    """The owner uses the newest message; and an hour later there is a new one, all day long."""
    stranger = Person(world, bob.email)
    where = {"email": bob.email}
    for _ in range(24):
        told = [(await forget(stranger, where)).status_code for _ in range(12)]
        assert told == [204] * 10 + [429] * 2
        world.clock.advance(3600)
    assert (await reset(bob, where, bob.email)).status_code == 204


async def test_the_newest_message_works_while_no_other_is_sent(world: World, bob: Person) -> None:
    stranger = Person(world, bob.email)
    where = {"email": bob.email}
    for _ in range(10):
        await forget(stranger, where)
    assert (await forget(bob, where)).status_code == 429
    code = await world.code(bob.email)
    body = {"client_id": CLIENT, **where, "verification_code": code, "password": NEW}
    assert (await bob.post("/update-password", body)).status_code == 204


async def test_other_messages_use_up_nothing_of_recoverys_budget(world: World, bob: Person) -> None:
    stranger = Person(world, bob.email)
    where = {"email": bob.email}
    for _ in range(25):
        await stranger.post("/passwordless/start", {**AUTHORIZATION, "auth_type": "email", **where})
        world.clock.advance(700)
    assert (await reset(bob, where, bob.email)).status_code == 204


@pytest.mark.parametrize("where", [{"email": "bob@demo.localhost"}, {"phone_number": OWNED_PHONE}])
async def test_guessing_closes_recovery_to_nobody(world: World, where: dict[str, str]) -> None:
    """Five guesses end a short code; the next one is so long that guesses need no end (NIST §3.1.3.2)."""
    (to,) = where.values()
    owner, stranger = Person(world, to), Person(world, to)

    async def answer(person: Person, code: str) -> int:
        body = {"client_id": CLIENT, **where, "verification_code": code, "password": NEW}
        return (await person.post("/update-password", body)).status_code

    await forget(owner, where)
    short = await world.code(to)
    assert len(short) == 6
    for n in range(1, 6):
        assert await answer(stranger, wrong(short, n)) == 401
    assert await answer(owner, short) == 401

    assert (await forget(owner, where)).status_code == 204
    long = await world.code(to)
    assert len(long) == 20
    for n in range(1, 30):
        assert await answer(stranger, wrong(long, n)) == 401
    assert await answer(owner, short) == 401
    assert await answer(owner, long) == 204
    assert await answer(owner, long) == 401
    assert await events(world, "credential.disabled") == []


async def test_guesses_at_other_codes_still_end_them(world: World, bob: Person) -> None:
    """OTP-6: only recovery goes on; a step-up whose code was guessed at sends no more."""
    await configure(world, **PATIENT)
    await bob.log_in()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    for n in range(1, 6):
        assert (await bob.verify(challenge, wrong(code, n))).status_code == 401
    again = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    assert again.status_code == 429
