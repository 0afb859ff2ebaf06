"""A customer's own web site: an empty page with the vendor's bundle on it, whatever the path. Another vendor's
modules are below `/stytch/`, for a page that imports them.

It is really served. Pages that Playwright makes up (`route`) would not do: it answers the preflights of
their requests itself, so that no test could see one fail.
"""

import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import trustme

HOST = "shop.demo.localhost"
STRANGER = "elsewhere.demo.localhost"  # the same server under a name that is no client's
MODULES = "/stytch/"
PAGE = b"""<!doctype html><title>a customer's page</title><link rel="icon" href="data:,">
<body><script src="/identity-core.js"></script>"""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that does not know the certificate hangs up, and comes back not minding."""
        if not isinstance(sys.exception(), ssl.SSLError):
            super().handle_error(request, client_address)


class Site:
    """Served over HTTPS from its own port, under both names, while it is open."""

    def __init__(self, bundle: Path, modules: Path) -> None:
        files = {"/identity-core.js": bundle}
        files |= {f"{MODULES}{path.relative_to(modules)}": path for path in modules.rglob("*.mjs")}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = files.get(self.path)
                type_ = "text/html" if script is None else "text/javascript"
                body = PAGE if script is None else script.read_bytes()
                self.send_response(200)
                self.send_header("content-type", f"{type_}; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing worth telling happens here."""

        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert(HOST, STRANGER).configure_cert(tls)
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.socket = tls.wrap_socket(
            self._server.socket,
            server_side=True,
            do_handshake_on_connect=False,  # a browser opens connections that it never uses
        )
        self._thread = threading.Thread(target=self._server.serve_forever)
        port = self._server.server_port
        self.origin = f"https://{HOST}:{port}"
        self.landing = f"{self.origin}/landing"
        self.stranger = f"https://{STRANGER}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
