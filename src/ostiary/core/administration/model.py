"""A person as an operator wants them."""

from msgspec import Struct

from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber

from ..users.model import Profile


class Account(Struct, frozen=True, kw_only=True):
    """All of it: what is not said here is not there."""

    profile: Profile = Profile()
    email: EmailAddress | None = None
    email_verified: bool = False
    phone_number: PhoneNumber | None = None
    phone_verified: bool = False

    def address(self, channel: Channel) -> str | None:
        return self.email if channel is Channel.EMAIL else self.phone_number

    def verified(self, channel: Channel) -> bool:
        return self.email_verified if channel is Channel.EMAIL else self.phone_verified
