from ostiary.terms.time import Instant, Seconds

from ..work import Work

OFFSET = "SELECT clock_offset FROM server_state WHERE id = 1"
ADVANCE = "UPDATE server_state SET clock_offset = clock_offset + :by WHERE id = 1"


async def offset(work: Work) -> Seconds:
    row = await work.sql.one(OFFSET)
    return Seconds(row["clock_offset"] if row else 0)


async def advance(work: Work, by: Seconds) -> tuple[Instant, Seconds]:
    """The time that every unit of work from now on will read, and how far it is from the real one."""
    await work.sql.run(ADVANCE, by=by)
    return Instant(work.now + by), await offset(work)
