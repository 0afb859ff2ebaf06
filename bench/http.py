"""The lightest HTTP/1.1 client that will do: raw sockets, kept alive, one request at a time on each."""

import asyncio
import json
from typing import Any, Self, cast
from urllib.parse import urlencode


class Answer:
    """A response; nothing of it is read before it is asked for."""

    __slots__ = ("body", "head")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head = head
        self.body = body

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: bytes) -> str:
        _, found, rest = self.head.partition(b"\r\n" + name + b": ")
        return rest.partition(b"\r\n")[0].decode() if found else ""

    def json(self) -> Any:
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    _transport: asyncio.Transport
    _waiting: asyncio.Future[Answer] | None = None

    def __init__(self) -> None:
        self._received = b""

    @classmethod
    async def open(cls, port: int) -> Self:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data
        head, complete, body = received.partition(b"\r\n\r\n")
        if not complete or self._waiting is None:
            return
        _, _, length = head.partition(b"content-length: ")
        if len(body) >= int(length.partition(b"\r\n")[0] or 0):
            self._received = b""
            self._waiting.set_result(Answer(head, body))
            self._waiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.set_exception(exc or ConnectionResetError("the server hung up"))

    def send(self, request: bytes) -> "asyncio.Future[Answer]":
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        self._transport.close()


def get(path: str, headers: str = "", **query: str) -> bytes:
    if query:
        path += "?" + urlencode(query)
    return f"GET {path} HTTP/1.1\r\nhost: id.demo.localhost\r\n{headers}\r\n".encode()


def post(path: str, body: dict[str, Any], headers: str = "") -> bytes:
    content = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nhost: id.demo.localhost\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n{headers}\r\n{content}"
    ).encode()
