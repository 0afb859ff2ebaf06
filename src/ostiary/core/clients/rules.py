"""What a client may ask for, and what it gets when it asks for nothing in particular."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec.structs import replace

from ostiary.terms.failures import Forbidden, Malformed

from .model import SCOPES, AuthorizationRequest, Client, GrantType

PKCE_METHOD = "S256"  # RFC 9700 §2.1.1; `plain` is refused
_RUN_OR_READ = {
    "javascript",
    "vbscript",
    "data",
    "blob",
    "file",
    "filesystem",
    "about",
    "view-source",
}
CHALLENGE_LENGTH = 43  # characters: base64url of a SHA-256 (RFC 7636 §4.2)


def granted_scope(client: Client, asked: str | None) -> str:
    """Of the scopes asked for, those the client is allowed, in the order asked; its default for none."""
    wanted = asked or client.default_scope
    return " ".join(dict.fromkeys(scope for scope in wanted.split() if scope in client.scopes))


def unattended_scope(client: Client, asked: str | None) -> str:
    """As `granted_scope`, without what only a person could give: an application's own scopes are left."""
    scopes = granted_scope(client, asked).split()
    return " ".join(scope for scope in scopes if scope not in SCOPES)


def check_redirect(client: Client, redirect_uri: str | None) -> None:
    """Byte for byte one of the client's own (RFC 9700 §2.1)."""
    if redirect_uri is not None and redirect_uri not in client.redirect_uris:
        raise Forbidden("redirect_uri_not_allowed", field="redirect_uri")


def check_pkce(client: Client, request: AuthorizationRequest) -> None:
    """S256 for every public client, and for whoever sends a challenge (RFC 9700 §2.1.1)."""
    if request.code_challenge is None:
        if client.public or request.code_challenge_method is not None:
            raise Malformed("pkce_required", field="code_challenge")
        return
    if request.code_challenge_method != PKCE_METHOD:
        raise Malformed("pkce_method_unsupported", field="code_challenge_method")
    if len(request.code_challenge) != CHALLENGE_LENGTH:
        raise Malformed("pkce_challenge_malformed", field="code_challenge")


def accept(client: Client, asked: AuthorizationRequest) -> AuthorizationRequest:
    """The request as it will be kept and answered; a failure where this client may not ask it.

    Without a redirect URI the code is bound to one of the client's own origins at redemption.
    """
    check_redirect(client, asked.redirect_uri)
    if GrantType.AUTHORIZATION_CODE not in client.grants:
        raise Forbidden("response_type_not_allowed", field="response_type")
    if asked.response_type != "code":
        raise Malformed("response_type_unsupported", field="response_type")
    if asked.redirect_uri is None and not client.origins:
        raise Malformed("redirect_uri_missing", field="redirect_uri")
    check_pkce(client, asked)
    return replace(asked, scope=granted_scope(client, asked.scope))


def redeemable_with(
    client: Client, request: AuthorizationRequest, redirect_uri: str | None
) -> bool:
    """Does the token request name the redirect URI that the code was bound to, byte for byte?"""
    if request.redirect_uri is not None:
        return redirect_uri == request.redirect_uri
    return redirect_uri is None or redirect_uri in client.origins


def check_grant(client: Client, grant: GrantType) -> None:
    """Only what its configuration lists; and who cannot keep a secret acts for nobody (RFC 6749 §4.4)."""
    alone = grant is GrantType.CLIENT_CREDENTIALS and client.public
    if grant not in client.grants or alone:
        raise Forbidden("grant_not_allowed", field="grant_type")


def unfit(uri: str) -> str | None:
    """Why nobody may be led to this address, if nobody may.

    https, the loopback interface, or an app's own scheme (RFC 8252 §7); whole, so that it can be compared byte
    for byte; and never one that a browser runs or reads instead of asking somebody for it (OA-1).
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return "is not a URI"
    if not parts.scheme or "#" in uri or "*" in uri or any(c.isspace() for c in uri):
        return "is not an absolute URI to compare"
    if parts.scheme in _RUN_OR_READ:
        return "leads to no page of an application"
    if "@" in parts.netloc:
        return "names a user"
    if parts.scheme in ("https", "http") and not host:
        return "names no host"
    if parts.scheme == "http" and not _on_this_machine(host or ""):
        return "is neither https nor on this machine"
    return None


def _on_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
