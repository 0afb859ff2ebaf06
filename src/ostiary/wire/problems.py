"""Problem documents (RFC 9457): how the dialects for operators say that something went wrong."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.terms.failures import (
    Failure,
    Forbidden,
    Malformed,
    NotFound,
    Throttled,
    Unauthenticated,
    Unavailable,
)

from .checking import Nonsense, Wrong
from .decoding import TooLarge, UnsupportedMediaType
from .http import Call, MethodNotAllowed, json

_STATUS: tuple[tuple[type[Failure], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (MethodNotAllowed, 405),
    (TooLarge, 413),
    (UnsupportedMediaType, 415),
    (Nonsense, 422),
    (Throttled, 429),
    (Unavailable, 503),
    (Malformed, 400),
)
MEDIA_TYPE = "application/problem+json"
_CONFLICT = 409  # whatever else went wrong: somebody has it, or was faster


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`title`: the reason, in words. `errors`: each thing that is wrong with what was sent."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[Wrong, ...] | None = None


class Problems:
    """`malformed`: the status of what could be read and makes no sense; `media_type`: of what is no JSON."""

    def __init__(self, name: str, malformed: int = 400, media_type: int = 415) -> None:
        self.name = name
        self._malformed = malformed
        self._media_type = media_type

    def failure(self, failure: Failure | None, call: Call) -> Response:
        if failure is None:
            return _say(Problem(type=_type("server_error"), title="server error", status=500))
        status = next((s for kind, s in _STATUS if isinstance(failure, kind)), _CONFLICT)
        if status == 400 and failure.reason != "body_malformed":
            status = self._malformed
        if status == 415:
            status = self._media_type
        response = _say(
            Problem(
                type=_type(failure.reason),
                title=failure.reason.replace("_", " "),
                status=status,
                detail=_detail(failure),
                errors=_errors(failure),
            )
        )
        if isinstance(failure, Throttled):
            response.headers["retry-after"] = str(failure.retry_after)
        if isinstance(failure, MethodNotAllowed):
            response.headers["allow"] = ", ".join(failure.allowed)
        if isinstance(failure, Unauthenticated):
            response.headers["www-authenticate"] = "Bearer"  # RFC 6750 §3
        return response


def _say(problem: Problem) -> Response:
    response = json(problem, problem.status)
    response.headers["content-type"] = MEDIA_TYPE
    return response


def _type(reason: str) -> str:
    return f"urn:ostiary:problem:{reason}"


def _detail(failure: Failure) -> str | None:
    if isinstance(failure, Nonsense):
        return failure.detail
    return ": ".join(part for part in (failure.field, failure.detail) if part) or None


def _errors(failure: Failure) -> tuple[Wrong, ...] | None:
    if isinstance(failure, Nonsense):
        return failure.wrongs
    if failure.field is None:
        return None
    message = failure.detail or failure.reason.replace("_", " ")
    return (Wrong(path=failure.field, message=message),)
