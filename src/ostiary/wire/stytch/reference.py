"""The pages that `error_url` leads to: every error of one status, and when it is said. Open to everybody."""

from collections.abc import Iterator
from html import escape

from starlette.responses import Response

from ostiary.core.work import OpenWork
from ostiary.terms.failures import NotFound

from ..http import Call, Dialect, Endpoint, Server
from ..page import document
from . import magic_links, resets, totps, webauthn
from .errors import BUG, DOCS, FIELDS, OF_CODES, REVOKING, SAYINGS, SPEAKER, TARGETS, Said

PREFIX = f"{DOCS}/"
OWN = (
    totps.WRONG_TOTP,
    totps.WRONG_RECOVERY_CODE,
    magic_links.DEAD,
    resets.DEAD,
    webauthn.REGISTERING,
)  # of one resource each, see `refusal`


def said() -> Iterator[Said]:
    """Everything that this dialect can say, twice where two reasons lead to it."""
    yield from SAYINGS.values()
    for words in OWN:
        yield from words.values()
    for field, error_type in (*FIELDS.items(), *OF_CODES.items()):
        yield Said(400, error_type, f"{field} is missing, or not of the form that it should have.")
    yield from REVOKING.values()
    for field, error_type in TARGETS.items():
        missing = SAYINGS["link_target_missing"]
        yield Said(missing.status, error_type, f"{missing.message}: {field}.")
    yield BUG


def by_status() -> dict[int, dict[str, list[str]]]:
    """{404: {"otp_code_not_found": ["This is not the code.", …]}}, in order."""
    found: dict[int, dict[str, list[str]]] = {}
    for one in sorted(said(), key=lambda one: (one.status, one.error_type)):
        sentences = found.setdefault(one.status, {}).setdefault(one.error_type, [])
        sentence = one.message if one.message.endswith(".") else f"{one.message}."
        if sentence not in sentences:
            sentences.append(sentence)
    return found


async def show(open_work: OpenWork, call: Call) -> Response:
    """Every error of one status, and when it is said: where `error_url` leads."""
    status = call.path_values["status"]
    errors = {str(status): errors for status, errors in by_status().items()}.get(status)
    if errors is None:
        raise NotFound("route_not_found")
    listed = "".join(
        f'<dt id="{error_type}"><code>{error_type}</code></dt>'
        + "".join(f"<dd>{escape(sentence)}</dd>" for sentence in sentences)
        for error_type, sentences in errors.items()
    )
    title = f"Errors with status {status}"
    return document(call, title, f"<h1>{title}</h1><dl>{listed}</dl>", language="en")


ENDPOINTS = (Endpoint(method="GET", path=f"{PREFIX}{{status}}", free=show, cors=False),)


def dialect(server: Server) -> Dialect:
    return Dialect(server, SPEAKER, ENDPOINTS, cors=False)
