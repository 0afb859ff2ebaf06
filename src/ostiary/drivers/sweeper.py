"""Forgetting what has expired, now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from ostiary.core import devices, limits, messages, operators, sessions, tokens, transactions
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Failure
from ostiary.terms.time import Instant

EVERY = 600.0  # seconds
BREATH = 0.02  # seconds between two hundred rows and the next two hundred, which take SQLite a few milliseconds
KEPT = (
    2 * 86_400
)  # seconds after its end that a thing may still be looked at, in the journal's company

Sweep: TypeAlias = Callable[[Work, Instant], Awaitable[int]]
SWEEPS: tuple[Sweep, ...] = (
    sessions.sweep,
    devices.sweep,
    transactions.sweep,
    tokens.sweep,
    tokens.sweep_unattended,
    limits.sweep,
    messages.sweep,
    operators.sweep,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.sweeper")


async def sweep(open_work: OpenWork) -> int:
    """How many rows went. A unit of work takes a few and lets everybody else come in between."""
    gone = 0
    for part in SWEEPS:
        while went := await _some(open_work, part):
            gone += went
            await asyncio.sleep(BREATH)
    return gone


async def _some(open_work: OpenWork, part: Sweep) -> int:
    async with open_work() as work:
        return await part(work, Instant(work.now - KEPT))


async def run(open_work: OpenWork) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            await sweep(open_work)
        except Failure as failure:
            log.warning("not swept", reason=failure.reason)
