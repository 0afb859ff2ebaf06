"""Reaching a public name on loopback: outside browsers `*.localhost` does not resolve."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from pathlib import Path


class Loopback(httpx2.AsyncBaseTransport):
    """Connects to 127.0.0.1 whatever the name, and still speaks the name as SNI and `Host`."""

    def __init__(self, authority: Path) -> None:
        trust = ssl.create_default_context(cafile=str(authority))
        self._wire = httpx2.AsyncHTTPTransport(verify=trust)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._wire.handle_async_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1"),
                headers=request.headers,  # its `Host` was made from the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
        )

    async def aclose(self) -> None:
        await self._wire.aclose()
