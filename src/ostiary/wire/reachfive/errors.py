"""The one shape of every error of this dialect; its words are in `sayings.py`."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.terms.failures import Failure, Refused, Throttled

from ..http import Call, MethodNotAllowed, json
from .sayings import BUG, CHALLENGES, SAYINGS, Said


class ErrorDetail(Struct, frozen=True):
    field: str
    message: str
    code: str  # "missing" or "invalid"


class ErrorBody(Struct, frozen=True, omit_defaults=True):
    """The one shape of every error."""

    error: str
    error_id: str
    error_description: str
    error_message_key: str
    error_user_msg: str
    error_details: list[ErrorDetail] | None = None


def body_of(
    said: Said, error_id: str, language: str, field: str | None = None, detail: str | None = None
) -> ErrorBody:
    text = said.fr if language == "fr" else said.en
    details = None
    description = said.en
    if field:
        code = "missing" if said.key.endswith("missing") else "invalid"
        details = [ErrorDetail(field, detail or said.en, code)]
        if said.key.startswith("error.parameter."):
            description = f"{said.en}: {field}"  # the others say it, in the vendor's words
    return ErrorBody(
        error=said.error,
        error_id=error_id,
        error_description=description,
        error_message_key=said.key,
        error_user_msg=text,
        error_details=details,
    )


def language_of(call: Call) -> str:
    """The first language of the `Accept-Language` header, shortened; English where there is none."""
    return (call.languages or "en").split(",")[0].split(";")[0].strip().lower()[:2]


class ReachFive:
    """How this dialect says that something went wrong."""

    name = "reachfive"

    def failure(self, failure: Failure | None, call: Call) -> Response:
        if failure is None:
            return self.say(BUG, call)
        response = self.say(SAYINGS[failure.reason], call, failure.field, failure.detail)
        if isinstance(failure, Throttled):
            response.headers["retry-after"] = str(failure.retry_after)
        if isinstance(failure, MethodNotAllowed):
            response.headers["allow"] = ", ".join(failure.allowed)
        if challenge := CHALLENGES.get(failure.reason):
            response.headers["www-authenticate"] = challenge
        return response

    def refusal(self, refused: Refused, call: Call) -> Response:
        response = self.say(SAYINGS[refused.reason], call)
        if refused.retry_after is not None:
            response.headers["retry-after"] = str(refused.retry_after)
        return response

    def fields(self, refused: Refused | Failure | None, call: Call) -> dict[str, Any]:
        """The same, as parameters of a redirect or a web message."""
        field = refused.field if isinstance(refused, Failure) else None
        said = BUG if refused is None else SAYINGS[refused.reason]
        body = body_of(said, self._id(call), language_of(call), field)
        return {
            "error": body.error,
            "error_id": body.error_id,
            "error_description": body.error_description,
            "error_message_key": body.error_message_key,
            "error_user_msg": body.error_user_msg,
        }

    def say(
        self, said: Said, call: Call, field: str | None = None, detail: str | None = None
    ) -> Response:
        body = body_of(said, self._id(call), language_of(call), field, detail)
        return json(body, said.status)

    def _id(self, call: Call) -> str:
        return call.server.entropy(8).hex()


SPEAKER = ReachFive()


def refusal(refused: Refused, call: Call) -> Response:
    return SPEAKER.refusal(refused, call)
