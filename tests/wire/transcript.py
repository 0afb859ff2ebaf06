"""What was asked and what was answered, to the byte.

Time and dice are given in the tests, so nearly everything an answer holds can be written down. What cannot
(signatures, random names) is matched by its shape; the order of members and every header count too.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Protocol, TypeAlias

import httpx2
import msgspec

from tests.world import ISSUER, SHOP

Test: TypeAlias = Callable[..., Awaitable[None]]

FOREIGN = "https://evil.example"


class Shape:
    """Equal to every text that matches it whole."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"‹{self.pattern}›"


TOKEN = Shape(r"[\w-]{64}")  # a row's id and 256 random bits
REFRESH_TOKEN = Shape(r"[\w-]{86}")  # a row's id, its family's 128 bits, its own 256
JWT = Shape(r"[\w-]+\.[\w-]+\.[\w-]+")
ERROR_ID = Shape(r"[0-9a-f]{16}")
UUID = Shape(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NONCE = r"[\w+/]{24}"

HARDENED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}
SHARED = {
    "access-control-allow-origin": SHOP,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "retry-after, www-authenticate",
}
FORGOTTEN = '__Host-Session=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure'


def kept_for(seconds: int) -> Shape:
    """The SSO cookie, which lives as long as the session it names."""
    return Shape(
        rf"__Host-Session=[\w-]{{64}}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=lax; Secure"
    )


REMEMBERED = kept_for(86_400)  # a session that was not asked to persist


class Asker(Protocol):
    http: httpx2.AsyncClient


class Say:
    """Asks, and remembers which routes it asked."""

    def __init__(self, by: Asker) -> None:
        self._by = by
        self.heard: set[str] = set()

    async def __call__(
        self,
        line: str,
        body: object = None,
        *,
        form: Mapping[str, str] | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        origin: str | None = SHOP,
        by: Asker | None = None,
    ) -> httpx2.Response:
        """`line` is a method and a path, as the route table has them; `path` fills its braces."""
        method, _, template = line.partition(" ")
        self.heard.add(line)
        asker = (by or self._by).http
        request = asker.build_request(
            method,
            template.format(**path or {}),
            params=query,
            headers={"origin": origin or "", **(headers or {})},
            content=None if body is None else msgspec.json.encode(body),
            data=form,
        )
        if origin is None:
            del request.headers["origin"]
        if body is not None:
            request.headers.setdefault("content-type", "application/json")
        return await asker.send(request)


TOLD: dict[str, set[str]] = {}  # the names of the tests that tell of each route


def tells(*lines: str) -> Callable[[Test], Test]:
    """This test is a transcript of these routes; that it asked them is checked when it has run."""

    def mark(test: Test) -> Test:
        for line in lines:
            TOLD.setdefault(line, set()).add(getattr(test, "__name__", ""))

        @wraps(test)
        async def told(*, say: Say, **fixtures: Any) -> None:
            await test(say=say, **fixtures)
            assert say.heard.issuperset(lines), f"never asked: {set(lines) - say.heard}"

        return told

    return mark


def said(
    answer: httpx2.Response,
    status: int,
    body: object = None,
    *,
    shared: bool | None = True,
    cache: str = "no-store",
    media: str = "application/json",
    content_security_policy: str | Shape | None = None,
    set_cookie: str | Shape | None = None,
    **more: str | Shape,
) -> None:
    """The whole answer. `shared`: may a page of the asking origin read it? None: no page ever."""
    assert answer.status_code == status, answer.text
    if isinstance(body, Shape):
        assert body == answer.text
    elif body is not None:
        assert json.loads(answer.text) == body
        assert re.fullmatch(_spelled(body), answer.text), answer.text
    else:
        assert answer.content == b""
    headers: dict[str, str | Shape] = {**HARDENED, "cache-control": cache}
    if body is not None:
        headers["content-type"] = media
    if status != 204:
        headers["content-length"] = str(len(answer.content))
    if content_security_policy is not None:
        headers["content-security-policy"] = content_security_policy
    if set_cookie is not None:
        headers["set-cookie"] = set_cookie
    if shared is not None:
        headers["vary"] = "Origin"
    if shared:
        headers |= SHARED
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    assert dict(answer.headers) == headers


def _spelled(value: object) -> str:
    """A pattern of the JSON text of this value, with its shapes in their places."""
    shapes: list[str] = []

    def placeholder(shape: Any) -> str:
        shapes.append(shape.pattern)
        return f"⟦{len(shapes) - 1}⟧"

    text = re.escape(msgspec.json.encode(value, enc_hook=placeholder).decode())
    return re.sub(r"⟦(\d+)⟧", lambda found: f"(?:{shapes[int(found[1])]})", text)


def error(
    error: str, key: str, text: str, *, told: str | None = None, details: Any = None
) -> dict[str, Any]:
    """An error of this dialect. `told`: what the person reads, where it is another language."""
    body = {
        "error": error,
        "error_id": ERROR_ID,
        "error_description": text,
        "error_message_key": key,
        "error_user_msg": told or text,
    }
    return body if details is None else {**body, "error_details": details}


def detail(field: str, message: str, code: str = "invalid") -> list[dict[str, str]]:
    return [{"field": field, "message": message, "code": code}]


def told_at(url: str) -> tuple[str, str, dict[str, str]]:
    """Where a redirect leads, and what it says in the query and in the fragment."""
    found = httpx2.URL(url)
    bare = str(found.copy_with(query=None, fragment=None))
    fragment = dict(httpx2.QueryParams(found.fragment).items())
    return bare, "#" if fragment else "?", fragment or dict(found.params.items())


LISTENED = re.compile(
    r'<!doctype html><meta charset="utf-8"><title>…</title><script nonce="(?P<nonce>[\w+/]{24})">'
    r"for \(const origin of (?P<origins>\[.*?\])\) "
    r"window\.parent\.postMessage\((?P<message>\{.*\}), origin\);</script>"
)


def posted(
    answer: httpx2.Response,
    *,
    status: int = 200,
    framers: str = SHOP,
    set_cookie: Shape | None = None,
) -> tuple[list[str], dict[str, Any]]:
    """To whom a web message is posted, and what; the page around it is checked whole."""
    found = LISTENED.fullmatch(answer.text)
    assert found is not None, answer.text
    said(
        answer,
        status,
        Shape(re.escape(answer.text)),
        shared=None,
        media="text/html; charset=utf-8",
        content_security_policy=(
            f"default-src 'none'; script-src 'nonce-{found['nonce']}'; "
            f"frame-ancestors {framers}; base-uri 'none'; form-action 'none'"
        ),
        set_cookie=set_cookie,
    )
    message = json.loads(found["message"])
    assert message.keys() == {"type", "response"}
    assert message["type"] == "authorization_response"
    return json.loads(found["origins"]), message["response"]


__all__ = [
    "ERROR_ID",
    "FOREIGN",
    "FORGOTTEN",
    "ISSUER",
    "JWT",
    "NONCE",
    "REFRESH_TOKEN",
    "REMEMBERED",
    "TOKEN",
    "TOLD",
    "UUID",
    "Say",
    "Shape",
    "detail",
    "error",
    "kept_for",
    "posted",
    "said",
    "tells",
    "told_at",
]
