"""Who is logged in, what they say of themselves, and what they take away."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import accounts, proving
from ostiary.core.proving.model import Dossier
from ostiary.core.work import Work
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.ids import UserId

from ...http import Call
from ..objects import user_object
from ..users import (
    Metadata,
    NameBody,
    SaidBody,
    Shown,
    Whose,
    said,
    updated,
    without_email,
    without_phone,
    without_registration,
    without_totp,
)
from ..words import env_of
from . import doors
from .words import answer


class UpdateBody(Struct, frozen=True, kw_only=True):
    name: NameBody | None = None
    untrusted_metadata: Metadata = None
    trusted_metadata: Any | UnsetType = UNSET


async def me(work: Work, call: Call) -> Response:
    """The user whose session this is."""
    session = await doors.present(work, call)
    dossier = await proving.dossier(work, session.user_id)
    user = user_object(dossier, env_of(call), work.now)
    return answer(call, Shown(**{name: getattr(user, name) for name in user.__struct_fields__}))


async def update(work: Work, call: Call) -> Response:
    """What a person may say of themselves."""
    body: UpdateBody = call.body
    if body.trusted_metadata is not UNSET:
        raise Unauthenticated("metadata_trusted")
    session = await doors.present(work, call)
    changes = said(SaidBody(name=body.name, untrusted_metadata=body.untrusted_metadata))
    told = updated(work, call, await accounts.change(work, session.user_id, changes))
    return answer(call, told, told.user)


def _without(
    take: Callable[[Work, Call, UserId], Awaitable[Dossier]],
) -> Callable[[Work, Call], Awaitable[Response]]:
    async def handler(work: Work, call: Call) -> Response:
        """One of one's own, by who has proved enough to take it away."""
        session = await doors.guarded(work, call)
        user = user_object(await take(work, call, session.user_id), env_of(call), work.now)
        return answer(call, Whose(user_id=user.user_id, user=user), user)

    return handler


remove_email = _without(without_email)
remove_phone = _without(without_phone)
remove_totp = _without(without_totp)
remove_registration = _without(without_registration)
