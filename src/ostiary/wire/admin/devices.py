"""The browsers a person has chosen to trust."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import devices
from ostiary.core.devices.model import Device
from ostiary.core.work import Work
from ostiary.terms.failures import NotFound
from ostiary.terms.time import rfc3339

from ..http import Call, json, no_content
from .users import found
from .words import whole


class DeviceItem(Struct, frozen=True, kw_only=True):
    id: str
    ip: str | None
    country: str | None
    user_agent: str | None
    created_at: str
    used_at: str
    expires_at: str


async def listed(work: Work, call: Call) -> Response:
    """The browsers a person has chosen to trust."""
    user = await found(work, call)
    return whole(_shown(one) for one in await devices.of_user(work, user.id))


async def show(work: Work, call: Call) -> Response:
    """One trusted browser."""
    user = await found(work, call)
    for one in await devices.of_user(work, user.id):
        if one.id == call.path_values["did"]:
            return json(_shown(one))
    raise NotFound("device_not_found")


async def remove(work: Work, call: Call) -> Response:
    """The browser is trusted no longer."""
    await devices.forget(work, (await found(work, call)).id, call.path_values["did"])
    return no_content()


async def remove_all(work: Work, call: Call) -> Response:
    """No browser of this person is trusted any longer."""
    await devices.forget_all(work, (await found(work, call)).id)
    return no_content()


def _shown(one: Device) -> DeviceItem:
    return DeviceItem(
        id=one.id,
        ip=one.ip,
        country=one.country,
        user_agent=one.user_agent,
        created_at=rfc3339(one.created_at),
        used_at=rfc3339(one.used_at),
        expires_at=rfc3339(one.expires_at),
    )
