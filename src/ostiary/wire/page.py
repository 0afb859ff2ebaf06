"""Small pages: a title, a sentence, perhaps a button. No script, no image, nothing from elsewhere."""

from base64 import b64encode
from html import escape

from starlette.responses import Response

from .http import Call

STYLE = """
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{max-width:30rem;padding:2rem;overflow-wrap:anywhere}h1{font-size:1.35rem;margin:0 0 .5rem}p{margin:0 0 1.25rem}
button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:.6rem;cursor:pointer;
background:light-dark(#1f4fd1,#8fb0ff);color:light-dark(#fff,#10131a)}
dt{margin-top:1.25rem}dt:target{outline:2px solid;outline-offset:4px}dd{margin:0}
button:focus-visible{outline:3px solid light-dark(#1f4fd1,#8fb0ff);outline-offset:3px}
"""


def language_of(call: Call) -> str:
    """`fr` where the browser would rather have French, else `en`."""
    first = (call.languages or "en").split(",")[0].split(";")[0].strip().lower()[:2]
    return "fr" if first == "fr" else "en"


def nonce(call: Call) -> str:
    return b64encode(call.server.entropy(18)).decode()


def page(call: Call, title: str, text: str, *, button: str = "", status: int = 200) -> Response:
    """`button`: posts an empty form to the page's own address."""
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    return document(
        call,
        title,
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{form}",
        language=language_of(call),
        status=status,
        posts_to="*" if button else "'none'",  # the answer to the form redirects to the application
    )


def document(
    call: Call,
    title: str,
    inside: str,
    *,
    language: str,
    status: int = 200,
    posts_to: str = "'none'",
) -> Response:
    """`inside`: HTML, escaped already."""
    allowed = nonce(call)
    return Response(
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title>'
        f'<style nonce="{allowed}">{STYLE}</style>'
        f"<main>{inside}</main></html>",
        status,
        media_type="text/html",
        headers={
            "content-security-policy": (
                f"default-src 'none'; style-src 'nonce-{allowed}'; frame-ancestors 'none'; "
                f"base-uri 'none'; form-action {posts_to}"
            )
        },
    )
