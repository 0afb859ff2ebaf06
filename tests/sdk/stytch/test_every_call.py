"""Every call of the vendor's back-end packages that is in the table of docs/reference/stytch-sdk.md."""

import inspect
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import stytch
from stytch.core.response_base import StytchError

from ostiary.wire.stytch.routes import ENDPOINTS
from scripts.stytch_pages import CALLS, in_node
from tests.running import Server
from tests.sdk.stytch.conftest import PROJECT, told_by_node

LOCAL = {"sessions.authenticate_jwt"}  # looks at the token first, and calls nothing for nonsense
MADE = {method: spelling for method, _, spelling in CALLS if method not in LOCAL}
SUCCEED = {
    "users.create",
    "users.search",
    "passwords.strength_check",
    "passwords.email.reset_start",
    "otps.sms.login_or_create",
    "otps.whatsapp.send",
    "otps.whatsapp.login_or_create",
    "otps.email.send",
    "otps.email.login_or_create",
    "magic_links.email.send",
    "magic_links.email.login_or_create",
    "webauthn.authenticate_start",
    "sessions.get_jwks",
    "debug.whoami",
}

ID = "0198f2a0-0000-7000-8000-000000000000"
ANYTHING = {
    "code": "123456",
    "domain": "demo.localhost",
    "email_id": f"email-test-{ID}",
    "existing_password": "nobody has this one",
    "hash": "x",
    "hash_type": "sha_1",
    "method_id": f"phone-number-test-{ID}",
    "name": "a phone",
    "new_password": "another staple, a battery of horses",
    "password": "another staple, a battery of horses",
    "password_id": f"password-test-{ID}",
    "phone_id": f"phone-number-test-{ID}",
    "project_id": PROJECT,
    "public_key_credential": "{}",
    "recovery_code": "aaaa-bbbb-cccc",
    "token": "x" * 64,
    "totp_code": "123456",
    "totp_id": f"totp-test-{ID}",
    "user_id": f"user-test-{ID}",
    "webauthn_registration_id": f"webauthn-registration-test-{ID}",
}


def given(client: stytch.Client, host: str, number: str) -> dict[str, dict[str, Any]]:
    """What each call cannot be without; the addresses are the caller's alone."""
    own = {"email": f"every.call@{host}.example", "phone_number": number}
    values, calls = ANYTHING | own, dict[str, dict[str, Any]]()
    for method in MADE:
        parameters = inspect.signature(found(client, method)).parameters.values()
        required = [p.name for p in parameters if p.default is inspect.Parameter.empty]
        calls[method] = {name: values[name] for name in required}
    calls["users.create"] = {"email": own["email"]}
    return calls


def found(client: stytch.Client, method: str) -> Callable[..., Any]:
    call: Callable[..., Any] = attrgetter(method)(client)
    return call


def test_the_table_has_every_call_that_is_served() -> None:
    served = {f"{e.method} {e.path}".replace(" /v1/", " /") for e in ENDPOINTS}
    assert served - {call for _, call, _ in CALLS} == {"GET /openapi.json"}


def test_every_call_is_known_and_ends_alike_in_both_packages(
    client: stytch.Client, server: Server
) -> None:
    """M27: with a stranger's values; what each does for those who may is shown call by call elsewhere."""
    ended: dict[str, Any] = {}
    for method, arguments in given(client, "python", "+33644600001").items():
        try:
            ended[method] = [found(client, method)(**arguments).status_code, None]
        except StytchError as error:
            ended[method] = [error.details.status_code, error.details.error_type]
    calls = given(client, "node", "+33644600002")
    spelled = {method: in_node(method, spelling) for method, spelling in MADE.items()}
    told = told_by_node(server, "every_call", calls=[(spelled[m], calls[m]) for m in calls])
    assert {spelled[method]: how for method, how in ended.items()} == told
    assert {method for method, (_, error) in ended.items() if error is None} == SUCCEED
    vague = {"route_not_found", "method_not_allowed", "internal_server_error", "bad_request"}
    assert {method: error for method, (_, error) in ended.items() if error in vague} == {}
