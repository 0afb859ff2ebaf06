"""A person's authenticators: seen, and taken away. What a factor keeps of its own is never shown (ADM-4)."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import administration, credentials
from ostiary.core.credentials.model import Credential
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms.assurance import Kind
from ostiary.terms.failures import NotFound
from ostiary.terms.ids import CredentialId
from ostiary.terms.time import rfc3339

from ..http import Call, json, no_content
from .users import found
from .words import perhaps, whole


class CredentialItem(Struct, frozen=True, kw_only=True):
    """`email`, `phone_number`: where its codes go. `disabled`: by a hundred wrong answers, until the lock is lifted."""

    id: str
    type: Kind
    email: str | None
    phone_number: str | None
    created_at: str
    proved_at: str | None
    failures: int
    disabled: bool


async def listed(work: Work, call: Call) -> Response:
    """Every authenticator a person has enrolled, the password among them."""
    user = await found(work, call)
    disabled = await credentials.disabled(work, user.id)
    return whole(_shown(user, one, disabled) for one in await credentials.of_user(work, user.id))


async def show(work: Work, call: Call) -> Response:
    """One authenticator."""
    user = await found(work, call)
    one = await credentials.get(work, CredentialId(call.path_values["cid"]))
    if one is None or one.user_id != user.id:
        raise NotFound("credential_not_found")
    return json(_shown(user, one, await credentials.disabled(work, user.id)))


async def remove(work: Work, call: Call) -> Response:
    """The authenticator; what it had raised is raised no longer (SES-6)."""
    user = await found(work, call)
    if not await administration.withdraw(work, user.id, CredentialId(call.path_values["cid"])):
        raise NotFound("credential_not_found")
    return no_content()


async def remove_all(work: Work, call: Call) -> Response:
    """Every authenticator, the password too: who has lost all of them gets back in by recovery."""
    user = await found(work, call)
    for one in await credentials.of_user(work, user.id):
        await administration.withdraw(work, user.id, one.id)
    return no_content()


def _shown(user: User, one: Credential, disabled: frozenset[str]) -> CredentialItem:
    return CredentialItem(
        id=one.id,
        type=one.kind,
        email=user.email if one.kind is Kind.EMAIL else None,
        phone_number=one.address if one.kind is Kind.SMS else None,
        created_at=rfc3339(one.created_at),
        proved_at=perhaps(one.proved_at),
        failures=one.failures,
        disabled=one.id in disabled,
    )
