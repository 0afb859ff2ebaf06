"""Where a person can be reached, in one spelling each."""

import unicodedata
from enum import StrEnum
from typing import NewType

import email_validator
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from .failures import Malformed

EmailAddress = NewType("EmailAddress", str)  # lower case throughout: one mailbox, one spelling
PhoneNumber = NewType("PhoneNumber", str)  # E.164

# `.local`, `.test` and `.localhost` have mailboxes where people host things themselves; the library's
# documentation names this list as the way to say so.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

LONGEST_INPUT = 320  # characters: RFC 3696 erratum 1690 allows 254 in an address

_COSTLY = {
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.UAN,
}

# ISO 3166: the countries that have numbers, and the seven that have none of their own
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS) | {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"  # another way to a phone number, with the words of an SMS

    @property
    def address(self) -> "Channel":
        """The sort of address that is reached this way."""
        return Channel.SMS if self is Channel.WHATSAPP else self


ADDRESSES = (Channel.SMS, Channel.EMAIL)  # what a contact point or a template is of


def email_address(text: str) -> EmailAddress:
    """Its one spelling; `Malformed("email_malformed")` where it is none (RFC 5321 §4.1.2)."""
    if len(text) > LONGEST_INPUT:
        raise Malformed("email_malformed", field="email")
    try:
        valid = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as invalid:
        raise Malformed("email_malformed", field="email") from invalid
    return EmailAddress(valid.normalized.lower())


def phone_number(text: str) -> PhoneNumber:
    """Its E.164 spelling; `Malformed` where it is no number, or one that charges its caller."""
    spelled = unicodedata.normalize("NFKC", text).strip()
    if len(spelled) > LONGEST_INPUT:
        raise Malformed("phone_malformed", field="phone_number")
    if spelled.startswith("00"):
        spelled = "+" + spelled[2:]
    try:
        number = phonenumbers.parse(spelled)
    except phonenumbers.NumberParseException as invalid:
        raise Malformed("phone_malformed", field="phone_number") from invalid
    if not phonenumbers.is_valid_number(number):
        raise Malformed("phone_malformed", field="phone_number")
    if phonenumbers.number_type(number) in _COSTLY:
        raise Malformed("phone_not_allowed", field="phone_number")
    return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def country_of(number: PhoneNumber) -> str | None:
    """The ISO 3166 code of the country a number belongs to, where it has one."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(number))
