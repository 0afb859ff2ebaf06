"""What an application asks for when it has one factor proved, and what it gets."""

from typing import NamedTuple

from msgspec import Struct

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.ids import CredentialId, SessionId, UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds

from ..credentials.model import Credential
from ..factors.model import Described
from ..sessions.model import AS_IT_IS, Asked, Session
from ..transactions.model import Transaction
from ..users.model import Contact, User


class Named(Struct, frozen=True, kw_only=True):
    """A session as its application names it: by its secret, or by what a signed token says of it."""

    secret: Token | None = None
    id: SessionId | None = None
    generation: str = ""


class Wish(Struct, frozen=True, kw_only=True):
    """Which session the proof goes to, None where it begins one; and what is wanted of that session."""

    session: Named | None = None
    asked: Asked = AS_IT_IS


class Address(Struct, frozen=True, kw_only=True):
    """Where a user can be reached. `id`: of the second factor it is, else of the contact point.

    `tentative`: the transaction that adds it; until its code comes back it is nobody's.
    """

    id: str
    user_id: UserId
    channel: Channel
    text: str
    verified: bool
    credential: Credential | None = None
    tentative: Transaction | None = None


class Dossier(Struct, frozen=True, kw_only=True):
    """A user with everything that is theirs. `unfinished`: enrolments that wait for their proof."""

    user: User
    contacts: tuple[Contact, ...]
    credentials: tuple[Credential, ...]
    unfinished: tuple[Transaction, ...]

    def of_kind(self, kind: Kind) -> tuple[Credential, ...]:
        return tuple(credential for credential in self.credentials if credential.kind is kind)

    def credential(self, id: str) -> Credential | None:
        return next((one for one in self.credentials if one.id == CredentialId(id)), None)


class Sent(Struct, frozen=True, kw_only=True):
    """A code or a link is on its way to this address. `created`: the user is new."""

    user_id: UserId
    address_id: str
    created: bool = False


class Authenticated(Struct, frozen=True, kw_only=True):
    """The factor is proved. `session` and its `secret`: None where none was asked for. `reset`: others ended."""

    dossier: Dossier
    proof: Proof
    session: Session | None = None
    secret: Token | None = None
    reset: bool = False


class Offered(Struct, frozen=True, kw_only=True):
    """An authenticator app that waits for its first code. Its secret is told here, and nowhere again."""

    dossier: Dossier
    id: str
    secret: bytes
    codes: tuple[str, ...]


class App(Struct, frozen=True, kw_only=True):
    """An authenticator app, and the recovery codes that are left of it. Not `verified`: it waits for its first code."""

    id: str
    verified: bool
    codes: tuple[str, ...]


class Attributes(NamedTuple):
    """Of the person, as the application says: kept with what is sent, and compared where it wants that."""

    ip: str | None = None
    user_agent: str | None = None


class Message(Struct, frozen=True, kw_only=True):
    """One code to be sent. `lifetime`: of the code; `channel`: how it goes to the address."""

    channel: Channel
    address: str
    lifetime: Seconds
    attributes: Attributes = Attributes()
    locale: str | None = None


class Way(Struct, frozen=True, kw_only=True):
    """Where a link leads, None for the project's own page, and for how long. `field`: how its caller calls it."""

    field: str
    lifetime: Seconds
    uri: str | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """One link to be sent. `query`: what its page is told, the secret last; `challenge`: of a proof key."""

    email: str
    query: str
    attributes: Attributes = Attributes()
    challenge: str | None = None
    locale: str | None = None


class Matching(NamedTuple):
    """Which attributes must be those that were given when the code or link was sent."""

    ip: bool = False
    user_agent: bool = False


ANYWHERE = Matching()


class Wanted(Struct, frozen=True, kw_only=True):
    """A new passkey. `agent`: the person's browser; `handle`, `name`, `display_name`: of its owner, where
    the application has its own."""

    domain: str
    agent: str = ""
    handle: str | None = None
    name: str | None = None
    display_name: str | None = None


class Registration(Struct, frozen=True, kw_only=True):
    """A passkey as it is shown to applications."""

    credential: Credential
    described: Described
