"""The delivery loop: woken by the unit of work that queued something, and every few seconds anyway."""

import asyncio
from collections.abc import Mapping

import structlog

from ostiary.core import messages
from ostiary.core.messages.model import Carrier, Ready
from ostiary.core.work import OpenWork
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Failure

REST = (
    5.0  # seconds between looks when nothing is queued here: other workers' leftovers, and retries
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.outbox")


class Outbox:
    def __init__(self, carriers: Mapping[Channel, Carrier]) -> None:
        self._carriers = carriers
        self._woken = asyncio.Event()
        self._on_the_way: set[asyncio.Task[None]] = set()

    def wake(self, names: set[str]) -> None:
        if messages.OUTBOX in names:
            self._woken.set()

    async def run(self, open_work: OpenWork) -> None:
        """Until cancelled. A slow carrier holds up nothing but its own message."""
        while True:
            self._woken.clear()
            try:
                claimed = await messages.claim(open_work)
            except Failure as failure:
                log.warning("outbox cannot be read", reason=failure.reason)
                claimed = ()
            for ready in claimed:
                task = asyncio.create_task(self._deliver(open_work, ready))
                self._on_the_way.add(task)
                task.add_done_callback(self._on_the_way.discard)
            if not claimed:
                try:
                    await asyncio.wait_for(self._woken.wait(), REST)
                except TimeoutError:
                    continue

    async def _deliver(self, open_work: OpenWork, ready: Ready) -> None:
        carrier = self._carriers[ready.message.rendered.channel]
        try:
            await messages.hand_over(open_work, carrier, ready)
        except Failure as failure:  # its lease runs out, and it is tried again
            log.warning("message not settled", id=ready.message.id, reason=failure.reason)

    async def drain(self) -> None:
        """Wait for what is on its way."""
        if self._on_the_way:
            await asyncio.wait(self._on_the_way, timeout=REST)
