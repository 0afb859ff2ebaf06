"""How the shop's back end reaches its neighbours: the identity server and the inbox."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2


class Unanswered(Exception):
    """A neighbour did not answer as it should."""


class Web:
    """An HTTP client that is opened when first used: a shop nobody visits costs nothing."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None

    async def ask(self, method: str, url: str, **more: Any) -> httpx2.Response:
        """The answer, whatever its status."""
        import httpx2

        if self._client is None:
            # The neighbours speak plain HTTP on loopback; loading a trust store would cost 0.1 s.
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._client = httpx2.AsyncClient(verify=nobody, trust_env=False, timeout=5.0)
        try:
            return await self._client.request(method, url, **more)
        except httpx2.HTTPError as why:
            raise Unanswered(f"{url}: {type(why).__name__}") from why

    async def ask_for_object(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """The JSON object of an answer that must be 200."""
        answer = await self.ask(method, url, **more)
        if answer.status_code != 200:
            raise Unanswered(f"{url}: {answer.status_code}")
        try:
            body = answer.json()
        except ValueError as why:
            raise Unanswered(f"{url}: not JSON") from why
        if not isinstance(body, dict):
            raise Unanswered(f"{url}: not an object")
        return body

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
