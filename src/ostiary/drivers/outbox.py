"""The delivery loop: given what its own process queued, and looking every few seconds for what others left.

A message is claimed in the transaction that queues it, by the process that will deliver it. If that one dies, the
lease runs out, and whoever looks next takes the message.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog

from ostiary.core import messages
from ostiary.core.messages.model import Carrier, Due, Ready
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Failure

PATIENCE = 1.0  # seconds a request waits to hear whether its message was taken
# seconds between looks when nothing is queued here: other workers' leftovers, and what is tried again
REST = 5.0
GATHERING = 0.1  # seconds in which what carriers take is gathered, to be settled in one transaction

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.outbox")


class Outbox:
    def __init__(self, carriers: Mapping[Channel, Carrier]) -> None:
        self._carriers = carriers
        self._woken = asyncio.Event()
        self._look = True  # into the database
        self._handed: list[Due] = []
        self._taken: list[Ready] = []
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._awaited: dict[str, asyncio.Future[bool]] = {}

    @property
    def delivers(self) -> bool:
        return bool(self._carriers)

    def wake(self, work: Work) -> None:
        """This was committed."""
        self._handed += work.handed
        self._look = self._look or messages.OUTBOX in work.wakes
        if self._handed or self._look:
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
            self._set_out(open_work)
            if self._look:
                await self._claim(open_work)
                continue
            # not `wait_for`: before Python 3.12 that one loses a cancellation that meets a wake-up
            try:
                async with asyncio.timeout(REST):
                    await self._woken.wait()
            except TimeoutError:
                self._look = True

    def _set_out(self, open_work: OpenWork) -> None:
        handed, self._handed = self._handed, []
        for due in handed:
            self._begin(self._prepare(open_work, due))

    async def _claim(self, open_work: OpenWork) -> None:
        self._look = False
        try:
            claimed = await messages.claim(open_work)
        except Failure as failure:
            log.warning("outbox cannot be read", reason=failure.reason)
            return
        for ready in claimed:
            self._begin(self._deliver(open_work, ready))
        self._look = self._look or len(claimed) == messages.MOST

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)

    async def _prepare(self, open_work: OpenWork, due: Due) -> None:
        for ready in await messages.prepare(open_work, [due]):
            await self._deliver(open_work, ready)

    async def _deliver(self, open_work: OpenWork, ready: Ready) -> None:
        carrier = self._carriers[ready.message.rendered.channel]
        try:
            taken = await messages.hand_over(open_work, carrier, ready)
        except Failure as failure:  # its lease runs out, and it is tried again
            log.warning("message not put off", id=ready.message.id, reason=failure.reason)
            return
        if waiting := self._awaited.get(ready.message.id):
            waiting.set_result(taken)
        if taken:
            if not self._taken:
                self._begin(self._settle(open_work))
            self._taken.append(ready)

    async def _settle(self, open_work: OpenWork) -> None:
        await asyncio.sleep(GATHERING)
        taken, self._taken = self._taken, []
        try:
            await messages.settle(open_work, taken)
        except (
            Failure
        ) as failure:  # as above: the carrier knows them by their ids, and takes none twice
            log.warning("messages not settled", count=len(taken), reason=failure.reason)

    async def drain(self, open_work: OpenWork) -> None:
        """Wait for what is on its way."""
        self._set_out(open_work)
        while self._on_the_way:
            _, late = await asyncio.wait(self._on_the_way, timeout=REST)
            if late:
                return
