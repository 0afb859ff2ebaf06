"""Authorization requests on their way to an answer."""

from msgspec import Struct

from ostiary.terms.ids import UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from ..clients.model import AuthorizationRequest


class Asking(Struct, frozen=True, kw_only=True):
    """Who asks. `interactive`: there is a page where they could be sent to log in."""

    tkn: Token | None = None
    named_tkn: bool = False  # a `tkn` was sent, readable or not
    waiting: Token | None = None  # names the request that sent the person to log in elsewhere
    named_waiting: bool = False
    session_secret: Token | None = None
    device: Token | None = None  # the trusted-device cookie
    interactive: bool = False
    ip: str | None = None


class Answered(Struct, frozen=True, kw_only=True):
    """A code for the request; the secret of the session it rests on, which lives that long from now."""

    code: str
    request: AuthorizationRequest
    session_secret: Token
    session_lifetime: Seconds
    user_id: UserId
