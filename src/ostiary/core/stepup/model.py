"""What a step-up begins from, and what it ends in."""

from msgspec import Struct

from ostiary.terms.contact import Channel
from ostiary.terms.secret import Token

from ..sessions.model import Session
from ..tokens.model import Access
from ..transactions.model import Transaction


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
