"""Sockets, and the HTTP server behind them: several listeners in one event loop."""

import asyncio
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp

BACKLOG = 2048
GRACE = 5  # seconds that requests under way are given when the server stops


class Certificate(Struct, frozen=True):
    chain: Path
    key: Path


class Listener(Struct, frozen=True):
    app: ASGIApp
    socket: socket.socket
    certificate: Certificate | None = None


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; `shared` among workers, each with a queue of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
    except OSError as trouble:
        listening.close()
        raise OSError(trouble.errno, os.strerror(trouble.errno or 0), f"{host}:{port}") from trouble
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # several servers share this loop: signals are handled once, by who runs them


async def serve(listeners: Sequence[Listener], stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then let what is under way finish."""
    servers = [_Server(_config(listener)) for listener in listeners]
    running = [
        asyncio.create_task(server.serve(sockets=[listener.socket]))
        for server, listener in zip(servers, listeners, strict=True)
    ]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running)
    stopped.cancel()


def _config(listener: Listener) -> uvicorn.Config:
    certificate = listener.certificate
    return uvicorn.Config(
        listener.app,
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,  # the query string of a request may hold a `tkn`
        server_header=False,
        proxy_headers=False,  # who is believed is decided by `OSTIARY_TRUSTED_PROXIES`
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=str(certificate.chain) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
