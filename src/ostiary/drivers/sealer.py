"""Sealing the journal, once a minute: what was there at one look is sealed at the next.

No unit of work lasts nearly as long, so nothing is written any more that belongs before it, whatever the virtual
clock did in between.
"""

import asyncio

import structlog

from ostiary.core import seals
from ostiary.core.work import OpenWork
from ostiary.terms.failures import Failure
from ostiary.terms.time import Instant

EVERY = 60.0  # seconds; a unit of work is given up after ten

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.sealer")


async def look(open_work: OpenWork, before: Instant | None) -> Instant:
    """Seal what was written before the last look; the time of this one."""
    async with open_work(reading=True) as work:
        now = work.now
        until = None if before is None or before > now else before  # the clock began anew
        full = until is not None and await seals.waiting(work, until)
    while full and until is not None:
        async with open_work() as work:
            full = await seals.seal(work, until) == seals.MOST
        await asyncio.sleep(0)
    return now


async def run(open_work: OpenWork) -> None:
    """Until cancelled."""
    before: Instant | None = None
    while True:
        try:
            before = await look(open_work, before)
        except Failure as failure:
            log.warning("not sealed", reason=failure.reason)
        await asyncio.sleep(EVERY)
