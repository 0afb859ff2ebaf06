"""Trusted devices: list them, forget one."""

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from ostiary.core import devices, projects, tokens
from ostiary.core.devices.model import Device
from ostiary.core.work import Work
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.time import Seconds, rfc3339

from ..http import Call, json, no_content
from .mfa import SCOPE


class Metadata(Struct, frozen=True, kw_only=True):
    ip: str | UnsetType = UNSET
    operating_system: str | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET
    device_class: str | UnsetType = UNSET
    device_name: str | UnsetType = UNSET


class TrustedDevice(Struct, frozen=True, kw_only=True):
    id: str
    user_id: str
    created_at: str
    metadata: Metadata


class TrustedDevices(Struct, frozen=True):
    trusted_devices: list[TrustedDevice]


async def listed(work: Work, call: Call) -> Response:
    """The browsers this person trusts."""
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    found = await devices.listed(work, access.user_id)
    return json(TrustedDevices([_item(device) for device in found]))


async def forget(work: Work, call: Call) -> Response:
    """Trust a browser no longer."""
    access = await tokens.require_access(work, call.bearer, scope=SCOPE)
    await devices.check_available(work)
    age = Seconds((await projects.settings(work)).mfa.fresh_token_age)
    if not tokens.fresh(access, work.now, age):
        raise Unauthenticated("access_token_not_fresh")
    await devices.forget(work, access.user_id, call.path_values["id"])
    return no_content()


def _item(device: Device) -> TrustedDevice:
    return TrustedDevice(
        id=device.id,
        user_id=device.user_id,
        created_at=rfc3339(device.created_at),
        metadata=_metadata(device),
    )


def _metadata(device: Device) -> Metadata:
    agent = device.user_agent or ""
    if not agent:
        return Metadata(ip=device.ip or UNSET)
    from ua_parser import parse  # loaded when somebody looks: its tables are large

    known = parse(agent)
    system = known.os.family if known.os else None
    browser = known.user_agent.family if known.user_agent else None
    name = known.device.family if known.device else None
    return Metadata(
        ip=device.ip or UNSET,
        operating_system=system or UNSET,
        user_agent=browser or UNSET,
        device_class=_class(agent),
        device_name=name if name and name != "Other" else UNSET,
    )


def _class(agent: str) -> str:
    """The words of the vendor's list that a widget tells apart."""
    if "iPad" in agent or "Tablet" in agent:
        return "Tablet"
    return "Phone" if "Mobile" in agent else "Desktop"
