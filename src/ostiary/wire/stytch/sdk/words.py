"""How a page is answered: in an envelope, and with the user beside what was asked for."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core.proving.model import Authenticated
from ostiary.core.work import Work

from ...http import Call, json
from .. import answers
from ..objects import UserObject
from ..words import Minutes, request_id


class Proving(Struct, frozen=True, kw_only=True):
    """What every call takes that proves a factor. The session it goes to is in the authorization."""

    session_duration_minutes: Minutes | None = None


class Enveloped(Struct, frozen=True, kw_only=True):
    data: Any


def answer(call: Call, body: Struct, user: UserObject | None = None) -> Response:
    """`body`: a `Reply`, or a struct that has its fields. `user`: as the SDK is to remember them."""
    told = replace(body, status_code=200, request_id=request_id(call))
    data = {name: getattr(told, name) for name in told.__struct_fields__}
    return json(Enveloped(data=data if user is None else {**data, "__user": user}))


async def proved(
    work: Work, call: Call, outcome: Authenticated, shape: type[answers.Proved], **more: Any
) -> Response:
    fields = await answers.proved(work, call, outcome)
    return answer(call, shape(**fields, **more), fields["user"])
