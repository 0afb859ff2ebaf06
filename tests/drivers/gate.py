"""A gate between the server and its database, for a database that goes away and comes back."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Gate:
    """Passes everything on to the database; until it is shut, or holds everything back."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._parts = parts
        self._open = asyncio.Event()
        self._open.set()
        self._shut = False
        self._passages: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._parts._replace(netloc=f"{self._parts.username}@127.0.0.1:{port}").geturl()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._cut()

    async def shut(self) -> None:
        """Every connection breaks, and no new one is made."""
        self._shut = True
        await self._cut()

    def hold(self) -> None:
        """Connections stay, and nothing passes: a network that swallows."""
        self._open.clear()

    def reopen(self) -> None:
        self._shut = False
        self._open.set()

    async def _cut(self) -> None:
        for passage in self._passages:
            passage.cancel()
        await asyncio.gather(*self._passages, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._shut:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._parts.port)
        passage = asyncio.create_task(self._both(reader, writer, far_reader, far_writer))
        self._passages.add(passage)
        with suppress(asyncio.CancelledError):
            await passage
        self._passages.discard(passage)

    async def _both(
        self,
        near: asyncio.StreamReader,
        to_near: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        to_far: asyncio.StreamWriter,
    ) -> None:
        ways = [
            asyncio.create_task(self._carry(near, to_far)),
            asyncio.create_task(self._carry(far, to_near)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            to_near.close()
            to_far.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while carried := await reader.read(65_536):
                await self._open.wait()
                writer.write(carried)
                await writer.drain()
