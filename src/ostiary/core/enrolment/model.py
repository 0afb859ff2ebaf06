"""Adding a second factor."""

from typing import TypeAlias

from msgspec import Struct

from ..credentials.model import Credential


class CodeSent(Struct, frozen=True):
    """The credential is enabled once the code that was sent is given back."""


class Enabled(Struct, frozen=True):
    """The address was verified before: nothing was sent, the credential counts from now on (M9)."""

    credential: Credential


Started: TypeAlias = CodeSent | Enabled
