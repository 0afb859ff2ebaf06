"""What the calls that a back end makes all day ask of the database: each is one unit of work."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import pytest

from ostiary.core import transactions
from ostiary.core.transactions.model import Kind
from ostiary.core.work import Row, Sql
from ostiary.terms.ids import SessionId, UserId
from tests.wire.stytch.apps import ANN, App
from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

BOB = {"email": "bob@demo.localhost", "password": PASSWORD, "session_duration_minutes": 60}

Counted: TypeAlias = Callable[..., Awaitable[Any]]


@pytest.fixture
def counted(ask: Ask, world: World) -> Counted:
    """Asks, and asserts that it took one unit of work, and at most so many statements in it."""

    async def asked(statements: int, line: str, body: dict[str, Any]) -> Any:
        tally = world.database.tally
        before = tally.transactions, tally.statements
        answer = await ask(line, body)
        assert answer["status_code"] == 200, answer
        assert tally.transactions - before[0] == 1
        assert tally.statements - before[1] <= statements
        return answer

    return asked


@pytest.mark.parametrize("name", ["session_token", "session_jwt"])
async def test_a_session_is_checked(ask: Ask, counted: Counted, name: str) -> None:
    begun = await ask("POST /passwords/authenticate", BOB)
    await counted(7, "POST /sessions/authenticate", {name: begun[name]})


async def test_a_step_up(ask: Ask, counted: Counted, world: World) -> None:
    """Send and authenticate: two units of work, whatever was begun and answered before."""
    session = await ask("POST /passwords/authenticate", BOB)
    phone = session["user"]["phone_numbers"][0]
    number = {"phone_number": phone["phone_number"]}
    for most in (16, 14, 14):  # templates and clients are read once for all that are sent
        named = {"session_token": session["session_token"]}
        await counted(most, "POST /otps/sms/send", {**number, **named})
        answer = {"method_id": phone["phone_id"], "code": await world.code(number["phone_number"])}
        session = await counted(22, "POST /otps/authenticate", {**answer, **named})


async def test_an_authenticator_app(ask: Ask, counted: Counted, world: World) -> None:
    app = await App.active(ask, world, ANN)
    session = await app.logged_in()
    answer = {"user_id": app.user, "totp_code": app.code()}
    named = {"session_token": session["session_token"]}
    await counted(14, "POST /totps/authenticate", {**answer, **named})


class Explained:
    """An `Sql` that notes how SQLite goes about each statement, and runs none."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self.plans: list[str] = []

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        plan = await self._sql.all(f"EXPLAIN QUERY PLAN {statement}", **values)
        self.plans.append(" ".join(step["detail"] for step in plan))
        return ()

    async def one(self, statement: str, **values: Any) -> Row | None:
        await self.all(statement, **values)
        return None

    async def run(self, statement: str, **values: Any) -> int:
        return len(await self.all(statement, **values))

    async def hold(self, name: str) -> None:
        raise NotImplementedError


async def test_what_is_over_is_not_walked_over(world: World) -> None:
    """A user's finished transactions are kept for a while, and there may be thousands of them."""
    user, session = UserId("user"), SessionId("session")
    async with world.open_work() as work:
        work.sql = explained = Explained(work.sql)
        await transactions.open_of_user(work, user, Kind.ONE_TIME_CODE, "about")
        await transactions.open_of_session(work, user, session, Kind.ENROL_SMS)
        await transactions.all_open(work, user, Kind.ADD_CONTACT, Kind.ADD_TOTP)
        await transactions.end_kind(work, user, Kind.LOGIN)
    assert len(explained.plans) == 4
    for plan in explained.plans:
        assert "USING INDEX ix_transactions_open (user_id=? AND kind=?)" in plan
