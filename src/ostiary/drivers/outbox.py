"""The delivery loop: woken by the unit of work that queued something, and every few seconds anyway."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import structlog

from ostiary.core import messages
from ostiary.core.messages.model import Carrier, Ready
from ostiary.core.work import OpenWork
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Failure

PATIENCE = 1.0  # seconds a request waits to hear whether its message was taken
# seconds between looks when nothing is queued here: other workers' leftovers, and what is tried again
REST = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.outbox")


class Outbox:
    def __init__(self, carriers: Mapping[Channel, Carrier]) -> None:
        self._carriers = carriers
        self._woken = asyncio.Event()
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._awaited: dict[str, asyncio.Future[bool]] = {}

    def wake(self, names: set[str]) -> None:
        if messages.OUTBOX in names:
            self._woken.set()

    async def taken(self, ids: Sequence[str]) -> bool:
        """False where a carrier refused one of these messages just now (M7).

        One that dawdles is not waited for: the message is kept, and is tried until it is taken.
        """
        loop = asyncio.get_running_loop()
        futures = [self._awaited.setdefault(id, loop.create_future()) for id in ids]
        done, _ = await asyncio.wait(futures, timeout=PATIENCE)
        for id in ids:
            self._awaited.pop(id, None)
        return all(future.result() for future in done)

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
            if len(claimed) < messages.MOST:
                # not `wait_for`: before Python 3.12 that one loses a cancellation that meets a wake-up
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(REST):
                        await self._woken.wait()

    async def _deliver(self, open_work: OpenWork, ready: Ready) -> None:
        carrier = self._carriers[ready.message.rendered.channel]
        try:
            taken = await messages.hand_over(open_work, carrier, ready)
            if waiting := self._awaited.get(ready.message.id):
                waiting.set_result(taken)
        except Failure as failure:  # its lease runs out, and it is tried again
            log.warning("message not settled", id=ready.message.id, reason=failure.reason)

    async def drain(self) -> None:
        """Wait for what is on its way."""
        if self._on_the_way:
            await asyncio.wait(self._on_the_way, timeout=REST)
