"""Every path this dialect speaks, on one page. All but the keys are for a back end with a project secret."""

from typing import Any

from starlette.responses import Response

from ostiary import __version__
from ostiary.core.work import Work
from ostiary.terms.contact import Channel

from ..http import Call, Dialect, Endpoint, Server, json
from ..openapi import document
from . import (
    answers,
    debug,
    magic_links,
    otps,
    passwords,
    resets,
    search,
    sessions,
    totps,
    users,
    webauthn,
)
from .doors import admit
from .errors import SPEAKER, ErrorBody

PREFIX = "/v1/"
V1 = "/v1"


def _call(method: str, path: str, handler: Any = None, **more: Any) -> Endpoint:
    return Endpoint(
        method=method,
        path=f"{V1}{path}",
        handler=handler,
        cors=False,
        secured="project",
        **more,
    )


def _get(path: str, handler: Any, answer: Any, query: Any = None) -> Endpoint:
    return _call("GET", path, handler, answer=answer, query=query, reading=True)


def _post(path: str, handler: Any, body: Any, answer: Any, **more: Any) -> Endpoint:
    return _call("POST", path, handler, body=body, answer=answer, **more)


def _put(path: str, handler: Any, body: Any, answer: Any) -> Endpoint:
    return _call("PUT", path, handler, body=body, answer=answer)


def _delete(path: str, handler: Any, answer: Any = users.Whose) -> Endpoint:
    return _call("DELETE", path, handler, answer=answer)


async def openapi(work: Work, call: Call) -> Response:
    """This document."""
    title = "Ostiary: consumer API"
    return json(document(title, __version__, work.issuer, ENDPOINTS, ErrorBody))


ENDPOINTS: tuple[Endpoint, ...] = (
    _get("/debug/whoami", debug.whoami, debug.Project),
    # users
    _post("/users", users.create, users.CreateBody, users.Created, status=201),
    _get("/users/{user_id}", users.show, users.Shown),
    _put("/users/{user_id}", users.update, users.UpdateBody, users.Updated),
    _delete("/users/{user_id}", users.remove, users.Removed),
    _post("/users/search", search.search, search.SearchBody, search.Found, reading=True),
    _put(
        "/users/{user_id}/exchange_primary_factor", users.exchange, users.ExchangeBody, users.Whose
    ),
    _delete("/users/{user_id}/external_id", users.forget_external_id),
    _delete("/users/emails/{email_id}", users.remove_email),
    _delete("/users/phone_numbers/{phone_id}", users.remove_phone),
    _delete("/users/passwords/{password_id}", users.remove_password),
    _delete("/users/totps/{totp_id}", users.remove_totp),
    _delete("/users/webauthn_registrations/{webauthn_registration_id}", users.remove_registration),
    # passwords
    *(
        _call("POST", f"/passwords{path}", free=handler, body=body, answer=answer)
        for path, handler, body, answer in (
            ("", passwords.create, passwords.CreateBody, passwords.Created),
            (
                "/authenticate",
                passwords.authenticate,
                passwords.AuthenticateBody,
                answers.Proved,
            ),
            (
                "/existing_password/reset",
                passwords.reset_by_existing,
                passwords.ExistingBody,
                answers.Proved,
            ),
            (
                "/session/reset",
                passwords.reset_by_session,
                passwords.SessionBody,
                answers.Proved,
            ),
        )
    ),
    _post(
        "/passwords/strength_check",
        passwords.strength,
        passwords.StrengthBody,
        passwords.Strength,
        reading=True,
    ),
    _post("/passwords/migrate", passwords.migrate, passwords.MigrateBody, passwords.Migrated),
    _post(
        "/passwords/email/reset/start", resets.start, resets.StartBody, otps.EmailSent, tells=True
    ),
    _call(
        "POST",
        "/passwords/email/reset",
        free=resets.reset,
        body=resets.ResetBody,
        answer=answers.Proved,
    ),
    # links
    _post(
        "/magic_links/email/send",
        magic_links.send,
        magic_links.SendBody,
        otps.EmailSent,
        tells=True,
    ),
    _post(
        "/magic_links/email/login_or_create",
        magic_links.send_or_create,
        magic_links.SendBody,
        otps.EmailSentOrCreated,
        tells=True,
    ),
    _post(
        "/magic_links/email/invite",
        magic_links.invite,
        magic_links.InviteBody,
        otps.EmailSent,
        tells=True,
    ),
    _post(
        "/magic_links/email/revoke_invite",
        magic_links.revoke_invite,
        magic_links.RevokeBody,
        None,
    ),
    _post("/magic_links", magic_links.create, magic_links.CreateBody, magic_links.Created),
    _post(
        "/magic_links/authenticate",
        magic_links.authenticate,
        magic_links.AuthenticateBody,
        magic_links.Authenticated,
    ),
    # one-time codes
    *(
        endpoint
        for name, channel in (("sms", Channel.SMS), ("whatsapp", Channel.WHATSAPP))
        for endpoint in (
            _post(
                f"/otps/{name}/send",
                otps.send(channel),
                otps.PhoneBody,
                otps.PhoneSent,
                tells=True,
            ),
            _post(
                f"/otps/{name}/login_or_create",
                otps.send_or_create(channel),
                otps.PhoneBody,
                otps.PhoneSentOrCreated,
                tells=True,
            ),
        )
    ),
    _post("/otps/email/send", otps.send(Channel.EMAIL), otps.EmailBody, otps.EmailSent, tells=True),
    _post(
        "/otps/email/login_or_create",
        otps.send_or_create(Channel.EMAIL),
        otps.EmailBody,
        otps.EmailSentOrCreated,
        tells=True,
    ),
    _post("/otps/authenticate", otps.authenticate, otps.AuthenticateBody, otps.Authenticated),
    # passkeys
    _post(
        "/webauthn/register/start",
        webauthn.register_start,
        webauthn.RegisterStartBody,
        webauthn.RegisterStarted,
    ),
    _call(
        "POST",
        "/webauthn/register",
        free=webauthn.register,
        body=webauthn.RegisterBody,
        answer=webauthn.Proved,
    ),
    _post(
        "/webauthn/authenticate/start",
        webauthn.authenticate_start,
        webauthn.AuthenticateStartBody,
        webauthn.AuthenticateStarted,
    ),
    _call(
        "POST",
        "/webauthn/authenticate",
        free=webauthn.authenticate,
        body=webauthn.AuthenticateBody,
        answer=webauthn.Proved,
    ),
    _call(
        "PUT",
        "/webauthn/{webauthn_registration_id}",
        webauthn.update,
        body=webauthn.UpdateBody,
        answer=webauthn.Updated,
    ),
    _get(
        "/webauthn/credentials/{user_id}/{domain}",
        webauthn.listed,
        webauthn.Credentials,
    ),
    # authenticator apps
    _call("POST", "/totps", free=totps.create, body=totps.CreateBody, answer=totps.Created),
    _post("/totps/authenticate", totps.authenticate, totps.AuthenticateBody, totps.Authenticated),
    _post("/totps/recover", totps.recover, totps.RecoverBody, totps.Authenticated),
    _post(
        "/totps/recovery_codes",
        totps.recovery_codes,
        totps.RecoveryCodesBody,
        totps.RecoveryCodes,
        reading=True,
    ),
    # sessions
    _get("/sessions", sessions.listed, sessions.Sessions, sessions.SessionsQuery),
    _post(
        "/sessions/authenticate",
        sessions.authenticate,
        sessions.AuthenticateBody,
        sessions.Authenticated,
    ),
    _post("/sessions/revoke", sessions.revoke, sessions.RevokeBody, None),
    Endpoint(
        method="GET",
        path=f"{V1}/sessions/jwks/{{project_id}}",
        handler=sessions.jwks,
        answer=sessions.Jwks,
        reading=True,
        cors=False,
    ),
    Endpoint(method="GET", path=f"{V1}/openapi.json", handler=openapi, reading=True, cors=False),
)


def dialect(server: Server) -> Dialect:
    return Dialect(server, SPEAKER, ENDPOINTS, admit=admit, cors=False)
