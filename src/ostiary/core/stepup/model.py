"""What a step-up begins from, and what it ends in."""

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from ostiary.terms.assurance import Acr
from ostiary.terms.contact import Channel
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from ..credentials.model import Credential
from ..sessions.model import Session
from ..tokens.model import Access
from ..transactions.model import Transaction


class Operation(StrEnum):
    """What a second factor may be asked for (M6)."""

    LOG_IN = "log_in"
    ADD_CREDENTIAL = "add_credential"
    REMOVE_CREDENTIAL = "remove_credential"
    CHANGE_ADDRESS = "change_address"  # of an e-mail or phone number that is a second factor


class Requirement(Struct, frozen=True):
    """An assurance, resting on a second factor proved at most `max_age` seconds ago."""

    acr: Acr
    max_age: Seconds | None = None


class Satisfied(Struct, frozen=True):
    """Go ahead; nothing more to prove."""


class Prove(Struct, frozen=True):
    """One of these, and then ask again. None of them: it can only be done in another dialect."""

    choices: tuple[Credential, ...]


class Unreachable(Struct, frozen=True):
    """No enrolled credential can get there."""


Decision: TypeAlias = Satisfied | Prove | Unreachable


class Evidence(Struct, frozen=True, kw_only=True):
    """What a request brought along to say who it is for. `session_secret`: the SSO cookie."""

    tkn: Token | None = None
    access: Access | None = None
    session_secret: Token | None = None


class Begun(Struct, frozen=True):
    """The step-up token, and the channels that would complete it."""

    token: Token
    channels: tuple[Channel, ...]


class Completed(Struct, frozen=True):
    """The raised session, its new secret, and the transaction whose request is to be answered."""

    session: Session
    secret: Token
    transaction: Transaction
