"""Getting in: what a person brings, and what a first factor earns them."""

from msgspec import Struct

from ostiary.terms.assurance import Proof
from ostiary.terms.contact import Channel, EmailAddress, PhoneNumber
from ostiary.terms.ids import ClientId, UserId
from ostiary.terms.secret import Secret, Token

from ..clients.model import AuthorizationRequest
from ..transactions.model import Transaction
from ..users.model import Profile, User


class Attempt(Struct, frozen=True, kw_only=True):
    channel: Channel  # which sort of address names the person
    address: str
    password: Secret
    ip: str | None = None
    country: str | None = None  # where that address is, where the operator has a map
    device: Token | None = None  # the trusted-device cookie


class PasswordLogin(Attempt, frozen=True, kw_only=True):
    client_id: ClientId


class SignUp(Struct, frozen=True, kw_only=True):
    client_id: ClientId
    profile: Profile
    password: Secret
    email: EmailAddress | None = None
    phone_number: PhoneNumber | None = None
    ip: str | None = None


class LoggedIn(Struct, frozen=True, kw_only=True):
    """`tkn`: good once, within a minute. `mfa_required`: good for a step-up and nothing else.

    `request`: what was asked for with the code or the link that let them in, and is not answered by it alone.
    """

    user_id: UserId
    tkn: Token
    mfa_required: bool = False
    device: Token | None = None  # the trusted-device cookie's next value, where it was used
    request: AuthorizationRequest | None = None
    client_id: ClientId | None = None  # whose page goes on with it


class Proved(Struct, frozen=True, kw_only=True):
    """A first factor, proved without a password, and the transaction whose request it answers."""

    user: User
    proof: Proof
    transaction: Transaction
