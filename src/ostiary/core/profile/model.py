"""What a person changes of themselves."""

from msgspec import Struct

from ostiary.terms.secret import Secret


class PasswordChange(Struct, frozen=True, kw_only=True):
    new: Secret
    old: Secret | None = None
    ip: str | None = None
