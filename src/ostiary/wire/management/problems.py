"""Problem documents (RFC 9457)."""

from starlette.responses import Response

from ostiary.terms.failures import Failure, Forbidden, Malformed, NotFound, Unavailable

from ..http import Call, MethodNotAllowed, TooLarge, UnsupportedMediaType, json

_STATUS: tuple[tuple[type[Failure], int], ...] = (
    (NotFound, 404),
    (MethodNotAllowed, 405),
    (TooLarge, 413),
    (UnsupportedMediaType, 415),
    (Forbidden, 403),
    (Unavailable, 503),
    (Malformed, 400),
)


class Problems:
    name = "management"

    def failure(self, failure: Failure | None, call: Call) -> Response:
        status, title, detail = 500, "server error", None
        if failure is not None:
            status = next((s for kind, s in _STATUS if isinstance(failure, kind)), 409)
            title = failure.reason.replace("_", " ")
            detail = ": ".join(part for part in (failure.field, failure.detail) if part) or None
        body = {"type": "about:blank", "status": status, "title": title}
        if detail:
            body["detail"] = detail
        response = json(body, status)
        response.headers["content-type"] = "application/problem+json"
        return response
