"""A person as they are written, and as the core keeps them."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from ostiary.core.administration.model import Account
from ostiary.core.users.model import Profile
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed

from ..checking import Nonsense, Wrong

A = TypeVar("A")
_FACTORS = (Kind.SMS, Kind.EMAIL)  # what can be registered for somebody else


class Contacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a person can be reached."""

    email: str | None = None
    email_verified: bool = False
    phone_number: str | None = None
    phone_number_verified: bool = False


class FactorSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    phone_number: str | None = None


class UserSection(Contacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    mfa: tuple[FactorSection, ...] = ()


def account_from(person: Contacts, where: str = "") -> Account:
    """What the core is to keep of them: contacts, and whatever else is part of a profile."""
    if not person.email and not person.phone_number:
        raise Nonsense(Wrong(path=where, message="an email or a phone_number is needed"))
    said = {name: getattr(person, name, None) for name in Profile.__struct_fields__}
    return Account(
        profile=Profile(**said),
        email=_read(email_address, person.email, _at(where, "email")),
        email_verified=person.email_verified,
        phone_number=_read(phone_number, person.phone_number, _at(where, "phone_number")),
        phone_verified=person.phone_number_verified,
    )


def factors_from(
    person: Contacts, factors: tuple[FactorSection, ...], where: str = ""
) -> tuple[tuple[Kind, str], ...]:
    """Second factors, each with the address its codes go to; e-mail is always the profile's own."""
    found = []
    for index, factor in enumerate(factors):
        at = _at(where, f"mfa[{index}]")
        if factor.type not in _FACTORS:
            raise Nonsense(Wrong(path=f"{at}.type", message=f"is {' or '.join(_FACTORS)}"))
        if factor.type == Kind.EMAIL:
            if not person.email:
                raise Nonsense(Wrong(path=at, message="is sent to the email, and there is none"))
            found.append((Kind.EMAIL, ""))
        else:
            found.append((Kind.SMS, address_from(Channel.SMS, factor.phone_number or "", at)))
    return tuple(found)


def address_from(channel: Channel, text: str, path: str) -> str:
    """The address in its one spelling; `Nonsense` where it is none."""
    address = _read(email_address if channel is Channel.EMAIL else phone_number, text, path)
    return address or ""


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _read(read: Callable[[str], A], text: str | None, path: str) -> A | None:
    if text is None:
        return None
    try:
        return read(text)
    except Malformed as malformed:
        message = malformed.reason.replace("_", " ")
        raise Nonsense(Wrong(path=path, message=message)) from malformed
