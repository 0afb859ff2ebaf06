"""`docs/reference/stytch-*.md`: every error of that dialect, and every call of the vendor's two back-end packages."""

from ostiary.wire.stytch.reference import by_status
from ostiary.wire.stytch.routes import ENDPOINTS
from scripts import generated

MODULE = "scripts.reference_pages"

# What both packages call: the method in Python's spelling, its path below /v1, and Node's spelling where it is not
# simply the same words in camel case.
CALLS: tuple[tuple[str, str, str | None], ...] = (
    ("users.create", "POST /users", None),
    ("users.get", "GET /users/{user_id}", None),
    ("users.update", "PUT /users/{user_id}", None),
    ("users.delete", "DELETE /users/{user_id}", None),
    ("users.search", "POST /users/search", None),
    ("users.exchange_primary_factor", "PUT /users/{user_id}/exchange_primary_factor", None),
    ("users.delete_external_id", "DELETE /users/{user_id}/external_id", None),
    ("users.delete_email", "DELETE /users/emails/{email_id}", None),
    ("users.delete_phone_number", "DELETE /users/phone_numbers/{phone_id}", None),
    ("users.delete_password", "DELETE /users/passwords/{password_id}", None),
    ("users.delete_totp", "DELETE /users/totps/{totp_id}", "users.deleteTOTP"),
    (
        "users.delete_webauthn_registration",
        "DELETE /users/webauthn_registrations/{webauthn_registration_id}",
        "users.deleteWebAuthnRegistration",
    ),
    ("passwords.create", "POST /passwords", None),
    ("passwords.authenticate", "POST /passwords/authenticate", None),
    ("passwords.strength_check", "POST /passwords/strength_check", None),
    ("passwords.migrate", "POST /passwords/migrate", None),
    ("passwords.email.reset_start", "POST /passwords/email/reset/start", None),
    ("passwords.email.reset", "POST /passwords/email/reset", None),
    ("passwords.existing_password.reset", "POST /passwords/existing_password/reset", None),
    ("passwords.sessions.reset", "POST /passwords/session/reset", None),
    ("otps.sms.send", "POST /otps/sms/send", None),
    ("otps.sms.login_or_create", "POST /otps/sms/login_or_create", None),
    ("otps.whatsapp.send", "POST /otps/whatsapp/send", None),
    ("otps.whatsapp.login_or_create", "POST /otps/whatsapp/login_or_create", None),
    ("otps.email.send", "POST /otps/email/send", None),
    ("otps.email.login_or_create", "POST /otps/email/login_or_create", None),
    ("otps.authenticate", "POST /otps/authenticate", None),
    ("magic_links.email.send", "POST /magic_links/email/send", None),
    ("magic_links.email.login_or_create", "POST /magic_links/email/login_or_create", None),
    ("magic_links.email.invite", "POST /magic_links/email/invite", None),
    ("magic_links.email.revoke_invite", "POST /magic_links/email/revoke_invite", None),
    ("magic_links.create", "POST /magic_links", None),
    ("magic_links.authenticate", "POST /magic_links/authenticate", None),
    ("totps.create", "POST /totps", None),
    ("totps.authenticate", "POST /totps/authenticate", None),
    ("totps.recovery_codes", "POST /totps/recovery_codes", None),
    ("totps.recover", "POST /totps/recover", None),
    ("webauthn.register_start", "POST /webauthn/register/start", None),
    ("webauthn.register", "POST /webauthn/register", None),
    ("webauthn.authenticate_start", "POST /webauthn/authenticate/start", None),
    ("webauthn.authenticate", "POST /webauthn/authenticate", None),
    ("webauthn.update", "PUT /webauthn/{webauthn_registration_id}", None),
    ("webauthn.list_credentials", "GET /webauthn/credentials/{user_id}/{domain}", None),
    ("sessions.get", "GET /sessions", None),
    ("sessions.authenticate", "POST /sessions/authenticate", None),
    ("sessions.authenticate_jwt", "POST /sessions/authenticate", None),
    ("sessions.revoke", "POST /sessions/revoke", None),
    ("sessions.get_jwks", "GET /sessions/jwks/{project_id}", "sessions.getJWKS"),
    ("debug.whoami", "GET /debug/whoami", None),
)

SDK_HEAD = f"""\
{generated.notice(MODULE)}

# The calls of Stytch's back-end packages

What each method of the unmodified packages calls, `stytch` 15.3.0 for Python and `stytch` 14.2.0 for Node, below
`/v1`, and whether this server has it. `sessions.authenticate_jwt` checks by itself what it can, with the keys of
`/sessions/jwks/{{project_id}}`; `sessions.authenticate_jwt_local` calls nothing else. `users.search_all` searches page
by page.

Every other method ends in 404 `route_not_found`: OAuth, wallets, biometrics, machines, connected apps, impersonation,
roles, fraud, B2B, and `migrate`, `exchange_access_token` and `attest` of `sessions`.
"""

ERRORS_HEAD = f"""\
{generated.notice(MODULE)}

# Errors of Stytch's dialect

Every error of `/v1` and `/sdk/v1`. On the wire it is

```json
{{"status_code": 404, "request_id": "request-id-test-…", "error_type": "otp_code_not_found",
 "error_message": "This is not the code.",
 "error_url": "https://id.example.com/docs/reference/stytch-errors/404#otp_code_not_found"}}
```

`error_url` leads to a page of the server itself, open to everybody, with the errors of that status. A message may go
on with the name of the field that is to blame, and what is wrong with it. A 429 comes with `Retry-After` where it is
known when it ends.
"""


def in_node(method: str, spelling: str | None) -> str:
    """`otps.sms.login_or_create` is `otps.sms.loginOrCreate`."""
    first, *others = (spelling or method).split("_")
    return first + "".join(word[0].upper() + word[1:] for word in others)


def sdk() -> str:
    known = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    rows = [
        (
            f"`{method}`",
            f"`{in_node(method, spelling)}`",
            f"`{call}`",
            "yes" if call.replace(" /", " /v1/") in known else "not yet",
        )
        for method, call, spelling in CALLS
    ]
    return f"{SDK_HEAD}\n{generated.table(('Python', 'Node', 'calls', 'there'), rows)}\n"


def errors() -> str:
    parts = [
        f"## {status}\n\n"
        + generated.table(
            ("`error_type`", "said when"),
            [
                (f"`{error_type}`", "<br>".join(sentences))
                for error_type, sentences in found.items()
            ],
        )
        for status, found in by_status().items()
    ]
    return "\n".join([ERRORS_HEAD, *(f"{part}\n" for part in parts)])


PAGES = {
    "reference/stytch-errors.md": errors,
    "reference/stytch-sdk.md": sdk,
}
