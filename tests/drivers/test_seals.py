"""A journal that was tampered with is found out, and where (AUD-1); on both engines."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ostiary.core import journal, seals
from ostiary.core.journal.model import Line
from ostiary.core.seals.model import Fault, Report
from ostiary.core.work import OpenWork, Work
from ostiary.drivers import sealer
from ostiary.drivers.database import Database, empty, unit_of_work
from ostiary.terms.failures import Failure
from ostiary.terms.secret import MasterKeys
from ostiary.terms.time import Instant
from tests.fakes import NOON, Clock, Dice
from tests.world import ISSUER, MASTER

EACH = 5  # lines of a seal
SEALS = 4


@pytest.fixture
def clock() -> Clock:
    return Clock()


def units(database: Database, clock: Clock, master: MasterKeys = MASTER) -> OpenWork:
    return unit_of_work(database, clock=clock, entropy=Dice(), master=master, issuer=ISSUER)


async def happen(open_work: OpenWork, times: int = EACH) -> None:
    async with open_work() as work:
        for number in range(times):
            await journal.record(work, "session.started", ip="192.0.2.1", number=number)


async def seal(open_work: OpenWork, clock: Clock) -> None:
    """Everything there is, a minute later."""
    clock.advance(60)
    async with open_work() as work:
        assert await seals.seal(work, work.now)


@pytest.fixture
async def open_work(database: Database, clock: Clock) -> OpenWork:
    """Four seals of five lines each, and two lines that are too new."""
    open_work = units(database, clock)
    for _ in range(SEALS):
        await happen(open_work)
        await seal(open_work, clock)
    await happen(open_work, 2)
    return open_work


async def lines(open_work: OpenWork) -> tuple[Line, ...]:
    async with open_work(reading=True) as work:
        return await journal.span(work, "", "g", 1000)


async def tamper(open_work: OpenWork, statement: str, **values: object) -> None:
    async with open_work() as work:
        assert await work.sql.run(statement, **values) > 0


def found(report: Report) -> list[tuple[Fault, tuple[int, int], tuple[str, ...]]]:
    assert report.holds is (report.findings == ())
    return [(one.fault, one.seals, one.lines) for one in report.findings]


async def test_an_untouched_journal_holds(open_work: OpenWork) -> None:
    report = await seals.verify(open_work)
    assert found(report) == []
    assert (report.seals, report.lines, report.unsealed) == (SEALS, SEALS * EACH, 2)
    assert report.unsealed_since == NOON + 60 * SEALS
    assert report.head is not None
    assert report.head.startswith("4:")
    assert found(await seals.verify(open_work, noted=report.head)) == []


COLUMNS = (
    ("at", "at + 1"),
    ("event", "'session.ended'"),
    ("user_id", "'somebody'"),
    ("client_id", "'shop'"),
    ("ip", "'192.0.2.2'"),
    ("ip", "NULL"),
)


@pytest.mark.parametrize(("column", "value"), COLUMNS)
async def test_a_line_that_was_changed_is_named(
    open_work: OpenWork, column: str, value: str
) -> None:
    line = (await lines(open_work))[7]
    await tamper(open_work, f"UPDATE journal SET {column} = {value} WHERE id = :id", id=line.id)
    report = await seals.verify(open_work)
    assert found(report) == [(Fault.CHANGED, (2, 2), (line.id,))]
    assert (report.findings[0].since, report.findings[0].until) == (NOON + 60, NOON + 60)


async def test_one_flipped_byte_is_found(open_work: OpenWork) -> None:
    line = (await lines(open_work))[0]
    flipped = bytes([line.data[0] ^ 1]) + line.data[1:]
    await tamper(
        open_work, "UPDATE journal SET data = :data WHERE id = :id", data=flipped, id=line.id
    )
    assert found(await seals.verify(open_work)) == [(Fault.CHANGED, (1, 1), (line.id,))]


async def test_lines_that_were_removed_are_named(open_work: OpenWork) -> None:
    gone = [line.id for line in (await lines(open_work))[8:12]]
    for id in gone:
        await tamper(open_work, "DELETE FROM journal WHERE id = :id", id=id)
    assert found(await seals.verify(open_work)) == [
        (Fault.REMOVED, (2, 2), tuple(gone[:2])),
        (Fault.REMOVED, (3, 3), tuple(gone[2:])),
    ]


async def test_a_line_slipped_in_afterwards_is_named(open_work: OpenWork) -> None:
    line = (await lines(open_work))[6]
    slipped = line.id[:-1] + ("0" if line.id[-1] != "0" else "1")
    await tamper(
        open_work,
        "INSERT INTO journal (id, at, event, data) SELECT :new, at, event, data FROM journal WHERE id = :id",
        new=slipped,
        id=line.id,
    )
    assert found(await seals.verify(open_work)) == [(Fault.INSERTED, (2, 2), (slipped,))]


async def test_two_lines_that_changed_places_are_named(open_work: OpenWork) -> None:
    one, two = (await lines(open_work))[1:3]
    put = "UPDATE journal SET data = :data WHERE id = :id"
    await tamper(open_work, put, data=two.data, id=one.id)
    await tamper(open_work, put, data=one.data, id=two.id)
    assert found(await seals.verify(open_work)) == [(Fault.CHANGED, (1, 1), (one.id, two.id))]


RENUMBER = "UPDATE journal_seals SET number = :new WHERE number = :old"


async def test_two_seals_that_changed_places_are_named(open_work: OpenWork) -> None:
    for old, new in ((2, 9), (3, 2), (9, 3)):
        await tamper(open_work, RENUMBER, old=old, new=new)
    assert {(fault, where) for fault, where, _ in found(await seals.verify(open_work))} >= {
        (Fault.SEAL_ALTERED, (2, 2)),
        (Fault.SEAL_ALTERED, (3, 3)),
    }


async def test_a_seal_that_was_taken_out_is_missed(open_work: OpenWork) -> None:
    await tamper(open_work, "DELETE FROM journal_seals WHERE number = 2")
    assert found(await seals.verify(open_work)) == [(Fault.SEALS_MISSING, (2, 2), ())]


async def test_a_range_taken_out_with_its_seal_is_missed(open_work: OpenWork) -> None:
    for line in (await lines(open_work))[EACH : 2 * EACH]:
        await tamper(open_work, "DELETE FROM journal WHERE id = :id", id=line.id)
    await tamper(open_work, "DELETE FROM journal_seals WHERE number = 2")
    report = await seals.verify(open_work)
    assert found(report) == [(Fault.SEALS_MISSING, (2, 2), ())]
    assert (report.findings[0].since, report.findings[0].until) == (NOON, NOON + 120)


@pytest.mark.parametrize("column", ["lines", "first_at", "last_at", "at"])
async def test_what_a_seal_says_of_itself_is_sealed(open_work: OpenWork, column: str) -> None:
    await tamper(open_work, f"UPDATE journal_seals SET {column} = {column} + 1 WHERE number = 3")
    assert (Fault.SEAL_ALTERED, (3, 3), ()) in found(await seals.verify(open_work))


async def test_who_lacks_the_key_makes_no_seal(
    open_work: OpenWork, database: Database, clock: Clock
) -> None:
    """The whole chain made anew, over a journal that says something else."""
    await tamper(open_work, "UPDATE journal SET ip = '192.0.2.2'")
    await tamper(open_work, "DELETE FROM journal_seals")
    await tamper(open_work, "DELETE FROM journal_head")
    await seal(units(database, clock, MasterKeys(b"guessed" * 5)), clock)
    assert {fault for fault, _, _ in found(await seals.verify(open_work))} == {
        Fault.SEAL_ALTERED,
        Fault.HEAD_ALTERED,
    }


# ---- the end of the chain


async def cut(open_work: OpenWork) -> None:
    """The last two seals and their lines, gone."""
    for line in (await lines(open_work))[2 * EACH : 4 * EACH]:
        await tamper(open_work, "DELETE FROM journal WHERE id = :id", id=line.id)
    await tamper(open_work, "DELETE FROM journal_seals WHERE number > 2")


async def test_an_end_that_was_cut_off_is_missed(open_work: OpenWork) -> None:
    await cut(open_work)
    report = await seals.verify(open_work)
    assert found(report) == [(Fault.SEALS_MISSING, (3, 4), ())]
    assert report.findings[0].since == NOON + 60


async def test_it_is_missed_for_ever(open_work: OpenWork, clock: Clock) -> None:
    """The server goes on sealing: that mends nothing."""
    await cut(open_work)
    for _ in range(3):
        await happen(open_work)
        await seal(open_work, clock)
    assert found(await seals.verify(open_work)) == [(Fault.SEALS_MISSING, (3, 5), ())]


@pytest.mark.parametrize(
    "forged",
    [
        "DELETE FROM journal_head",
        "UPDATE journal_head SET number = 2, mac = (SELECT mac FROM journal_seals WHERE number = 2)",
    ],
)
async def test_a_head_that_was_cut_off_or_moved_is_missed_for_ever(
    open_work: OpenWork, clock: Clock, forged: str
) -> None:
    await cut(open_work)
    await tamper(open_work, forged)
    assert [fault for fault, _, _ in found(await seals.verify(open_work))] == [Fault.HEAD_ALTERED]
    await happen(open_work)
    await seal(open_work, clock)
    assert found(await seals.verify(open_work)) == [(Fault.SEALS_MISSING, (3, 3), ())]


async def test_who_put_everything_back_is_betrayed_by_a_note(
    open_work: OpenWork, clock: Clock
) -> None:
    """An old copy of journal, chain and head holds together; only what was noted elsewhere knows more."""
    async with open_work(reading=True) as work:
        head = await work.sql.one("SELECT number, mac, signed FROM journal_head")
    assert head is not None
    await seal(open_work, clock)
    noted = (await seals.verify(open_work)).head
    await tamper(open_work, "DELETE FROM journal_seals WHERE number = 5")
    await tamper(
        open_work, "UPDATE journal_head SET number = :number, mac = :mac, signed = :signed", **head
    )
    assert found(await seals.verify(open_work)) == []
    assert found(await seals.verify(open_work, noted=noted)) == [(Fault.HEAD_UNKNOWN, (4, 4), ())]


# ---- what is forgotten on purpose


async def forgotten(open_work: OpenWork, before: int) -> int:
    async with open_work() as work:
        return await seals.forget(work, Instant(before))


async def test_what_is_forgotten_on_purpose_is_not_missed(open_work: OpenWork) -> None:
    assert await forgotten(open_work, NOON + 61) == 2
    assert await forgotten(open_work, NOON + 61) == 0
    assert len(await lines(open_work)) == 2 * EACH + 2 + 1, "and one that says so"
    report = await seals.verify(open_work)
    assert found(report) == []
    assert (report.lines, report.forgotten, report.forgotten_until) == (10, 10, NOON + 60)


async def test_nobody_else_can_say_that_it_was_meant(open_work: OpenWork) -> None:
    await forgotten(open_work, NOON + 1)
    await tamper(
        open_work,
        "UPDATE journal_seals SET entries = NULL, forgotten = "
        "(SELECT forgotten FROM journal_seals WHERE number = 1) WHERE number = 2",
    )
    for line in (await lines(open_work))[:EACH]:
        await tamper(open_work, "DELETE FROM journal WHERE id = :id", id=line.id)
    assert found(await seals.verify(open_work)) == [(Fault.SEAL_ALTERED, (2, 2), ())]


async def test_what_was_forgotten_stays_away(open_work: OpenWork) -> None:
    first = (await lines(open_work))[0]
    await forgotten(open_work, NOON + 1)
    await tamper(
        open_work,
        "INSERT INTO journal (id, at, event, data) VALUES (:id, :at, 'keys.rotated', :data)",
        id=first.id,
        at=first.at,
        data=b"{}",
    )
    assert found(await seals.verify(open_work)) == [(Fault.INSERTED, (1, 1), (first.id,))]


# ---- sealing


async def test_a_seal_holds_so_many_lines_and_no_more(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ostiary.core.seals.flow.MOST", 3)
    open_work = units(database, clock)
    await happen(open_work, 7)
    clock.advance(60)
    sealed = []
    for _ in range(4):
        async with open_work() as work:
            sealed.append(await seals.seal(work, work.now))
    assert sealed == [3, 3, 1, 0]
    report = await seals.verify(open_work)
    assert (found(report), report.seals, report.lines) == ([], 3, 7)


async def test_what_was_there_at_one_look_is_sealed_at_the_next(
    database: Database, clock: Clock
) -> None:
    open_work = units(database, clock)
    await happen(open_work)
    clock.advance(1)
    before = await sealer.look(open_work, None)
    await happen(open_work)
    assert (await seals.verify(open_work)).lines == 0
    clock.advance(1_000_000)  # the virtual clock jumps, and who began before it is still at work
    before = await sealer.look(open_work, before)
    report = await seals.verify(open_work)
    assert (found(report), report.lines, report.unsealed) == ([], EACH, EACH)
    await sealer.look(open_work, before)
    assert (await seals.verify(open_work)).lines == 2 * EACH


async def test_a_clock_that_begins_anew_seals_nothing_too_early(
    database: Database, clock: Clock
) -> None:
    """Dev mode's reset: the journal is empty, and it is earlier than it was."""
    open_work = units(database, clock)
    clock.advance(1000)
    await happen(open_work)
    before = await sealer.look(open_work, None)
    async with open_work() as work:
        await empty(work)
    clock.now = NOON
    await happen(open_work)
    assert await sealer.look(open_work, before) == NOON
    report = await seals.verify(open_work)
    assert (found(report), report.lines) == ([], 0)


async def test_two_who_seal_make_one_chain(open_work: OpenWork, clock: Clock) -> None:
    """Each in a process of its own: who comes second finds nothing left, or loses and comes again."""
    clock.advance(60)

    async def try_it(work_of: Callable[[Work], Awaitable[int]]) -> int:
        try:
            async with open_work() as work:
                return await work_of(work)
        except Failure:
            return 0

    sealed = await asyncio.gather(
        *(try_it(lambda work: seals.seal(work, work.now)) for _ in range(3))
    )
    assert sorted(sealed) == [0, 0, 2]
    report = await seals.verify(open_work)
    assert (found(report), report.seals) == ([], SEALS + 1)


async def test_after_the_master_key_was_replaced_the_old_one_still_verifies(
    open_work: OpenWork, database: Database, clock: Clock
) -> None:
    new = b"another".ljust(32, b".")
    both = units(database, clock, MasterKeys(new, (MASTER.current,)))
    await seal(both, clock)
    assert found(await seals.verify(both)) == []
    alone = units(database, clock, MasterKeys(new))
    assert {where for _, where, _ in found(await seals.verify(alone))} == {
        (number, number) for number in range(1, SEALS + 1)
    }
