"""Who asks for a passkey, from where, and what nobody's passkeys look like."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from ostiary.terms.failures import Forbidden
from ostiary.terms.ids import UserId, bytes_of

from ..clients.model import Client
from ..credentials.model import Credential
from ..factors import PASSKEY
from ..tokens.model import Grant
from ..transactions.model import Transaction
from ..users.model import User
from .model import Known, Owner, Passkey

# Lengths of the ids that widespread authenticators give: password managers, Apple's, Google's.
_ID_SIZES = (16, 20, 32)


def available(public_url: str) -> bool:
    return PASSKEY.domain_of(public_url) is not None


def relying_party(public_url: str) -> str:
    """The RP ID: the domain that this server shares with its applications, by the list of public suffixes."""
    host = PASSKEY.domain_of(public_url)
    if host is None:
        raise Forbidden("passkeys_off")
    return _registrable(host)


@lru_cache(maxsize=1024)
def _registrable(host: str) -> str:
    from publicsuffixlist import PublicSuffixList  # its table is needed once for a host, and by few

    return PublicSuffixList().privatesuffix(host) or host


def may_ask(origin: str, domain: str) -> bool:
    """Does a browser let a page of this origin use passkeys of this domain (Web Authentication Level 3 §5.1.2)?

    Of its own host, or of one above that somebody can own; from a page that nobody on the way can change.
    """
    host = PASSKEY.domain_of(origin)
    if host is None:
        return False
    on_this_machine = host == "localhost" or host.endswith(".localhost")
    if not on_this_machine and urlsplit(origin).scheme != "https":
        return False
    return host == domain or (
        f".{host}".endswith(f".{domain}") and f".{domain}".endswith(f".{_registrable(host)}")
    )


def usable_at(relying_party: str, passkeys: Iterable[Credential]) -> tuple[Credential, ...]:
    """Those that were made for this domain: no browser shows the others there."""
    return tuple(
        passkey
        for passkey in passkeys
        if PASSKEY.describe(passkey.state).relying_party == relying_party
    )


def check_origin(client: Client, origin: str) -> None:
    """Exactly one of the client's own (WA-2)."""
    if origin not in client.origins:
        raise Forbidden("origin_not_allowed", field="origin")


def began(transaction: Transaction, grant: Grant) -> bool:
    """Did this person, in this session, at this application begin that?"""
    return (transaction.user_id, transaction.session_id, transaction.client_id) == (
        grant.user_id,
        grant.session_id,
        grant.client_id,
    )


def passkey(credential: Credential) -> Passkey:
    described = PASSKEY.describe(credential.state)
    return Passkey(
        id=credential.id,
        name=described.name,
        aaguid=described.aaguid,
        created_at=credential.created_at,
        used_at=credential.proved_at,
    )


def known(credential: Credential) -> Known:
    return Known(id=credential.address, transports=PASSKEY.describe(credential.state).transports)


def handle(user: UserId) -> bytes:
    """What a passkey says of its owner: as opaque as the id it is made of (§14.6.1)."""
    return bytes_of(user)


def owner(user: User, own: bytes = b"") -> Owner:
    """`own`: what the application has a passkey say of them instead."""
    name = user.email or user.phone_number or user.profile.full_name or user.id
    return Owner(
        handle=encoded(own or handle(user.id)),
        name=name,
        display_name=user.profile.full_name or name,
    )


def encoded(raw: bytes) -> str:
    """Base64url, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def nobodys_id(shape: bytes, filling: bytes) -> str:
    """An id such as an authenticator gives. Both are keyed digests, each of its own text (AB-2)."""
    return encoded(filling[: _ID_SIZES[shape[0] % len(_ID_SIZES)]])
