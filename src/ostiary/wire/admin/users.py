"""People: find, add, change, remove them."""

from typing import Any

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from ostiary.core import administration, credentials, projects, users
from ostiary.core.administration.model import Account
from ostiary.core.credentials.model import Credential
from ostiary.core.factors import PASSWORD
from ostiary.core.users.model import User
from ostiary.core.work import OpenWork, Work
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import NotFound
from ostiary.terms.ids import UserId
from ostiary.terms.time import rfc3339

from ..checking import Nonsense, Wrong, check_names, checked
from ..http import Call, json, no_content
from ..sections.people import (
    NewPerson,
    Person,
    PersonPatch,
    check_password,
    person_patched,
    said_of,
)
from ..sections.users import FactorSection, account_from, factors_from
from .words import ListQuery, page, perhaps, whole


class UserItem(Person, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    created_at: str
    updated_at: str
    last_login_at: str | None
    last_login_type: str | None
    failures: int
    locked_until: str | None


class UserWhole(UserItem, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`mfa`: second factors; in lists they are left out."""

    mfa: tuple[FactorSection, ...]


class UserQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: str | None = None
    phone_number: str | None = None


def shown(user: User) -> UserItem:
    return UserItem(
        **said_of(user),
        id=user.id,
        created_at=rfc3339(user.created_at),
        updated_at=rfc3339(user.updated_at),
        last_login_at=perhaps(user.last_login_at),
        last_login_type=user.last_login_type,
        failures=user.failures,
        locked_until=perhaps(user.locked_until),
    )


async def shown_whole(work: Work, user: User) -> UserWhole:
    enrolled = await credentials.of_user(work, user.id)
    factors = tuple(_factor(credential) for credential in enrolled if _is_second(credential))
    return UserWhole(**msgspec.structs.asdict(shown(user)), mfa=factors)


async def listed(work: Work, call: Call) -> Response:
    """People, newest first; with a filter, whoever has exactly this address."""
    query: UserQuery = call.body
    if query.email is None and query.phone_number is None:
        before = UserId(query.cursor) if query.cursor else None
        found = await users.page(work, before=before, most=query.limit + 1)
        return page(found, query.limit, shown, lambda user: user.id)
    return whole(shown(user) for user in await _by_address(work, query))


async def show(work: Work, call: Call) -> Response:
    """One person, with their second factors."""
    return json(await shown_whole(work, await found(work, call)))


async def create(open_work: OpenWork, call: Call) -> Response:
    """A new person; 409 where somebody has the address already."""
    body = checked(call.body, NewPerson)
    account, factors = account_from(body), factors_from(body, body.mfa)
    password = await _hashed(open_work, call, body.password, account)
    async with open_work() as work:
        user = await administration.open_account(work, account, password=password, factors=factors)
        return json(await shown_whole(work, user), 201)


async def change(open_work: OpenWork, call: Call) -> Response:
    """A JSON merge patch (RFC 7396). Another address is not verified unless that is said as well."""
    patch: dict[str, Any] = call.body
    check_names(patch, PersonPatch)
    if patch.get("locked_until") is not None:
        raise Nonsense(Wrong(path="locked_until", message="can be set to null, which lifts a lock"))
    async with open_work(reading=True) as work:
        body, account = person_patched(await found(work, call), patch)
    password = await _hashed(open_work, call, body.password, account)
    async with open_work() as work:
        await users.lock(work, UserId(call.path_values["id"]))
        _, account = person_patched(await found(work, call), patch)
        user = await administration.change(
            work, UserId(call.path_values["id"]), account, password=password
        )
        if user is not None and patch.get("locked_until", UNSET) is None:
            await administration.unlock(work, user.id)
            user = await users.get(work, user.id)
        if user is None:
            raise NotFound("user_not_found")
        return json(await shown_whole(work, user))


async def remove(work: Work, call: Call) -> Response:
    """The person, with everything but what the journal tells of them."""
    if not await administration.close(work, UserId(call.path_values["id"])):
        raise NotFound("user_not_found")
    return no_content()


async def found(work: Work, call: Call) -> User:
    """The user of the path."""
    user = await users.get(work, UserId(call.path_values["id"]))
    if user is None:
        raise NotFound("user_not_found")
    return user


async def _by_address(work: Work, query: UserQuery) -> list[User]:
    """Whoever has all of the addresses asked for: nobody, or one."""
    wanted: list[tuple[Channel, str]] = []
    if query.email is not None:
        wanted.append((Channel.EMAIL, email_address(query.email)))
    if query.phone_number is not None:
        wanted.append((Channel.SMS, phone_number(query.phone_number)))
    matching = [await users.by_contact(work, channel, address) for channel, address in wanted]
    first = matching[0]
    return [first] if first is not None and all(one == first for one in matching) else []


async def _hashed(
    open_work: OpenWork, call: Call, password: str | None, account: Account
) -> bytes | None:
    """Hashed on a thread, outside any unit of work; a failure where the policy does not take it."""
    if password is None:
        return None
    async with open_work(reading=True) as work:
        policy = (await projects.settings(work)).password
    check_password(password, policy, account)
    return await call.server.crunch(PASSWORD.enrol, password)


def _is_second(credential: Credential) -> bool:
    return credential.kind in (Kind.SMS, Kind.EMAIL)


def _factor(credential: Credential) -> FactorSection:
    number = credential.address if credential.kind is Kind.SMS else None
    return FactorSection(type=credential.kind, phone_number=number)
