"""The few pages this dialect shows a person, and the message it hands to one."""

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import Response

from ostiary.core.clients import origin_of
from ostiary.core.clients.model import Registry
from ostiary.terms.failures import Failure, Forbidden, Refused

from ..http import Call
from ..page import language_of, nonce, page
from .errors import SPEAKER
from .sayings import BUG, SAYINGS


def failure(
    failed: Failure | None, call: Call, waiting: tuple[str, ...] = (), state: str | None = None
) -> Response:
    """JSON, or a page where the browser would rather have one; `waiting`: the origins to tell instead."""
    if not prefers_a_page(call.request.headers.get("accept", "")):
        return SPEAKER.failure(failed, call)
    said = BUG if failed is None else SAYINGS[failed.reason]
    if waiting:
        answer = SPEAKER.fields(failed, call) | {"iss": call.server.public_url}
        if state is not None:
            answer["state"] = state
        return web_message(answer, waiting, waiting, call, said.status)
    french = language_of(call) == "fr"
    title = "Cette demande ne peut pas aboutir" if french else "This request cannot be answered"
    return page(call, title, said.fr if french else said.en, status=said.status)


def unanswered(failed: Failure | None, call: Call, known: Registry | None) -> Response:
    """Where an authorization request could not even be read, or we could not do it: a page of a known client that
    waits for a message hears of it, since the SDK waits for ever."""
    query = call.request.scope["query_string"].decode("ascii", "replace")
    asked = dict(reversed(parse_qsl(query, keep_blank_values=True)))  # of two the first
    waits = asked.get("response_mode") == "web_message"
    client = known.by_id.get(asked.get("client_id", "")) if known and waits else None
    if client is None:
        return failure(failed, call)
    redirect_uri = asked.get("redirect_uri")
    listed = redirect_uri is not None and redirect_uri in client.redirect_uris
    listeners = (origin_of(redirect_uri),) if listed and redirect_uri else client.origins
    return failure(failed, call, listeners, asked.get("state"))


def refusal(refused: Refused, call: Call) -> Response:
    """As `failure`, for what was recorded."""
    if not prefers_a_page(call.request.headers.get("accept", "")):
        return SPEAKER.refusal(refused, call)
    return failure(Forbidden(refused.reason), call)


def prefers_a_page(accept: str) -> bool:
    """Is HTML named, and JSON not, or with less weight (RFC 9110 §12.5.1)?"""
    weights = {}
    for part in accept.lower().split(","):
        media, _, parameters = part.partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameters)
        weights[media.strip()] = float(weight[1]) if weight else 1.0
    return weights.get("text/html", 0.0) > weights.get("application/json", 0.0)


def logged_out(call: Call) -> Response:
    if language_of(call) == "fr":
        return page(call, "Vous êtes déconnecté", "Vous pouvez fermer cette page.")
    return page(call, "You are logged out", "You can close this page.")


def web_message(
    answer: dict[str, Any],
    listeners: tuple[str, ...],
    origins: tuple[str, ...],
    call: Call,
    status: int = 200,
) -> Response:
    """Post the answer to the window that framed us, if it is one of the listeners, and to no other."""
    message = {"type": "authorization_response", "response": answer}
    script = (
        f"for (const origin of {_inline(listeners)}) "
        f"window.parent.postMessage({_inline(message)}, origin);"
    )
    allowed = nonce(call)
    framers = " ".join(sorted({*origins, *listeners})) or "'none'"
    return Response(
        f'<!doctype html><meta charset="utf-8"><title>…</title><script nonce="{allowed}">{script}</script>',
        status,
        media_type="text/html",
        headers={
            "content-security-policy": (
                f"default-src 'none'; script-src 'nonce-{allowed}'; frame-ancestors {framers}; "
                "base-uri 'none'; form-action 'none'"
            )
        },
    )


def _inline(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")
