"""Who may use the console. Nothing of how they prove it is ever shown (ADM-4)."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import operators
from ostiary.core.operators.model import SET_UP_PATH, Removal
from ostiary.core.work import Work
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, NotFound
from ostiary.terms.time import rfc3339

from ..checking import checked
from ..http import Call, json, no_content
from ..sections.users import address_from
from .words import whole


class AdministratorItem(Struct, frozen=True, kw_only=True):
    """`passkeys`: how many may be used instead of password and code."""

    id: str
    email: str
    created_at: str
    passkeys: int


class InvitationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: str


class InvitationItem(Struct, frozen=True, kw_only=True):
    email: str
    expires_at: str


class Invitation(InvitationItem, frozen=True, kw_only=True):
    """`link`: good once, and told this once."""

    link: str


async def listed(work: Work, call: Call) -> Response:
    """Every administrator of the console."""
    everyone = await operators.everyone(work)
    passkeys = [await operators.passkeys_of(work, one.id) for one in everyone]
    return whole(
        AdministratorItem(
            id=one.id, email=one.email, created_at=rfc3339(one.created_at), passkeys=len(theirs)
        )
        for one, theirs in zip(everyone, passkeys, strict=True)
    )


async def invite(work: Work, call: Call) -> Response:
    """A set-up link: a new administrator, or a new start for one. An earlier link is good no longer."""
    body: dict[str, Any] = call.body
    asked = checked(body, InvitationBody)
    email = address_from(Channel.EMAIL, asked.email, "email")
    token = await operators.invite(work, email)
    (invited,) = (one for one in await operators.invited(work) if one.email == email)
    invitation = Invitation(
        email=email,
        expires_at=rfc3339(invited.expires_at),
        link=f"{work.issuer}{SET_UP_PATH}{token}",
    )
    return json(invitation, 201)


async def remove(work: Work, call: Call) -> Response:
    """No administrator any more, at once; 409 for the last one."""
    removal = await operators.remove(work, call.path_values["id"])
    if removal is Removal.UNKNOWN:
        raise NotFound("administrator_not_found")
    if removal is Removal.LAST:
        raise Conflict("last_administrator", detail="invite another first")
    return no_content()


async def invitations(work: Work, call: Call) -> Response:
    """Who has a set-up link that is still good. The link itself is not told again."""
    return whole(
        InvitationItem(email=one.email, expires_at=rfc3339(one.expires_at))
        for one in await operators.invited(work)
    )


async def uninvite(work: Work, call: Call) -> Response:
    """The link is good no longer."""
    await operators.uninvite(work, call.path_values["email"])
    return no_content()
