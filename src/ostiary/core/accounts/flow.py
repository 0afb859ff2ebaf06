"""Make a user, say something of them, forget them; find them."""

import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Conflict, Malformed, NotFound, Refused
from ostiary.terms.ids import UserId

from .. import administration, journal, proving, users
from ..proving.model import Dossier, Letter, Sent, Way
from ..users.model import Profile, User
from ..work import Work
from . import rules, store
from .model import Changes, Found, Newcomer, Search


async def open_account(work: Work, newcomer: Newcomer) -> Dossier:
    """Somebody new, whose addresses nobody has yet."""
    if newcomer.email is None and newcomer.phone_number is None:
        raise Malformed("identifier_missing")
    user = await users.create(
        work,
        rules.named(Profile(), newcomer.said),
        email=newcomer.email,
        email_verified=newcomer.email_verified,
        phone_number=newcomer.phone_number,
        phone_verified=newcomer.phone_verified,
    )
    await annotate(work, user, newcomer.said)
    if newcomer.pending:
        await users.pend(work, user.id, pending=True)
    return await proving.dossier(work, user.id)


async def invite(work: Work, newcomer: Newcomer, letter: Letter, way: Way) -> Sent | Refused:
    """A link to somebody new, who is pending until it comes back; or once more to who is so already."""
    await work.sql.hold(f"address {letter.email}")  # so that two who invite at once make one
    if await users.by_contact(work, Channel.EMAIL, letter.email) is None:
        await open_account(work, newcomer)
    return await proving.links.invite(work, letter, way)


async def change(work: Work, id: UserId, changes: Changes) -> Dossier:
    user = await locked(work, id)
    profile = rules.named(user.profile, changes)
    if profile != user.profile:
        await users.update_profile(work, id, profile)
        fields = [
            n for n in profile.__struct_fields__ if getattr(profile, n) != getattr(user.profile, n)
        ]
        await journal.record(work, "profile.updated", user=id, fields=fields)
    await annotate(work, user, changes)
    return await proving.dossier(work, id)


async def annotate(work: Work, user: User, changes: Changes) -> None:
    """Keep what an application says of the user with them."""
    before = rules.annotations(user)
    after = rules.annotated(before, changes)
    external_id = changes.external_id or user.external_id
    if after == before and external_id == user.external_id:
        return
    if not await users.annotate(work, user.id, external_id, msgspec.json.encode(after)):
        raise Conflict("external_id_taken", field="external_id")


async def forget_external_id(work: Work, id: UserId) -> Dossier:
    user = await locked(work, id)
    await users.annotate(work, id, None, user.metadata)
    return await proving.dossier(work, id)


async def close(work: Work, id: UserId) -> None:
    """Everything of the user but what the journal tells."""
    if not await administration.close(work, id):
        raise NotFound("user_not_found")


async def search(work: Work, search: Search) -> Found:
    """Those of whom this is true, oldest first."""
    found = await store.page(work, search, search.most + 1)
    page = found[: search.most]
    more = len(found) > len(page)
    whole = search.beyond is None and not more
    total = len(page) if whole else await store.count(work, search)
    return Found(users=await proving.dossiers(work, page), total=total, more=more)


async def locked(work: Work, id: UserId) -> User:
    user = await users.lock(work, id)
    if user is None:
        raise NotFound("user_not_found")
    return user
