"""What is good once is good once, however many ask at the same moment (OTP-5, OTP-7, OA-3, OA-8, OPS-1)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from ostiary.core import users
from ostiary.core.projects.model import Codes, Sends
from ostiary.core.users.model import Profile, User
from ostiary.core.work import Sql
from ostiary.drivers.database import connect
from ostiary.terms.contact import Channel, EmailAddress
from ostiary.terms.failures import Conflict
from tests.conftest import MakeWorld
from tests.drivers.arena import (
    Answer,
    Arena,
    BeforeWorkers,
    Shot,
    authorize,
    exchange,
    refresh,
    verify,
    volley,
    workers_at,
)
from tests.drivers.conftest import Engine
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, Person

MANY = 100
CAP = Codes().wrong_answers


def a_number() -> str:
    return f"+3361{randbelow(10**7):07}"


class Racer(Person):
    """Somebody new, with a phone of their own as second factor."""

    @classmethod
    async def meet(cls, arena: Arena) -> "Racer":
        racer = cls(arena, f"{token_hex(8)}@demo.localhost")
        racer.arena = arena
        racer.number = a_number()
        await racer.sign_up()
        return racer

    arena: Arena
    number: str

    async def sign_up(self) -> None:
        body = {"client_id": CLIENT, "data": {"email": self.email, "password": self.password}}
        answer = await self.post("/signup", body)
        assert answer.status_code == 200, answer.text

    async def code_for_tokens(self) -> str:
        answer = await self.authorize(tkn=await self.tkn())
        return str(httpx2.URL(answer.headers["location"]).params["code"])

    async def opened(self) -> str:
        """The cookie of a new session."""
        answer = await self.authorize(tkn=await self.tkn())
        return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]

    async def log_in_again(self) -> str:
        """A fresh access token."""
        self.tokens = (await self.exchange(await self.code_for_tokens())).json()
        return str(self.tokens["access_token"])

    async def enrol(self) -> None:
        await self.log_in_again()
        path = "/mfa/credentials/phone-numbers"
        started = await self.post(path, {"phone_number": self.number}, headers=self.bearer)
        assert started.json() == {"status": "sms_sent"}, started.text
        code = {"verification_code": await self.arena.code(self.number)}
        verified = await self.post(f"{path}/verify", code, headers=self.bearer)
        assert verified.status_code == 200, verified.text

    async def asked(self) -> tuple[str, str]:
        """A challenge and the code that answers it."""
        challenge = await self.challenge(await self.step_up_token(tkn=await self.tkn()))
        return challenge, await self.arena.code(self.number)


def granted(answers: list[Answer]) -> list[Answer]:
    """Those that gave something: 200, or a redirect with a code."""
    return [a for a in answers if a.status == 200 or httpx2.URL(a.location).params.get("code")]


async def some(tasks: list[asyncio.Task[Answer]], how_many: int) -> None:
    """Until so many have been answered; the rest are still under way."""
    for answered in islice(asyncio.as_completed(tasks), how_many):
        await answered


async def count(arena: Arena, statement: str, **values: Any) -> int:
    async with arena.database.begin(reading=True) as sql:
        row = await sql.one(statement, **values)
        assert row is not None
        return int(row["n"])


async def test_a_one_time_code_opens_one_session(arena: Arena) -> None:
    """OTP-5: fifty rounds of a hundred, where there are two workers."""
    racer = await Racer.meet(arena)
    await racer.enrol()
    for _ in range(arena.long):
        challenge, code = await racer.asked()
        won = granted(await volley(arena, [verify(challenge, code)] * MANY))
        assert len(won) == 1
        assert (await racer.exchange(won[0].body["code"])).status_code == 200


async def test_a_tkn_is_good_once(arena: Arena) -> None:
    racer = await Racer.meet(arena)
    for _ in range(arena.rounds):
        shots = [authorize(await racer.tkn())] * MANY
        assert len(granted(await volley(arena, shots))) == 1


async def test_a_tkn_opens_one_session_or_one_step_up(arena: Arena) -> None:
    racer = await Racer.meet(arena)
    await racer.enrol()
    for _ in range(arena.rounds):
        tkn = await racer.tkn()
        begin = Shot("POST", "/identity/v1/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
        assert len(granted(await volley(arena, [authorize(tkn), begin] * (MANY // 2)))) == 1


async def test_an_authorization_code_is_good_once_and_its_reuse_revokes(arena: Arena) -> None:
    """OA-3."""
    racer = await Racer.meet(arena)
    for _ in range(arena.rounds):
        code = await racer.code_for_tokens()
        won = granted(await volley(arena, [exchange(code)] * MANY))
        assert len(won) == 1
        assert await usable(racer, won[0]) == []


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(arena: Arena) -> None:
    """OA-8: afterwards nothing of the family is usable, whichever request was first."""
    racer = await Racer.meet(arena)
    for _ in range(arena.rounds):
        given = (await racer.exchange(await racer.code_for_tokens())).json()
        won = granted(await volley(arena, [refresh(given["refresh_token"])] * MANY))
        assert len(won) == 1
        assert await usable(racer, won[0]) == []


async def usable(racer: Racer, answer: Answer) -> list[str]:
    """Which of the tokens in this answer still open anything."""
    bearer = {"authorization": f"Bearer {answer.body['access_token']}"}
    userinfo = await racer.http.get("/identity/v1/userinfo", headers=bearer)
    again = refresh(answer.body["refresh_token"])
    refreshed = await racer.http.post(again.path, json=again.body)
    found = {"access token": userinfo.status_code, "refresh token": refreshed.status_code}
    assert set(found.values()) <= {200, 400, 401}
    return [name for name, status in found.items() if status == 200]


async def test_guesses_are_counted_before_they_are_looked_at(arena: Arena) -> None:
    """OTP-7: of two hundred wrong guesses at once five are judged, and then not even the right one."""
    racer = await Racer.meet(arena)
    await racer.enrol()
    for _ in range(arena.rounds):
        challenge, code = await racer.asked()
        guesses = [f"{number:06}" for number in range(201) if f"{number:06}" != code][:200]
        tasks = await arena.shoot([verify(challenge, guess) for guess in guesses])
        await some(tasks, CAP)
        (last,) = await volley(arena, [verify(challenge, code)])
        answers = [*await asyncio.gather(*tasks), last]
        assert {answer.status for answer in answers} <= {400, 401, 403, 429}
        judged = await count(
            arena,
            "SELECT max(t.attempts) AS n FROM transactions t"
            " JOIN challenges c ON c.transaction_id = t.id WHERE c.recipient = :number",
            number=racer.number,
        )
        assert judged == CAP


async def test_a_phone_is_registered_once(arena: Arena) -> None:
    """However many ask, one enrolment is under way and few messages are sent; its code enrols once."""
    path = "/identity/v1/mfa/credentials/phone-numbers"
    for _ in range(arena.rounds):
        asker, giver = await Racer.meet(arena), await Racer.meet(arena)
        start = Shot("POST", path, {"phone_number": asker.number}, await asker.log_in_again())
        sent = len(granted(await volley(arena, [start] * MANY)))
        assert 1 <= sent <= Sends().per_step_up
        begun = (
            "SELECT count(DISTINCT transaction_id) AS n FROM challenges WHERE recipient = :number"
        )
        assert await count(arena, begun, number=asker.number) == 1

        start = Shot("POST", path, {"phone_number": giver.number}, await giver.log_in_again())
        await volley(arena, [start])
        code = {"verification_code": await arena.code(giver.number)}
        give = Shot("POST", f"{path}/verify", code, start.bearer)
        assert len(granted(await volley(arena, [give] * MANY))) == 1
        enrolled = "SELECT count(*) AS n FROM credentials WHERE address = :number"
        assert await count(arena, enrolled, number=giver.number) == 1


async def test_asking_again_at_once_begins_one_recovery(arena: Arena) -> None:
    """OTP-8: codes sent and guesses made are counted together, however many ask for a code at once."""
    for _ in range(arena.rounds):
        racer = await Racer.meet(arena)
        body = {"client_id": CLIENT, "email": racer.email}
        ask = Shot("POST", "/identity/v1/forgot-password", body)
        await volley(arena, [ask] * MANY)
        begun = (
            "SELECT count(*) AS n FROM transactions t JOIN contacts c ON c.user_id = t.user_id"
            " WHERE t.kind = 'reset_password' AND c.address = :email"
        )
        assert await count(arena, begun, email=racer.email) == 1


async def test_an_address_is_signed_up_once(arena: Arena) -> None:
    """Two people may want it at the same moment; they are told apart by who was first."""
    for _ in range(arena.rounds):
        email = f"{token_hex(8)}@demo.localhost"
        data = {"email": email, "password": PASSWORD, "phone_number": a_number()}
        signup = Shot("POST", "/identity/v1/signup", {"client_id": CLIENT, "data": data})
        assert len(granted(await volley(arena, [signup] * 8))) == 1
        people = "SELECT count(*) AS n FROM contacts WHERE address = :email"
        assert await count(arena, people, email=email) == 1
    orphans = "SELECT count(*) AS n FROM users WHERE id NOT IN (SELECT user_id FROM contacts)"
    assert await count(arena, orphans) == 0


async def test_wrong_passwords_lock_the_account_for_the_right_one(arena: Arena) -> None:
    racer = await Racer.meet(arena)

    def attempt(password: str) -> Shot:
        body = {"client_id": CLIENT, "email": racer.email, "password": password}
        return Shot("POST", "/identity/v1/password/login", body)

    await volley(arena, [attempt("wrong horse battery staple")] * 101)
    assert granted(await volley(arena, [attempt(PASSWORD)])) == []
    failures = (
        "SELECT failures AS n FROM users u JOIN contacts c ON c.user_id = u.id"
        " WHERE c.address = :email"
    )
    assert await count(arena, failures, email=racer.email) == 100


async def test_everything_at_once_is_answered(arena: Arena) -> None:
    """One person in every way at the same moment: some are refused, and nobody meets an error of ours."""
    racer = await Racer.meet(arena)
    await racer.enrol()
    for _ in range(arena.rounds):
        session, tkn, bearer = await racer.opened(), await racer.tkn(), await racer.log_in_again()
        challenge, code = await racer.asked()
        body = {"client_id": CLIENT, "email": racer.email, "password": PASSWORD}
        again = {**AUTHORIZATION, "tkn": await racer.tkn()}
        step_up = {"auth_type": "sms", "step_up": await racer.step_up_token(tkn=await racer.tkn())}
        shots = [
            authorize(session=session),
            authorize(tkn, session),
            Shot("POST", "/identity/v1/mfa/stepup", AUTHORIZATION, session=session),
            Shot("POST", "/identity/v1/mfa/stepup", again),
            Shot("POST", "/identity/v1/passwordless/start", step_up),
            replace(verify(challenge, code), session=session),
            Shot("POST", "/identity/v1/password/login", body),
            refresh(racer.tokens["refresh_token"]),
            Shot("GET", "/identity/v1/userinfo", bearer=bearer),
            Shot("POST", "/identity/v1/update-profile", {"nickname": "R"}, bearer),
            Shot(
                "POST",
                "/identity/v1/update-password",
                {"client_id": CLIENT, "password": PASSWORD, "old_password": PASSWORD},
                bearer,
            ),
            Shot(
                "POST", "/identity/v1/forgot-password", {"client_id": CLIENT, "email": racer.email}
            ),
            Shot("GET", "/identity/v1/logout", session=session),
        ]
        answers = await volley(arena, shots * 4)
        assert granted(answers)


async def test_an_address_is_moved_to_once(make_world: MakeWorld) -> None:
    """Nobody has the new address when they look; one of them has it when they write."""
    world = await make_world()
    people = []
    async with world.open_work() as work:
        for name in "abcdefgh":
            address = EmailAddress(f"{name}@demo.localhost")
            people.append(await users.create(work, Profile(), email=address))

    async def move(user: User) -> str:
        try:
            async with world.open_work() as work:
                await users.set_address(
                    work, user, Channel.EMAIL, "wanted@demo.localhost", verified=True
                )
        except Conflict as conflict:
            return conflict.reason
        return "moved"

    outcomes = await asyncio.gather(*(move(user) for user in people))
    assert outcomes.count("moved") == 1
    assert set(outcomes) <= {"moved", "email_taken", "lost_race"}


@pytest.mark.parametrize("path", ["/identity/v1/config", "/identity/v1/password/login"])
async def test_a_lost_race_is_run_again(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A deadlock, or a row that came between, costs whoever loses a moment; twice in a row, a 503."""
    world = await make_world()
    begin, lost = world.database.begin, 0
    asking = asyncio.current_task()  # what works in the background loses nothing here

    @asynccontextmanager
    async def losing(*, reading: bool) -> AsyncIterator[Sql]:
        nonlocal lost
        async with begin(reading=reading) as sql:
            yield sql
            if lost and asyncio.current_task() is asking:
                lost -= 1
                raise Conflict("lost_race")

    monkeypatch.setattr(world.database, "begin", losing)

    async def ask(losses: int) -> int:
        nonlocal lost
        lost = losses
        if path.endswith("/config"):
            answer = await world.http.get(path, params={"client_id": CLIENT})
        else:
            body = {"client_id": CLIENT, "email": "ann@demo.localhost", "password": PASSWORD}
            answer = await world.http.post(path, json=body)
        return answer.status_code

    assert [await ask(losses) for losses in (0, 1, 2, 0)] == [200, 200, 503, 200]


async def test_a_server_that_is_killed_spends_nothing_twice(engine: Engine, tmp_path: Path) -> None:
    """OPS-1: killed amid a burst, as by a power cut, and started again: what was spent stays spent."""
    workers = workers_at(engine.empty(), tmp_path)
    with workers.server as server:
        for answered in (0, 30):
            arena = BeforeWorkers(server, await connect(workers.url))
            racer = await Racer.meet(arena)
            await racer.enrol()
            given = (await racer.exchange(await racer.code_for_tokens())).json()
            shots = [
                verify(*await racer.asked()),
                authorize(await racer.tkn()),
                exchange(await racer.code_for_tokens()),
                refresh(given["refresh_token"]),
            ]
            tasks = await arena.shoot(shots * 15)
            await some(tasks, answered)
            server.kill()
            before = await asyncio.gather(*tasks)
            server.start()
            after = await volley(arena, shots)
            await arena.close()
            for number, shot in enumerate(shots):
                assert len(granted([*before[number::4], after[number]])) <= 1, shot.path
