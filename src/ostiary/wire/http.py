"""The plumbing every dialect shares: find the endpoint, decode, one unit of work, render.

An endpoint that refuses returns a response and the unit of work commits; a failure (an exception) rolls it
back and is translated by the dialect, once. A lost race is tried once more in a fresh unit of work.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from ostiary.core import clients, limits, projects
from ostiary.core.clients.model import Registry
from ostiary.core.limits import Window
from ostiary.core.work import Actor, Crunch, OpenWork, Work, acting
from ostiary.terms.entropy import Entropy
from ostiary.terms.failures import Conflict, Failure, NotFound, Throttled, Unavailable
from ostiary.terms.secret import Secret, Token, parse_token
from ostiary.terms.time import Seconds

from .decoding import body_of, convert, parameters_of
from .peers import Network, client_ip

T = TypeVar("T")

HARDENED = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
)
PREFLIGHT_AGE = "600"  # seconds a browser may remember what is allowed
PREFLIGHT_METHODS = frozenset({"DELETE", "GET", "POST"})

log: structlog.stdlib.BoundLogger = structlog.get_logger("ostiary.wire")


class MethodNotAllowed(Failure):
    """The path exists; not for this method."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("method_not_allowed")
        self.allowed = allowed


class Server(Struct, frozen=True, kw_only=True):
    """What every dialect is given: a way to work, a way to compute, and who it is."""

    open_work: OpenWork
    crunch: Crunch
    entropy: Entropy
    public_url: str
    trusted_proxies: tuple[Network, ...] = ()
    country_of: Callable[[str], str] | None = (
        None  # of an IP address; None: the operator has no map
    )
    dev: bool = False
    admin_token: Secret | None = None  # None: nobody is an administrator
    taken: Callable[[Sequence[str]], Awaitable[bool]] | None = None  # did the carriers take these?
    observe: Callable[[str, str, int], None] = lambda dialect, route, status: None


class Call:
    """One request, decoded."""

    __slots__ = ("actor", "body", "ip", "parameters", "path_values", "request", "server")

    def __init__(self, server: Server, request: Request, path_values: Mapping[str, str]) -> None:
        self.server = server
        self.request = request
        self.path_values = path_values
        self.body: Any = None
        self.parameters: dict[str, str] = {}  # of the query
        self.actor: Actor | None = None  # who asks, where it is not a person for themselves
        peer = request.client.host if request.client else ""
        # a proxy may add a line of its own below what a stranger wrote: all of them count, in this order
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        self.ip = client_ip(peer, forwarded, server.trusted_proxies)

    @property
    def bearer(self) -> str | None:
        """The access token of the `Authorization` header (RFC 6750 §2.1)."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    @property
    def country(self) -> str | None:
        """Where the request comes from, as far as the operator's file tells."""
        return None if self.server.country_of is None else self.server.country_of(self.ip)

    @property
    def languages(self) -> str | None:
        return self.request.headers.get("accept-language")

    @property
    def locale(self) -> str | None:
        """The language the application wants messages in."""
        return self.request.headers.get("custom-locale")

    def cookie(self, name: str) -> Token | None:
        return parse_token(self.request.cookies.get(name, ""))


Handler: TypeAlias = Callable[[Work, Call], Awaitable[Response]]
Admission: TypeAlias = Callable[[Work, Call], Awaitable[None]]
FreeHandler: TypeAlias = Callable[[OpenWork, Call], Awaitable[Response]]


# What to say where a call has failed, for which the speaker's words are not all; `None`: a bug. The registry: the
# clients there are, or were when the database was last there.
Failing: TypeAlias = Callable[[Failure | None, Call, Registry | None], Response]


class Endpoint(Struct, frozen=True, kw_only=True):
    """One line of a dialect's `routes.py`.

    `handler` runs inside one unit of work; `free` opens its own, for work that must not hold one. With both, a
    call that `slow` says yes to is free.
    `form`: the body may also be form-encoded. `cors` False: never readable by a page's script (OA-17).
    """

    method: str
    path: str
    handler: Handler | None = None
    free: FreeHandler | None = None
    slow: Callable[[Call], bool] = lambda call: False
    failing: Failing | None = None
    body: Any = None
    query: Any = None
    answer: Any = None  # of the response, for the OpenAPI document
    status: int = 200
    shape: Any = None  # of a body that the handler checks itself, for the OpenAPI document
    form: bool = False
    reading: bool = False
    cors: bool = True
    tells: bool = (
        False  # waits to say whether the carrier took the message (M7); never to strangers (AB-1)
    )
    limited: bool = False  # counted by settings.rate_limit
    secured: str | None = (
        None  # "bearer", "client" or "admin", for the OpenAPI document and the tests' matrix
    )


class Speaker(Protocol):
    """How a dialect says that something went wrong."""

    name: str

    def failure(self, failure: Failure | None, call: Call) -> Response:
        """`None`: a bug of ours, logged, told to nobody."""
        ...


async def _of_clients(work: Work) -> frozenset[str]:
    return (await clients.registry(work)).origins


class Dialect:
    """An ASGI application made of endpoints. `guard`: who may not come in is refused before anything is read,
    whatever the path. `admit`: who asks is looked at in the unit of work that answers them, first, wherever an
    endpoint is `secured`. `cors` False: no page's script reads any answer, not even what is not there.
    `readers`: the origins of pages that may read an answer; `sent`: the headers that they may send."""

    def __init__(
        self,
        server: Server,
        speaker: Speaker,
        endpoints: Sequence[Endpoint],
        *,
        guard: Callable[[Call], None] = lambda call: None,
        admit: Admission | None = None,
        cors: bool = True,
        readers: Callable[[Work], Awaitable[frozenset[str]]] = _of_clients,
        sent: str = "authorization, content-type, custom-locale, x-r5-correlation-id, accept-language",
    ) -> None:
        self.server = server
        self.speaker = speaker
        self._guard = guard
        self._admit = admit
        self._cors = cors
        self._readers = readers
        self._sent = sent
        self._known: Registry | None = None
        self.endpoints = tuple(endpoints)
        by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        self._exact = {path: methods for path, methods in by_path.items() if "{" not in path}
        self._patterns = [
            (compile_path(path)[0], methods) for path, methods in by_path.items() if "{" in path
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(Request(scope, receive))
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1")
        methods, path_values = self._find(request.scope["path"], raw)
        call = Call(self.server, request, path_values)
        origin = request.headers.get("origin")
        if request.method == "OPTIONS" and origin:
            return await self._preflight(origin, methods)
        endpoint = methods.get(request.method)
        readable = self._cors and origin is not None and (endpoint is None or endpoint.cors)
        seen = _Origins(self._readers if readable else None)
        try:
            self._guard(call)
            if not methods:
                raise NotFound("route_not_found")
            if endpoint is None:
                raise MethodNotAllowed(sorted(methods))
            await self._decode(endpoint, call)
            response = await self._run(endpoint, call, seen)
        except Failure as failure:
            response = await self._failed(endpoint, failure, call)
        except Exception:
            # the one place where anything may go wrong: logged whole, told to nobody
            log.exception("bug", route=endpoint.path if endpoint else None)
            response = await self._failed(endpoint, None, call)
        _harden(response)
        if endpoint is None or endpoint.cors:
            response.headers["vary"] = "Origin"  # also where no page asks: caches must know
        if origin and readable:
            self._known = seen.registry or self._known
            allowed = seen.origins if seen.origins is not None else await self._origins()
            _share(response, origin, allowed)
        route = endpoint.path if endpoint else "unknown"
        self.server.observe(self.speaker.name, route, response.status_code)
        return response

    async def _decode(self, endpoint: Endpoint, call: Call) -> None:
        try:
            call.parameters = parameters_of(call.request)
            if endpoint.query is not None:
                call.body = convert(call.parameters, endpoint.query)
            if endpoint.body is not None:
                call.body = await body_of(call.request, endpoint.body, form=endpoint.form)
        except Failure:
            if self._admit is not None and endpoint.secured:
                async with self.server.open_work(reading=True) as work:
                    await self._admit(work, call)  # a stranger is not told what is wrong with it
            raise

    def _find(self, path: str, raw: str) -> tuple[Mapping[str, Endpoint], Mapping[str, str]]:
        if found := self._exact.get(path):
            return found, {}
        if "\0" in path:
            return {}, {}  # no column of PostgreSQL could be asked for it
        for pattern, methods in self._patterns:
            if match := pattern.match(raw):  # an encoded slash is part of a value
                return methods, {name: unquote(value) for name, value in match.groupdict().items()}
        return {}, {}

    async def _run(self, endpoint: Endpoint, call: Call, seen: "_Origins") -> Response:
        open_work = seen.watching(self.server.open_work)
        if self._admit is not None and endpoint.secured:
            open_work = _admitting(open_work, self._admit, call)
        if call.actor is not None:
            open_work = acting(open_work, call.actor)
        try:
            return await self._work(endpoint, call, open_work)
        except Conflict as conflict:
            if conflict.reason != "lost_race":
                raise
            return await self._work(endpoint, call, open_work)

    async def _work(self, endpoint: Endpoint, call: Call, open_work: OpenWork) -> Response:
        if endpoint.free is not None and (endpoint.handler is None or endpoint.slow(call)):
            if endpoint.limited:
                await self._limit(endpoint, call, open_work)
            return await endpoint.free(open_work, call)
        if endpoint.handler is None:
            raise RuntimeError(f"{endpoint.path} has no handler")
        async with open_work(reading=endpoint.reading) as work:
            limited = endpoint.limited and (await projects.settings(work)).rate_limit.requests > 0
            if not limited:
                response = await endpoint.handler(work, call)
        if limited:
            await self._limit(endpoint, call, open_work)
            async with open_work(reading=endpoint.reading) as work:
                response = await endpoint.handler(work, call)
        if endpoint.tells and work.queued and self.server.taken is not None:
            if not await self.server.taken(work.queued):
                raise Unavailable("carrier_unavailable")
        return response

    async def _limit(self, endpoint: Endpoint, call: Call, open_work: OpenWork) -> None:
        """settings.rate_limit, per address and endpoint; off by default.

        Counted in a unit of work of its own: a request that fails takes nothing back.
        """
        async with open_work() as work:
            policy = (await projects.settings(work)).rate_limit
            if not policy.requests:
                return
            bucket = f"requests:{endpoint.path}:{call.ip}"
            wait = await limits.take(work, Window(bucket, policy.requests, Seconds(policy.window)))
        if wait is not None:
            raise Throttled("too_many_requests", wait)

    async def _failed(
        self, endpoint: Endpoint | None, failure: Failure | None, call: Call
    ) -> Response:
        if endpoint is None or endpoint.failing is None:
            return self.speaker.failure(failure, call)
        away = isinstance(failure, Unavailable)  # a second time nobody waits for it
        registry = None if away else await self._registry()
        return endpoint.failing(failure, call, registry or self._known)

    async def _origins(self) -> frozenset[str]:
        """Nobody may read where the database is away, least of all by accident."""
        return await self._read(self._readers) or frozenset()

    async def _registry(self) -> Registry | None:
        registry = await self._read(clients.registry)
        self._known = registry or self._known
        return registry

    async def _read(self, reader: Callable[[Work], Awaitable[T]]) -> T | None:
        """What this reads in a unit of work of its own; None where the database is away."""
        try:
            async with self.server.open_work(reading=True) as work:
                return await reader(work)
        except Exception:
            log.warning("origins unknown", exc_info=True)
            return None

    async def _preflight(self, origin: str, methods: Mapping[str, Endpoint]) -> Response:
        """May a page ask? Also for what is not there: else it could not read that it is not."""
        response = Response(status_code=204, headers={"vary": "Origin"})
        closed = {method for method, endpoint in methods.items() if not endpoint.cors}
        if self._cors and (not methods or closed < methods.keys()):
            _share(response, origin, await self._origins())
        if "access-control-allow-origin" in response.headers:
            allowed = (PREFLIGHT_METHODS | methods.keys()) - closed
            response.headers["access-control-allow-methods"] = ", ".join(sorted(allowed))
            response.headers["access-control-allow-headers"] = self._sent
            response.headers["access-control-max-age"] = PREFLIGHT_AGE
        return response


class _Origins:
    """The origins that may read an answer, as the request's own unit of work saw them."""

    def __init__(self, readers: Callable[[Work], Awaitable[frozenset[str]]] | None) -> None:
        self.registry: Registry | None = None
        self.origins: frozenset[str] | None = None
        self._readers = readers

    def watching(self, open_work: OpenWork) -> OpenWork:
        readers = self._readers
        if readers is None:
            return open_work

        @asynccontextmanager
        async def watched(*, reading: bool = False) -> AsyncIterator[Work]:
            async with open_work(reading=reading) as work:
                self.registry = await clients.registry(work)
                self.origins = await readers(work)
                yield work

        return watched


def _admitting(open_work: OpenWork, admit: Admission, call: Call) -> OpenWork:
    """Units of work of which the first asks who it is for."""
    admitted = False

    @asynccontextmanager
    async def asked(*, reading: bool = False) -> AsyncIterator[Work]:
        nonlocal admitted
        async with open_work(reading=reading) as work:
            if not admitted:
                await admit(work, call)
                admitted = True
            yield work

    return asked


def json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)


def see_other(url: str) -> Response:
    """303, so that nothing that was posted is posted again elsewhere (OA-14)."""
    return Response(status_code=303, headers={"location": url})


def _harden(response: Response) -> None:
    """What every answer says unless its endpoint says otherwise."""
    said = {name for name, _ in response.raw_headers}
    response.raw_headers += [header for header in HARDENED if header[0] not in said]


def _share(response: Response, origin: str, allowed: frozenset[str]) -> None:
    """Let a page of this origin read the answer; exactly echoed, because cookies come along."""
    headers = response.headers
    if origin in allowed:
        headers["access-control-allow-origin"] = origin
        headers["access-control-allow-credentials"] = "true"
        headers["access-control-expose-headers"] = "retry-after, www-authenticate"
