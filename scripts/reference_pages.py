"""`docs/reference/`: every error, route, event and SDK method, from the code that has them."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ostiary
from ostiary.wire.admin import routes as admin
from ostiary.wire.console import routes as console
from ostiary.wire.http import Endpoint
from ostiary.wire.links import routes as links
from ostiary.wire.management import routes as management
from ostiary.wire.reachfive.routes import ENDPOINTS
from ostiary.wire.reachfive.sayings import SAYINGS
from ostiary.wire.stytch import reference as stytch_reference
from ostiary.wire.stytch import routes as stytch
from ostiary.wire.stytch.sdk import routes as stytch_sdk
from scripts import generated, stytch_pages

MODULE = "scripts.reference_pages"
SOURCE = Path(ostiary.__file__).parent

# Keys that the vendor's SDKs and documentation know; every other one is our own invention.
VENDOR_KEYS = {
    "error.accessControl.login.forbidden",
    "error.accessToken.freshness",
    "error.accessToken.missing",
    "error.account.temporarilySuspended",
    "error.accountBlockedAfterMultipleLoginAttempts",
    "error.authn.mfa.stepup.required",
    "error.client.notFirstParty",
    "error.client.redirectUrlNotAllowed",
    "error.email.alreadyInUse",
    "error.feature.notAvailable",
    "error.invalidEmailOrPassword",
    "error.invalidVerificationCode",
    "error.password.policy",
    "error.refreshToken.expired",
    "error.refreshToken.revoked",
    "error.tooManyAttempts",
    "error.unverifiedLogin",
    "error.updateSamePassword",
    "error.webauthn.featureDisabled",
}

EVENTS = {
    "account.locked": "Too many wrong answers in a row; no answer is judged until the lock is over.",
    "account.unlocked": "An operator had the wrong answers forgotten.",
    "administrator.confirmed": "An administrator showed again who they are, before something that matters.",
    "administrator.enrolled": "Somebody became an administrator of the console, by a password and an app.",
    "administrator.invited": "A set-up link for the console was made.",
    "administrator.passkey_added": "An administrator may come into the console by a passkey.",
    "administrator.passkey_removed": "That passkey is a way in no longer.",
    "administrator.refused": "Password, code or passkey of an administrator was wrong.",
    "administrator.removed": "Somebody is an administrator no longer; their sessions and passkeys ended.",
    "administrator.signed_in": "An administrator came into the console; `by` a code and the password, or a passkey.",
    "administrator.signed_out": "An administrator left the console.",
    "administrator.uninvited": "A set-up link for the console is good no longer.",
    "authorization.granted": "An authorization request was answered with a code.",
    "client.registered": "A client was added or changed.",
    "client.removed": "A client was removed, and every grant that anybody gave it.",
    "code.queued": "A one-time code was made and put in the outbox.",
    "code.refused": "An answer was not looked at: the code was superseded, expired, used, or guessed at too often.",
    "code.throttled": "No code was sent: its address has had too many.",
    "contact.added": "A person proved a further e-mail address or phone number.",
    "contact.changed": "A person has another e-mail address or phone number.",
    "contact.removed": "A person cannot be reached by this channel any more.",
    "contact.verified": "An e-mail address or phone number was shown to be its owner's.",
    "credential.disabled": "A hundred wrong answers in a row: out of use until recovery, or an operator, ends that.",
    "credential.enrolled": "A password, a passkey or a second factor was added.",
    "credential.proved": "A right answer.",
    "credential.removed": "An operator took a credential away, or its owner a passkey or an app, with what it raised.",
    "credential.refused": "A wrong answer, counted towards the lock.",
    "device.elsewhere": "A trusted browser came from another country, and counted as new.",
    "device.forgotten": "A trusted browser was removed from the list.",
    "device.stolen": "A trusted browser's old secret came back: it is trusted no longer.",
    "device.trusted": "A person chose to trust a browser.",
    "devices.forgotten": "No browser of a person is trusted any longer.",
    "grant.revoked": "One grant ended: asked for, or its code or refresh token was used twice.",
    "grants.revoked": "Every grant of a user to a client ended, because a refresh token was revoked.",
    "journal.forgotten": "Lines that were kept long enough were removed, and their seals say so.",
    "keys.rotated": "Next signing keys became current, current ones previous.",
    "login.proved": "A first factor was proved; a `tkn` was given.",
    "message.given_up": "A message could not be delivered, or not be written.",
    "message.sent": "A carrier took a message. `problem`: why the operator's own template was not used.",
    "mfa.enabled": "A second factor counts from now on.",
    "mfa.removed": "A second factor was removed.",
    "passkey.copied": "A passkey signed with a count that it had passed before: two devices hold its key (WA-5).",
    "passkeys.reset": "A recovery code replaced every passkey of a person; every session and grant of theirs ended.",
    "password.distrusted": "Who proved the mailbox first had not its password: it opens nothing until it is reset.",
    "password.changed": "A new password; every other session and grant of the person ended.",
    "profile.updated": "A person changed what they say of themselves.",
    "project.configured": "The project or its settings changed.",
    "recovery_code.used": "A recovery code got its owner back in; `left` are left.",
    "session.ended": "A session was logged out, or replaced by a new login in the same browser.",
    "session.raised": "A session gained a proof, and a new secret.",
    "session.started": "A session began.",
    "sessions.ended": "An operator logged a person out everywhere.",
    "step_up.begun": "A step-up token was given.",
    "step_up.completed": "A step-up's code was right.",
    "template.tried": "An operator had an example of a template sent.",
    "template.saved": "A message template was saved.",
    "tokens.issued": "Access, ID and refresh tokens were minted.",
    "totp.offered": "A secret for an authenticator app was made; it counts once a code of it came back.",
    "user.created": "A person was added.",
    "user.removed": "An operator removed a person, with everything but what the journal tells.",
}

# What the methods of `@reachfive/identity-core` 1.41.0 call.
V1 = "/identity/v1"
SDK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("remoteSettings", (f"GET {V1}/config",)),
    ("signup", (f"POST {V1}/signup",)),
    ("getSignupData", (f"GET {V1}/signup/data",)),
    ("loginWithPassword", (f"POST {V1}/password/login",)),
    ("loginFromSession, checkSession", ("GET /oauth/authorize",)),
    ("getSessionInfo", (f"GET {V1}/sso/data",)),
    ("exchangeAuthorizationCodeWithPkce, refreshTokens", ("POST /oauth/token",)),
    ("loginWithCustomToken", (f"GET {V1}/custom-token/login",)),
    ("logout", ("POST /oauth/revoke", f"GET {V1}/logout")),
    ("getPasswordStrength", (f"POST {V1}/password/strength",)),
    ("startPasswordless", (f"POST {V1}/passwordless/start",)),
    (
        "verifyPasswordless",
        (
            f"POST {V1}/verify-auth-code",
            f"POST {V1}/passwordless/verify",
            f"GET {V1}/passwordless/verify",
        ),
    ),
    ("verifyMfaPasswordless", (f"POST {V1}/passwordless/verify",)),
    ("getMfaStepUpToken", (f"POST {V1}/mfa/stepup",)),
    ("listMfaCredentials", (f"GET {V1}/mfa/credentials",)),
    ("startMfaPhoneNumberRegistration", (f"POST {V1}/mfa/credentials/phone-numbers",)),
    ("verifyMfaPhoneNumberRegistration", (f"POST {V1}/mfa/credentials/phone-numbers/verify",)),
    ("startMfaEmailRegistration", (f"POST {V1}/mfa/credentials/emails",)),
    ("verifyMfaEmailRegistration", (f"POST {V1}/mfa/credentials/emails/verify",)),
    ("removeMfaPhoneNumber", (f"DELETE {V1}/mfa/credentials/phone-numbers",)),
    ("removeMfaEmail", (f"DELETE {V1}/mfa/credentials/emails",)),
    ("listTrustedDevices", (f"GET {V1}/mfa/trusteddevices",)),
    ("removeTrustedDevice", (f"DELETE {V1}/mfa/trusteddevices/{{id}}",)),
    ("getUser", (f"GET {V1}/userinfo",)),
    ("updateProfile", (f"POST {V1}/update-profile",)),
    ("updateEmail", (f"POST {V1}/update-email",)),
    ("updatePhoneNumber", (f"POST {V1}/update-phone-number",)),
    ("updatePassword", (f"POST {V1}/update-password",)),
    ("requestPasswordReset", (f"POST {V1}/forgot-password",)),
    ("requestAccountRecovery", (f"POST {V1}/account-recovery",)),
    ("sendEmailVerification", (f"POST {V1}/send-email-verification",)),
    ("sendPhoneNumberVerification", (f"POST {V1}/send-phone-number-verification",)),
    ("verifyPhoneNumber", (f"POST {V1}/verify-phone-number",)),
    ("verifyEmail", (f"POST {V1}/verify-email",)),
    ("unlink", (f"POST {V1}/unlink",)),
    (
        "addNewWebAuthnDevice",
        (f"POST {V1}/webauthn/registration-options", f"POST {V1}/webauthn/registration"),
    ),
    (
        "listWebAuthnDevices, removeWebAuthnDevice",
        (f"GET {V1}/webauthn/registration", f"DELETE {V1}/webauthn/registration/{{id}}"),
    ),
    (
        "loginWithWebAuthn",
        (f"POST {V1}/webauthn/authentication-options", f"POST {V1}/webauthn/authentication"),
    ),
    ("signupWithWebAuthn", (f"POST {V1}/webauthn/signup-options", f"POST {V1}/webauthn/signup")),
    ("resetPasskeys", (f"POST {V1}/webauthn/reset-options", f"POST {V1}/webauthn/reset")),
)

SDK_HEAD = f"""\
{generated.notice(MODULE)}

# The methods of ReachFive's SDK

What each method of the unmodified `@reachfive/identity-core` 1.41.0 calls, and whether this server has it. A method
whose endpoint is not there rejects with `resource_not_found`. Methods that need a social provider, a custom token or
an identity to unlink are refused, because nothing of the kind can be configured: `loginWithSocialProvider`, which
calls `/oauth/authorize` with a `provider`, `loginWithCustomToken`, `getSignupData` and `unlink`. `on`, `off` and
`checkUrlFragment` call nothing, and neither does `instantiateOneTap` without a Google client.
"""

ERRORS_HEAD = f"""\
{generated.notice(MODULE)}

# Errors

Every reason for which the core refuses, and how the ReachFive dialect says it; Stytch's are on a page of
[their own](stytch-errors.md). The reason is the
core's word: it is in the journal and in tests. On the wire an error is

```json
{{"error": "invalid_grant", "error_id": "9f86d081884c7d65",
 "error_description": "Invalid verification code",
 "error_message_key": "error.invalidVerificationCode",
 "error_user_msg": "Code de vérification invalide"}}
```

`error_description` is English. `error_user_msg` is English or French, by `Accept-Language`.
`error_details` names the field, where one is to blame. Keys marked † are the vendor's; the others are
ours. A 429, and a 403 of a locked account, come with `Retry-After`. Anything that goes wrong beyond this
table is a bug of ours: 500, `server_error`, `error.serverError`. The management listener and the
admin API answer with problem documents (RFC 9457), whose `title` is the reason.
"""

ROUTES_HEAD = f"""\
{generated.notice(MODULE)}

# Routes

Every path there is. *Proof*: what the request must carry. `bearer` is an access token, `client` is
client authentication, `project` the project's id with one of its secrets, `public-token` its public token, and the
session where there is one; `console` the session of an administrator, `admin` the token of the admin API. Where it says
nothing, the endpoint itself decides; `/identity/v1/mfa/stepup` takes a `tkn`, an access token or the session
cookie. *Limited*: counted by `settings.rate_limit`. *CORS*: a page of a client's origin may read the answer; at
`/sdk/v1`, a page of `project.sdk_origins`. Shapes are in the OpenAPI documents at `/identity/v1/openapi.json`,
`/v1/openapi.json` and `/admin/v1/openapi.json`.
"""

EVENTS_HEAD = f"""\
{generated.notice(MODULE)}

# Events

What the journal records. An event is written in the same transaction as the change it tells of, and it
is never changed. Each has an id, an instant, the event's name, and where they are known the user, the
client and the IP address. The column *data* names what else it holds; where an operator acts, `actor` says by which
way: `admin-api`, `command-line`, or an administrator's e-mail address for the console. No code, secret or token is
in it.
The console, `ostiary audit tail` and `/admin/v1/events` show it; it is the table `journal`.
"""


def errors() -> str:
    rows = [
        (
            f"`{reason}`",
            str(said.status),
            f"`{said.error}`",
            f"`{said.key}`" + (" †" if said.key in VENDOR_KEYS else ""),
            said.en,
        )
        for reason, said in SAYINGS.items()
    ]
    head = ("reason", "status", "`error`", "`error_message_key`", "text")
    return f"{ERRORS_HEAD}\n{generated.table(head, rows)}\n"


def routes() -> str:
    something: Any = object()  # paths are listed here, not served
    everywhere = management.dialect(something, metrics=something).endpoints
    in_dev = management.dialect(
        something, metrics=something, inbox=something, reset=something
    ).endpoints
    always = {(endpoint.method, endpoint.path) for endpoint in everywhere}
    dev_only = [e for e in in_dev if (e.method, e.path) not in always]
    parts = (
        ("ReachFive's dialect, at the identity server", ENDPOINTS),
        ("Stytch's dialect for back ends, at the identity server", stytch.ENDPOINTS),
        ("Stytch's dialect for pages, at the identity server", stytch_sdk.ENDPOINTS),
        ("What Stytch's errors mean, at the identity server", stytch_reference.ENDPOINTS),
        ("The links of our messages, at the identity server", links.dialect(something).endpoints),
        ("The console, at the identity server", console.ENDPOINTS),
        ("The admin API, at the identity server", admin.ENDPOINTS),
        ("The management listener", everywhere),
        ("The management listener in dev mode only", dev_only),
    )
    return "\n".join([ROUTES_HEAD, *(f"## {title}\n\n{_routes(of)}\n" for title, of in parts)])


def _routes(endpoints: Iterable[Endpoint]) -> str:
    rows = [
        (
            endpoint.method,
            f"`{endpoint.path}`",
            endpoint.secured or "",
            "yes" if endpoint.limited else "",
            "yes" if endpoint.cors else "",
            "JSON or form" if endpoint.form else "JSON" if endpoint.body is not None else "",
            str(endpoint.status),
            _first_line(endpoint),
        )
        for endpoint in endpoints
    ]
    head = ("", "path", "proof", "limited", "CORS", "body", "status", "what")
    return generated.table(head, rows)


def sdk() -> str:
    known = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    rows = [
        (
            ", ".join(f"`{method}`" for method in methods.split(", ")),
            "<br>".join(f"`{call}`" for call in calls),
            "<br>".join("yes" if call in known else "not yet" for call in calls),
        )
        for methods, calls in SDK
    ]
    return f"{SDK_HEAD}\n{generated.table(('method', 'calls', 'there'), rows)}\n"


def _first_line(endpoint: Endpoint) -> str:
    told = (endpoint.handler or endpoint.free).__doc__
    if not told:
        raise generated.Unexplained(f"{endpoint.method} {endpoint.path}: its handler says nothing")
    return told.strip().splitlines()[0]


def recorded() -> dict[str, tuple[set[str], set[str]]]:
    """Every event that some module records: the data it holds, and the capabilities that record it."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for call in _records(ast.parse(path.read_text(encoding="utf-8"))):
            event = call.args[1]
            if not isinstance(event, ast.Constant) or not isinstance(event.value, str):
                raise generated.Unexplained(f"{path}:{call.lineno}: an event has one literal name")
            data, capabilities = found.setdefault(event.value, (set(), set()))
            data |= {keyword.arg or "…" for keyword in call.keywords} - {"user", "client", "ip"}
            capabilities.add(path.parent.name)
    return found


def _records(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if node.func.attr == "record" and isinstance(of, ast.Name) and of.id == "journal":
                yield node


def events() -> str:
    found = recorded()
    generated.explained("event", found, EVENTS)
    rows = [
        (
            f"`{event}`",
            EVENTS[event],
            ", ".join(f"`{name}`" for name in sorted(data)),
            ", ".join(sorted(capabilities)),
        )
        for event, (data, capabilities) in sorted(found.items())
    ]
    head = ("event", "what happened", "data", "recorded by")
    return f"{EVENTS_HEAD}\n{generated.table(head, rows)}\n"


PAGES = {
    "reference/errors.md": errors,
    "reference/routes.md": routes,
    "reference/events.md": events,
    "reference/sdk.md": sdk,
    **stytch_pages.PAGES,
}


if __name__ == "__main__":
    sys.exit(generated.main(MODULE, PAGES))
