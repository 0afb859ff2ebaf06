"""A client as it is written, and as the core keeps it."""

import re
from collections.abc import Iterator
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from ostiary.core import clients
from ostiary.core.clients.model import SCOPES, Client, GrantType
from ostiary.core.keys.model import Algorithm
from ostiary.core.work import Work
from ostiary.terms.ids import ClientId

from ..checking import Nonsense, Wrong, nearest, unknown

_OWN_SCOPE = re.compile(r"(?=.*[:./])[!#-\[\]-~]+")  # RFC 6749 §3.3
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[!-~]+$")]


class ClientSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    client_id: Id
    name: str | None = None
    public: bool = True
    client_secret: str | None = None
    grants: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    login_url: str | None = None
    scopes: tuple[str, ...] = SCOPES
    default_scope: str | None = None
    id_token_signed_response_alg: Algorithm = Algorithm.ES256
    step_up_by_access_token: bool = True


def client_from(work: Work, section: ClientSection, before: Client | None) -> Client:
    """The client this section is. A secret that is not named stays, and so does the digest of one that is the same."""
    secret, kept = section.client_secret, before.secret_digest if before else None
    if section.public:
        kept = None
    elif secret is not None and (kept is None or not clients.secret_matches(work, secret, kept)):
        kept = clients.digest_secret(work, secret)
    return Client(
        id=ClientId(section.client_id),
        name=section.name or section.client_id,
        public=section.public,
        secret_digest=kept,
        grants=section.grants,
        redirect_uris=section.redirect_uris,
        post_logout_redirect_uris=section.post_logout_redirect_uris,
        origins=section.origins,
        login_url=section.login_url,
        scopes=section.scopes,
        default_scope=section.default_scope or _usual_scope(section.scopes),
        id_token_signed_response_alg=section.id_token_signed_response_alg,
        step_up_by_access_token=section.step_up_by_access_token,
    )


def section_of(client: Client) -> ClientSection:
    """The client as it would be written; its secret is never given back (ADM-4)."""
    return ClientSection(
        client_id=client.id,
        name=client.name,
        public=client.public,
        grants=client.grants,
        redirect_uris=client.redirect_uris,
        post_logout_redirect_uris=client.post_logout_redirect_uris,
        origins=client.origins,
        login_url=client.login_url,
        scopes=client.scopes,
        default_scope=client.default_scope,
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        step_up_by_access_token=client.step_up_by_access_token,
    )


def check_client(section: ClientSection, *, has_secret: bool = False, where: str = "") -> None:
    """`Nonsense` where this cannot be a client. `has_secret`: it has one already."""
    if wrongs := tuple(_wrongs(section, has_secret, f"{where}." if where else "")):
        raise Nonsense(*wrongs)


def _wrongs(section: ClientSection, has_secret: bool, where: str) -> Iterator[Wrong]:
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(section, name):
            if why := clients.unfit(uri):
                yield Wrong(path=f"{where}{name}", message=f"{uri!r} {why}")
    if section.login_url and (why := clients.unfit(section.login_url)):
        yield Wrong(path=f"{where}login_url", message=f"{section.login_url!r} {why}")
    yield from _wrong_scopes(section, where)
    if section.public and GrantType.CLIENT_CREDENTIALS in section.grants:
        message = "client_credentials is for clients that keep a secret (RFC 6749 §4.4)"
        yield Wrong(path=f"{where}grants", message=message)
    for origin in section.origins:
        parts = urlsplit(origin)
        if f"{parts.scheme}://{parts.netloc}" != origin or not parts.netloc:
            yield Wrong(path=f"{where}origins", message=f"{origin!r} is not an origin")
    if not section.public and not section.client_secret and not has_secret:
        message = "a confidential client needs a client_secret"
        yield Wrong(path=f"{where}client_secret", message=message)


def _wrong_scopes(section: ClientSection, where: str) -> Iterator[Wrong]:
    """Ours are known by name; an application's own have a `:`, `.` or `/`, so that a slip is no new scope."""
    for name in section.scopes:
        if name not in SCOPES and not _OWN_SCOPE.fullmatch(name):
            yield unknown(name, SCOPES, f"{where}scopes", f"scope {name!r}")
    for name in (section.default_scope or "").split():
        if name not in section.scopes:
            message = f"{name!r} is not among the scopes"
            near = nearest(name, section.scopes)
            yield Wrong(path=f"{where}default_scope", message=message, nearest=near)


def _usual_scope(scopes: tuple[str, ...]) -> str:
    return " ".join(scope for scope in scopes if scope != "address")
