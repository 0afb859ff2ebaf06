"""The demo shop: one page, the vendor's SDK as it comes from npm, and a back end that checks for itself."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ostiary.demo.administrator import RULES, Administrator
from ostiary.demo.till import Till
from ostiary.demo.web import Unanswered, Web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
# The SDK hides its login frame with this very attribute; allowing its hash allows nothing else.
FRAME_STYLE = base64.b64encode(hashlib.sha256(b"display:none;").digest()).decode()


def shop(
    *,
    issuer: str,
    origin: str,
    api: str,
    inbox: str,
    client_id: str,
    backend: tuple[str, str],
    admin_token: str,
    bundle: Path,
    credentials: list[tuple[str, str]],
    project: tuple[str, str],
) -> ASGIApp:
    """The shop as an ASGI application; `credentials` are the people offered for one-click sign-in.

    `project`: what the vault, the second tab, proves itself with as a back end.
    """
    web = Web()

    def vault() -> FastAPI:
        from ostiary.demo.vault import vault

        id, secret = project
        person = credentials[0] if credentials else ("", "")
        return vault(project_id=id, secret=secret, api=api, origin=origin, person=person)

    tab = Later(vault)
    till = Till(issuer=issuer, api=api, client_id=client_id, backend=backend, web=web)
    administrator = Administrator(api=api, token=admin_token, web=web)

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-store"})

    def sdk(_: Request) -> Response:
        if not bundle.is_file():
            return PlainTextResponse(f"{bundle} is not there: run `npm ci`.\n", status_code=404)
        return FileResponse(bundle, media_type="text/javascript")

    async def config(_: Request) -> Response:
        return JSONResponse(
            {
                "client_id": client_id,
                "domain": urlsplit(issuer).netloc,
                "issuer": issuer,
                "inbox": f"{inbox}/dev/inbox",
                "console": f"{issuer}/console/settings",
                "bundle": str(bundle),
                "people": [
                    {"email": email, "password": password} for email, password in credentials
                ],
            },
            headers={"cache-control": "no-store"},
        )

    async def purchase(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            verdict = await till.ring_up(token.strip() if scheme.lower() == "bearer" else "")
        except Unanswered as why:
            return _unreachable("identity server", why)
        return JSONResponse(verdict.body(), verdict.status, headers={"cache-control": "no-store"})

    async def login_rule(request: Request) -> Response:
        """In the demo whoever shops is the administrator, too: they may see both sides of the setting."""
        try:
            if request.method == "GET":
                rule = await administrator.login_rule()
            elif (wanted := await _json_word(request, "require_at_login")) not in RULES:
                return JSONResponse({"reason": f"One of {', '.join(RULES)}."}, status_code=400)
            else:
                rule = await administrator.set_login_rule(wanted)
        except Unanswered as why:
            return _unreachable("identity server", why)
        return JSONResponse({"require_at_login": rule}, headers={"cache-control": "no-store"})

    async def messages(request: Request) -> Response:
        asked = request.query_params.get("limit", "")
        limit = min(max(int(asked), 1), 50) if asked.isascii() and asked.isdigit() else 20
        try:
            newest = await web.ask_for_object(
                "GET", f"{inbox}/dev/inbox.json", params={"limit": limit}
            )
        except Unanswered as why:
            return _unreachable("inbox", why)
        return JSONResponse(newest, headers={"cache-control": "no-store"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await web.close()
        await tab.close()

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/callback", page),
            Route("/config.json", config),
            Route("/identity-core.js", sdk),
            Route("/api/purchase", purchase, methods=["POST"]),
            Route("/api/inbox", messages),
            Route("/api/login-rule", login_rule, methods=["GET", "POST"]),
            Mount("/vault", tab),
            Mount("/assets", StaticFiles(directory=STATIC)),
        ],
        lifespan=lifespan,
    )
    return Headers(app, policy(issuer))


def policy(issuer: str) -> str:
    """The shop's Content-Security-Policy: its own files, and the identity server to talk to."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"style-src-attr 'unsafe-hashes' 'sha256-{FRAME_STYLE}'",
            "img-src 'self'",
            f"connect-src 'self' {issuer}",
            f"frame-src {issuer}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class Later:
    """An application that is loaded when first asked for: what nobody visits costs nothing."""

    def __init__(self, load: Callable[[], FastAPI]) -> None:
        self._load = load
        self._app: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            app = self._app
            if app is None:
                app = self._app = await asyncio.to_thread(self._load)
        except ImportError as missing:
            told = (
                f"The vault needs a package that is not there ({missing.name}): run `make demo`.\n"
            )
            await PlainTextResponse(told, status_code=503)(scope, receive, send)
            return
        await app(scope, receive, send)

    async def close(self) -> None:
        if self._app is not None:
            await self._app.state.client.async_client.close()


class Headers:
    """Security headers on every answer, whoever made it."""

    def __init__(self, app: ASGIApp, content_policy: str) -> None:
        self._app = app
        self._policy = content_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = self._policy
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "strict-origin"
                headers["cross-origin-opener-policy"] = "same-origin"
                headers.setdefault("cache-control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _json_word(request: Request, name: str) -> str:
    """A word of a JSON body, which no page of another origin can send unasked; empty where there is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return ""
    try:
        body = await request.json()
    except ValueError:
        return ""
    word = body.get(name) if isinstance(body, dict) else None
    return word if isinstance(word, str) else ""


def _unreachable(who: str, why: Exception) -> Response:
    body = {
        "purchased": False,
        "reason": f"The shop cannot reach the {who} ({why}).",
        "what_to_do": "Look at the terminal where the demo runs, then try again.",
        "checks": [],
    }
    return JSONResponse(body, status_code=502)
