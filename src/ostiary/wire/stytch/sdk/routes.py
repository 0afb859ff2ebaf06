"""Every path of the face for pages, on one page. All but `events` are for pages with the project's public token."""

from typing import Any

from ostiary.terms.contact import Channel

from ...http import Dialect, Endpoint, Server
from ..errors import Stytch
from ..passwords import StrengthBody
from ..webauthn import UpdateBody
from . import doors, magic_links, otps, passwords, sessions, start, totps, users, webauthn
from .words import Enveloped

PREFIX = "/sdk/v1/"
V1 = "/sdk/v1"
SENT = "authorization, content-type, x-sdk-client, x-sdk-parent-host"


class Speaker(Stytch):
    """The same words as a back end hears."""

    name = "stytch-sdk"


def _call(method: str, path: str, handler: Any = None, **more: Any) -> Endpoint:
    return Endpoint(
        method=method,
        path=f"{V1}{path}",
        handler=handler,
        secured="public-token",
        answer=Enveloped,
        **more,
    )


def _post(path: str, handler: Any, body: Any) -> Endpoint:
    return _call("POST", path, handler, body=body, limited=True)


def _slow(path: str, free: Any, body: Any) -> Endpoint:
    return _call("POST", path, free=free, body=body, limited=True)


ENDPOINTS: tuple[Endpoint, ...] = (
    _call("GET", "/projects/bootstrap/{public_token}", start.bootstrap, reading=True),
    Endpoint(method="POST", path=f"{V1}/events", handler=start.events, status=204, reading=True),
    # passwords
    _slow("/passwords", passwords.create, passwords.CreateBody),
    _post("/passwords/strength_check", passwords.strength, StrengthBody),
    _slow(
        "/passwords/existing_password/reset", passwords.reset_by_existing, passwords.ExistingBody
    ),
    _slow("/passwords/session/reset", passwords.reset_by_session, passwords.SessionBody),
    _slow("/passwords/authenticate", passwords.authenticate, passwords.AuthenticateBody),
    _post("/passwords/email/reset/start", passwords.start_reset, passwords.StartResetBody),
    _slow("/passwords/email/reset", passwords.reset, passwords.ResetBody),
    # one-time codes
    *(
        endpoint
        for channel, body in (
            (Channel.SMS, otps.PhoneBody),
            (Channel.WHATSAPP, otps.PhoneBody),
            (Channel.EMAIL, otps.EmailBody),
        )
        for endpoint in (
            _post(f"/otps/{channel}/login_or_create", otps.send_or_create(channel), body),
            _post(f"/otps/{channel}/send/primary", otps.send(channel), body),
            _post(f"/otps/{channel}/send/secondary", otps.send_to_own(channel), body),
        )
    ),
    _post("/otps/authenticate", otps.authenticate, otps.AuthenticateBody),
    # magic links
    _post("/magic_links/email/login_or_create", magic_links.send_or_create, magic_links.SendBody),
    _post("/magic_links/email/send/primary", magic_links.send, magic_links.SendBody),
    _post("/magic_links/email/send/secondary", magic_links.send_to_own, magic_links.SendBody),
    _post("/magic_links/authenticate", magic_links.authenticate, magic_links.AuthenticateBody),
    # authenticator apps
    _slow("/totps", totps.create, totps.CreateBody),
    _post("/totps/authenticate", totps.authenticate, totps.AuthenticateBody),
    _post("/totps/recover", totps.recover, totps.RecoverBody),
    _post("/totps/recovery_codes", totps.recovery_codes, totps.RecoveryCodesBody),
    # passkeys
    _post("/webauthn/register/start", webauthn.register_start, webauthn.RegisterStartBody),
    _slow("/webauthn/register", webauthn.register, webauthn.AuthenticateBody),
    _post(
        "/webauthn/authenticate/start/primary",
        webauthn.authenticate_start,
        webauthn.AuthenticateStartBody,
    ),
    _post(
        "/webauthn/authenticate/start/secondary",
        webauthn.authenticate_start_own,
        webauthn.AuthenticateStartBody,
    ),
    _slow("/webauthn/authenticate", webauthn.authenticate, webauthn.AuthenticateBody),
    _call(
        "PUT",
        "/webauthn/update/{webauthn_registration_id}",
        webauthn.update,
        body=UpdateBody,
    ),
    # the session and its user
    _call("POST", "/sessions/authenticate", sessions.authenticate, body=sessions.AuthenticateBody),
    _call("POST", "/sessions/revoke", sessions.revoke),
    _call("GET", "/users/me", users.me, reading=True),
    _call("PUT", "/users/me", users.update, body=users.UpdateBody),
    _call("DELETE", "/users/emails/{email_id}", users.remove_email),
    _call("DELETE", "/users/phone_numbers/{phone_id}", users.remove_phone),
    _call("DELETE", "/users/totps/{totp_id}", users.remove_totp),
    _call(
        "DELETE",
        "/users/webauthn_registrations/{webauthn_registration_id}",
        users.remove_registration,
    ),
)


def dialect(server: Server) -> Dialect:
    return Dialect(
        server, Speaker(), ENDPOINTS, admit=doors.admit, readers=doors.origins, sent=SENT
    )
