"""Create a person with their contact points."""

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.failures import Conflict
from ostiary.terms.ids import UserId, spelled

from .. import journal, keys, messages
from ..messages.model import Notice, Person, Purpose
from ..work import Work
from . import store
from .model import Contact, Profile, User

GHOST = "nobody's id"  # the purpose its digest key is derived for


def ghost(work: Work, address: str) -> User:
    """Nobody, at this address: always the same nobody, so that what an unknown address is answered, and
    when it is throttled, does not tell it from a known one (AB-1)."""
    return no_one(work, UserId(spelled(keys.digest(work, GHOST, address.encode())[:16])))


def no_one(work: Work, id: UserId) -> User:
    """The nobody of this id."""
    return User(id=id, profile=Profile(), created_at=work.now, updated_at=work.now, ghost=True)


async def create(
    work: Work,
    profile: Profile,
    *,
    email: EmailAddress | None = None,
    email_verified: bool = False,
    phone_number: PhoneNumber | None = None,
    phone_verified: bool = False,
    id: UserId | None = None,
    ip: str | None = None,
) -> User:
    """A new person; `Conflict("email_taken" | "phone_taken")` where somebody has the address already."""
    id = id or UserId(work.new_id())
    await store.add(work, id, profile)
    if email and not await store.add_contact(
        work, id, Channel.EMAIL, email, work.now if email_verified else None
    ):
        raise Conflict("email_taken", field="email")
    if phone_number and not await store.add_contact(
        work, id, Channel.SMS, phone_number, work.now if phone_verified else None
    ):
        raise Conflict("phone_taken", field="phone_number")
    await journal.record(work, "user.created", user=id, ip=ip)
    created = await store.get(work, id)
    assert created is not None  # noqa: S101  written above, in this transaction
    return created


async def set_address(
    work: Work, user: User, channel: Channel, address: str, *, verified: bool, ip: str | None = None
) -> None:
    """The person's one address of this channel; `Conflict` where somebody else has it."""
    taken = "email_taken" if channel is Channel.EMAIL else "phone_taken"
    verified_at = work.now if verified else None
    contact = user.contact_id(channel)
    if contact is None:
        done = await store.add_contact(work, user.id, channel, address, verified_at)
    else:
        done = await store.move_contact(work, contact, address, verified_at)
    if not done:
        raise Conflict(taken, field="email" if channel is Channel.EMAIL else "phone_number")
    await store.touch(work, user.id)
    await journal.record(work, "contact.changed", user=user.id, ip=ip, channel=channel)


async def remove_contact(work: Work, contact: Contact) -> None:
    """This address is the person's no longer; where it was the profile's, the oldest that is left is."""
    await store.drop_contact(work, contact.id)
    if contact.is_primary:
        await store.promote(work, contact.user_id, contact.channel)
    await store.touch(work, contact.user_id)
    await journal.record(work, "contact.removed", user=contact.user_id, channel=contact.channel)


async def drop_address(work: Work, user: User, channel: Channel) -> None:
    """The person cannot be reached by this channel any more."""
    contact = user.contact_id(channel)
    if contact is not None:
        await store.drop_contact(work, contact)
        await store.promote(work, user.id, channel)
        await store.touch(work, user.id)
        await journal.record(work, "contact.removed", user=user.id, channel=channel)


def person(user: User) -> Person:
    """What a message may say of its reader."""
    return Person(
        email=user.email,
        phone_number=user.phone_number,
        lang=user.profile.locale,
        given_name=user.profile.given_name,
        family_name=user.profile.family_name,
    )


async def notify_others(
    work: Work, user: User, besides: str, notice: Notice, *, client_name: str
) -> None:
    """Tell every verified contact but one what changed (S1, REC-8), what has just been the profile's among them."""
    profile = (
        (Channel.EMAIL, user.email, user.email_verified_at),
        (Channel.SMS, user.phone_number, user.phone_verified_at),
    )
    known = await store.contacts_of(work, user.id)
    others = ((one.channel, one.address, one.verified_at) for one in known)
    told = {
        address: channel
        for channel, address, verified_at in (*profile, *others)
        if address is not None and verified_at is not None and address != besides
    }
    for address, channel in told.items():
        await messages.queue(
            work,
            Purpose.SECURITY_NOTICE,
            channel,
            address,
            person(user),
            client_name=client_name,
            action=notice,
        )
