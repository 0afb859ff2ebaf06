"""The inbox as a person would read it."""

from pathlib import Path

from starlette.responses import Response

from ostiary.core.work import OpenWork
from ostiary.terms.failures import NotFound

from ..http import Call, Endpoint

STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src data: https:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)  # inline styles are the messages' own, in a frame that runs nothing
_TYPES = {"inbox.css": "text/css", "inbox.js": "text/javascript"}


async def inbox(open_work: OpenWork, call: Call) -> Response:
    """Every message, live."""
    return Response(
        (STATIC / "inbox.html").read_bytes(),
        media_type="text/html",
        headers={"content-security-policy": _POLICY},
    )


async def static(open_work: OpenWork, call: Call) -> Response:
    """What the page is made of."""
    name = call.path_values["name"]
    if name not in _TYPES:
        raise NotFound("route_not_found")
    return Response((STATIC / name).read_bytes(), media_type=_TYPES[name])


ENDPOINTS = (
    Endpoint(method="GET", path="/dev/inbox", free=inbox, cors=False),
    Endpoint(method="GET", path="/dev/static/{name}", free=static, cors=False),
)
