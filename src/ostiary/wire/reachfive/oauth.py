"""OAuth 2.1 and OpenID Connect: authorize, token, revoke, introspect; and logging out."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import authorization, clients, grants, tokens
from ostiary.core.authorization.model import Answered, Asking
from ostiary.core.clients.model import AuthorizationRequest, Client
from ostiary.core.grants.model import TokenRequest
from ostiary.core.tokens.model import Minted
from ostiary.core.work import OpenWork, Work
from ostiary.terms.failures import Forbidden, Malformed, Refused, Unauthenticated
from ostiary.terms.secret import parse_token
from ostiary.terms.time import Seconds

from .. import sso, trusted
from ..http import Call, json, no_content, see_other
from . import pages
from .errors import SPEAKER, refusal
from .words import AuthParameters, Long, Text, asked


class AuthorizeQuery(AuthParameters, frozen=True, kw_only=True):
    tkn: Text | None = None
    r5_request_token: Text | None = None
    provider: Text | None = None
    max_age: int | None = None
    acr_values: Text | None = None


class TokenBody(Struct, frozen=True, kw_only=True):
    grant_type: Text | None = None
    client_id: Text | None = None
    client_secret: Text | None = None
    code: Text | None = None
    redirect_uri: Text | None = None
    code_verifier: Text | None = None
    refresh_token: Text | None = None
    username: Text | None = None
    password: Long | None = None
    scope: Text | None = None


class TokenSet(Struct, frozen=True, kw_only=True):
    access_token: str
    token_type: str
    expires_in: int
    scope: str
    id_token: str | UnsetType = UNSET
    refresh_token: str | UnsetType = UNSET


class TokenToRevoke(Struct, frozen=True, kw_only=True):
    token: Long
    client_id: Text | None = None
    client_secret: Text | None = None
    token_type_hint: Text | None = None


class LogoutQuery(Struct, frozen=True, kw_only=True):
    redirect_to: Text | None = None
    post_logout_redirect_uri: Text | None = None
    state: Text | None = None


async def authorize(work: Work, call: Call) -> Response:
    """A code for whoever is logged in here, or has just proved it by a `tkn`.

    A bad client or redirect URI is never redirected to (OA-2), though a page of a known client that waits for
    a message hears of it; everything else is answered where the client asked for it.
    """
    query: AuthorizeQuery = call.body
    client = await clients.get(work, query.client_id)
    clients.check_redirect(client, query.redirect_uri)
    if _nowhere(query) and query.r5_request_token is None:
        raise Malformed("redirect_uri_missing", field="redirect_uri")
    try:
        if query.provider is not None:
            raise Forbidden("provider_not_configured", field="provider")
        if query.r5_request_token is not None:
            request = AuthorizationRequest(client_id=client.id)  # the one that waits is answered
        else:
            request = clients.accept(client, _request(query, client))
        outcome = await authorization.authorize(work, request, _asking(query, call, client))
    except (Malformed, Forbidden) as failure:
        if _nowhere(query):
            return pages.failure(failure, call)
        return _deliver(call, client, query, SPEAKER.fields(failure, call))
    if isinstance(outcome, Refused):
        if outcome.reason == "login_required" and client.login_url and _interactive(query):
            token = query.r5_request_token or await authorization.log_in_elsewhere(work, request)
            return see_other(with_query(client.login_url, {"r5_request_token": str(token)}))
        if _nowhere(query):
            return pages.refusal(outcome, call)
        return _deliver(call, client, query, SPEAKER.fields(outcome, call))
    if query.r5_request_token is not None:
        response = await _answer_waiting(work, call, outcome)
    else:
        response = _deliver(call, client, query, {"code": outcome.code})
    return sso.remember(response, outcome)


def _request(query: AuthorizeQuery, client: Client) -> AuthorizationRequest:
    return replace(
        asked(query, client.id),
        prompt=tuple((query.prompt or "").split()),
        max_age=None if query.max_age is None else Seconds(max(0, query.max_age)),
        acr_values=tuple((query.acr_values or "").split()),
    )


def _asking(query: AuthorizeQuery, call: Call, client: Client) -> Asking:
    return Asking(
        tkn=parse_token(query.tkn or ""),
        named_tkn=query.tkn is not None,
        waiting=parse_token(query.r5_request_token or ""),
        named_waiting=query.r5_request_token is not None,
        session_secret=sso.read(call),
        device=trusted.read(call),
        interactive=client.login_url is not None and _interactive(query),
        ip=call.ip,
    )


def _nowhere(query: AuthorizeQuery) -> bool:
    """Is no place named for the answer? A login page names none: it is the request that waits that does."""
    return query.redirect_uri is None and query.response_mode != "web_message"


def _interactive(query: AuthorizeQuery) -> bool:
    """May a person be sent to a login page? Not where a script waits for the answer."""
    prompts = (query.prompt or "").split()
    return query.response_mode != "web_message" and "none" not in prompts and query.tkn is None


async def _answer_waiting(work: Work, call: Call, answered: Answered) -> Response:
    """The answer goes where the request that waited wants it, not where this one says."""
    request = answered.request
    if request.redirect_uri is None:
        return pages.failure(Malformed("redirect_uri_missing", field="redirect_uri"), call)
    parameters = {"code": answered.code, "iss": work.issuer}
    if request.state is not None:
        parameters["state"] = request.state
    return see_other(with_query(request.redirect_uri, parameters))


def _deliver(
    call: Call, client: Client, query: AuthorizeQuery, parameters: dict[str, Any]
) -> Response:
    """The answer, where and how it was asked for; always with `iss` (RFC 9207, OA-6) and `state`."""
    answer = parameters | {"iss": call.server.public_url}
    if query.state is not None:
        answer["state"] = query.state
    if query.redirect_uri is None or query.response_mode == "web_message":
        return pages.web_message(
            answer, _listeners(client, query.redirect_uri), client.origins, call
        )
    if (query.response_mode or _default_mode(query.response_type)) == "fragment":
        return see_other(f"{query.redirect_uri}#{urlencode(answer)}")
    return see_other(with_query(query.redirect_uri, answer))


def _default_mode(response_type: str) -> str:
    """Where a client looks for the answer that did not say (OAuth 2.0 Multiple Response Types §5)."""
    return "query" if {"token", "id_token"}.isdisjoint(response_type.split()) else "fragment"


def _listeners(client: Client, redirect_uri: str | None) -> tuple[str, ...]:
    """The page origins that may hear the message: that of the redirect URI, else the client's own."""
    return client.origins if redirect_uri is None else (clients.origin_of(redirect_uri),)


def with_query(uri: str, parameters: dict[str, Any]) -> str:
    separator = "&" if urlsplit(uri).query else "?"
    return f"{uri}{separator}{urlencode(parameters)}"


async def token(work: Work, call: Call) -> Response:
    """Tokens for a code, a refresh token, a client's own secret, or a password."""
    return _tokens(await grants.exchange(work, _asked(call)), call)


async def token_slowly(open_work: OpenWork, call: Call) -> Response:
    """As `token`, for a grant that must not hold a unit of work."""
    return _tokens(await grants.exchange_slowly(open_work, call.server.crunch, _asked(call)), call)


def is_slow(call: Call) -> bool:
    body: TokenBody = call.body
    return body.grant_type in grants.SLOW


def _asked(call: Call) -> TokenRequest:
    body: TokenBody = call.body
    client_id, secret = credentials(call, body.client_id, body.client_secret)
    return TokenRequest(
        grant_type=body.grant_type,
        client_id=client_id,
        client_secret=secret,
        code=body.code,
        redirect_uri=body.redirect_uri,
        code_verifier=body.code_verifier,
        refresh_token=body.refresh_token,
        username=body.username,
        password=body.password,
        scope=body.scope,
        ip=call.ip,
    )


def _tokens(outcome: Minted | Refused, call: Call) -> Response:
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    return json(
        TokenSet(
            access_token=outcome.access_token,
            token_type="Bearer",
            expires_in=outcome.expires_in,
            scope=outcome.scope,
            id_token=outcome.id_token or UNSET,
            refresh_token=outcome.refresh_token or UNSET,
        )
    )


async def revoke(work: Work, call: Call) -> Response:
    """End a token (RFC 7009). What is unknown is no error."""
    body: TokenToRevoke = call.body
    client = await clients.authenticate(
        work, *credentials(call, body.client_id, body.client_secret)
    )
    await tokens.revoke(work, client, body.token)
    return no_content()


async def introspect(work: Work, call: Call) -> Response:
    """What a token says and whether it still holds (RFC 7662), for a confidential client."""
    body: TokenToRevoke = call.body
    client = await clients.authenticate(
        work, *credentials(call, body.client_id, body.client_secret)
    )
    if client.public:
        raise Unauthenticated("client_authentication_failed")
    claims = await tokens.introspect(work, client, body.token)
    return json({"active": False} if claims is None else {"active": True, **claims})


async def logout(work: Work, call: Call) -> Response:
    """End the SSO session, then on to a page that a client has registered."""
    query: LogoutQuery = call.body
    target = query.redirect_to or query.post_logout_redirect_uri
    if target is not None and not await _leads_out(work, target):
        return pages.failure(Forbidden("redirect_uri_not_allowed", field="redirect_to"), call)
    await authorization.log_out(work, sso.read(call), ip=call.ip)
    if target is None:
        return sso.forget(pages.logged_out(call))
    if query.state is not None:
        target = with_query(target, {"state": query.state})
    return sso.forget(see_other(target))


async def _leads_out(work: Work, target: str) -> bool:
    known = (await clients.registry(work)).by_id.values()
    return any(target in client.post_logout_redirect_uris for client in known)


def credentials(
    call: Call, client_id: str | None, client_secret: str | None
) -> tuple[str | None, str | None]:
    """The client's id and secret, from the header or from the body, never from both (RFC 6749 §2.3)."""
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return client_id, client_secret
    if client_secret is not None:
        raise Malformed("parameter_repeated", field="client_secret")
    try:
        id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, ValueError) as error:
        raise Unauthenticated("client_authentication_failed") from error
    id, secret = unquote_plus(id), unquote_plus(secret)
    if client_id is not None and client_id != id:
        raise Unauthenticated("client_authentication_failed")
    return id, secret
