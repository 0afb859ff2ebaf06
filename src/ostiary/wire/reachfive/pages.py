"""The few pages this dialect shows a person, and the message it hands to one."""

from base64 import b64encode
from html import escape
from typing import Any

import msgspec
from starlette.responses import Response

from ostiary.terms.failures import Failure

from ..http import Call
from .errors import SAYINGS, SPEAKER, language_of

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{max-width:30rem;padding:2rem}h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0;opacity:.8}
"""


def failure(failed: Failure, call: Call) -> Response:
    """JSON, or a page where the browser would rather have one."""
    if "text/html" not in call.request.headers.get("accept", ""):
        return SPEAKER.failure(failed, call)
    said = SAYINGS[failed.reason]
    french = language_of(call) == "fr"
    title = "Cette demande ne peut pas aboutir" if french else "This request cannot be answered"
    return _page(call, title, said.fr if french else said.en, said.status)


def logged_out(call: Call) -> Response:
    if language_of(call) == "fr":
        return _page(call, "Vous êtes déconnecté", "Vous pouvez fermer cette page.")
    return _page(call, "You are logged out", "You can close this page.")


def web_message(
    answer: dict[str, Any], listeners: tuple[str, ...], origins: tuple[str, ...], call: Call
) -> Response:
    """Post the answer to the window that framed us, if it is one of the listeners, and to no other."""
    message = {"type": "authorization_response", "response": answer}
    script = (
        f"for (const origin of {_inline(listeners)}) "
        f"window.parent.postMessage({_inline(message)}, origin);"
    )
    nonce = _nonce(call)
    framers = " ".join(sorted({*origins, *listeners})) or "'none'"
    return Response(
        f'<!doctype html><meta charset="utf-8"><title>…</title><script nonce="{nonce}">{script}</script>',
        media_type="text/html",
        headers={
            "content-security-policy": (
                f"default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors {framers}; "
                "base-uri 'none'; form-action 'none'"
            )
        },
    )


def _inline(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _nonce(call: Call) -> str:
    return b64encode(call.server.entropy(18)).decode()


def _page(call: Call, title: str, text: str, status: int = 200) -> Response:
    nonce = _nonce(call)
    language = "fr" if language_of(call) == "fr" else "en"
    return Response(
        f'<!doctype html><html lang="{language}">'
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><style nonce="{nonce}">{_STYLE}</style>'
        f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></html>",
        status,
        media_type="text/html",
        headers={
            "content-security-policy": (
                f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; "
                "base-uri 'none'; form-action 'none'"
            )
        },
    )
