"""Users."""

from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.work import Work

from ..http import Call
from .objects import UserObject, user_object
from .words import env_of, reply, user_id


class Shown(UserObject, frozen=True, kw_only=True):
    """A user, flat beside what every answer says."""

    status_code: int = 200
    request_id: str = ""


async def show(work: Work, call: Call) -> Response:
    """One user, by our id or the application's own."""
    dossier = await proving.dossier(work, await user_id(work, call.path_values["user_id"]))
    user = user_object(dossier, env_of(call), work.now)
    return reply(call, Shown(**{name: getattr(user, name) for name in user.__struct_fields__}))
