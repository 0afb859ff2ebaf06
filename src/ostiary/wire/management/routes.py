"""Every path of the management listener, on one page."""

from collections.abc import Awaitable, Callable
from typing import Any

from ..http import Dialect, Endpoint, Server
from ..problems import Problems
from . import dev, health, pages


def dialect(
    server: Server,
    *,
    metrics: Callable[[], tuple[bytes, str]],
    inbox: dev.Inbox | None = None,
    reset: Callable[[], Awaitable[None]] | None = None,
) -> Dialect:
    """`inbox` and `reset` in dev mode only: elsewhere their paths do not exist."""
    endpoints: list[Endpoint] = [
        _free("/health/live", health.live),
        Endpoint(method="GET", path="/health/ready", handler=health.ready, reading=True),
        Endpoint(method="GET", path="/health/started", handler=health.ready, reading=True),
        _free("/version", health.version),
        _free("/metrics", health.metrics(metrics)),
    ]
    if inbox is not None and reset is not None:
        endpoints += dev.endpoints(inbox, reset)
        endpoints += pages.ENDPOINTS
    return Dialect(server, Problems("management", media_type=400), endpoints)


def _free(path: str, free: Any) -> Endpoint:
    return Endpoint(method="GET", path=path, free=free, cors=False)
