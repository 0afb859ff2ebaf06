"""Passkeys by the unmodified SDKs for back ends, with an authenticator in software (M27, WA-1, WA-3)."""

import json

import aiohttp
import stytch

from tests.authenticator import Authenticator
from tests.core.test_webauthn_factor import OF_LOGIN, OF_REGISTRATION
from tests.running import Server
from tests.sdk.stytch.conftest import PASSWORD, PROJECT, SECRET, refused, told_by_node
from tests.wire.stytch.passkeys import DOMAIN, Browser, spelled

NOBODY = "user-test-0198f2a0-0000-7000-8000-000000000000"


def newcomer(client: stytch.Client, server: Server, phone: str) -> str:
    """Somebody who has proved a phone number."""
    sent = client.otps.sms.login_or_create(phone_number=phone)
    code = server.code(to=phone)
    return client.otps.authenticate(method_id=sent.phone_id, code=code).user_id


def at_the_shop(server: Server, name: str = "a phone") -> Browser:
    return Browser(Authenticator(f"{name} at {server.shop_url}", origin=server.shop_url))


def test_a_passkey_from_beginning_to_end(client: stytch.Client, server: Server, phone: str) -> None:
    """M27."""
    user, browser = newcomer(client, server, phone), at_the_shop(server, phone)
    begun = client.webauthn.register_start(
        user_id=user,
        domain=DOMAIN,
        user_agent="a browser",
        return_passkey_credential_options=True,
        use_base64_url_encoding=True,
    )
    assert begun.user_id == user
    made = browser.make(begun.public_key_credential_creation_options)
    kept = client.webauthn.register(
        user_id=user, public_key_credential=made, session_duration_minutes=60
    )
    [shown] = kept.user.webauthn_registrations
    assert shown.webauthn_registration_id == kept.webauthn_registration_id
    assert (shown.domain, shown.user_agent, shown.verified) == (DOMAIN, "a browser", True)
    assert kept.session is not None
    [factor] = kept.session.authentication_factors
    assert factor.webauthn_factor is not None
    assert factor.webauthn_factor.domain == DOMAIN
    local = client.sessions.authenticate_jwt_local(kept.session_jwt)
    assert local is not None
    assert local.authentication_factors[0].type == "webauthn"

    asked = client.webauthn.authenticate_start(domain=DOMAIN)
    assert asked.user_id == ""
    given = browser.get(asked.public_key_credential_request_options)
    used = client.webauthn.authenticate(
        public_key_credential=given, session_token=kept.session_token
    )
    assert used.session is not None
    assert len(used.session.authentication_factors) == 1
    assert used.session_token != kept.session_token
    wrong = (401, "unable_to_auth_webauthn_registration")
    assert refused(client.webauthn.authenticate, public_key_credential=given) == wrong

    id = kept.webauthn_registration_id
    renamed = client.webauthn.update(webauthn_registration_id=id, name="my phone")
    assert renamed.webauthn_registration is not None
    assert renamed.webauthn_registration.name == "my phone"
    [listed] = client.webauthn.list_credentials(user_id=user, domain=DOMAIN).credentials
    assert listed.webauthn_registration_id == id


def test_a_passkey_beside_a_password(client: stytch.Client, server: Server) -> None:
    """M21, M25: a second factor, and a step-up by it."""
    email = "ann@demo.localhost"
    first = client.passwords.authenticate(
        email=email, password=PASSWORD, session_duration_minutes=60
    )
    browser = at_the_shop(server, "Ann’s phone")
    begun = client.webauthn.register_start(user_id=first.user_id, domain=DOMAIN)
    made = browser.make(begun.public_key_credential_creation_options)
    raised = client.webauthn.register(
        user_id=first.user_id, public_key_credential=made, session_token=first.session_token
    )
    assert raised.session is not None
    assert [f.type for f in raised.session.authentication_factors] == ["password", "webauthn"]
    server.advance(60)
    asked = client.webauthn.authenticate_start(domain=DOMAIN, user_id=first.user_id)
    given = browser.get(asked.public_key_credential_request_options)
    again = client.webauthn.authenticate(
        public_key_credential=given, session_jwt=raised.session_jwt
    )
    assert again.session is not None
    before, after = raised.session.authentication_factors, again.session.authentication_factors
    assert after[0].last_authenticated_at == before[0].last_authenticated_at
    assert after[1].last_authenticated_at is not None
    assert before[1].last_authenticated_at is not None
    assert after[1].last_authenticated_at > before[1].last_authenticated_at


def test_what_is_refused(client: stytch.Client, server: Server, phone: str) -> None:
    user, browser = newcomer(client, server, phone), at_the_shop(server, phone)
    webauthn = client.webauthn
    domain = (400, "invalid_webauthn_registration_domain")
    assert refused(webauthn.register_start, user_id=user, domain="evil.example") == domain
    assert refused(webauthn.authenticate_start, domain="evil.example") == domain
    nobody = (404, "user_not_found")
    assert refused(webauthn.register_start, user_id=NOBODY, domain=DOMAIN) == nobody
    assert refused(webauthn.list_credentials, user_id=NOBODY, domain=DOMAIN) == nobody
    none = (400, "no_active_webauthn_registrations")
    assert refused(webauthn.authenticate_start, user_id=user, domain=DOMAIN) == none
    type_ = (400, "invalid_authenticator_type")
    assert refused(
        webauthn.register_start, user_id=user, domain=DOMAIN, authenticator_type="telepathy"
    ) == (type_)
    for call, given in (
        (webauthn.register, {"user_id": user}),
        (webauthn.authenticate, {}),
    ):
        bad = refused(call, public_key_credential="{}", **given)
        assert bad == (400, "invalid_public_key_credential")

    begun = webauthn.register_start(user_id=user, domain=DOMAIN)
    options = json.loads(begun.public_key_credential_creation_options)
    forged = spelled(browser.phone.make({"public_key": options}, OF_REGISTRATION["another origin"]))
    wrong = (401, "unable_to_register_webauthn_registration")
    assert refused(webauthn.register, user_id=user, public_key_credential=forged) == wrong
    begun = webauthn.register_start(user_id=user, domain=DOMAIN)
    made = browser.make(begun.public_key_credential_creation_options)
    webauthn.register(user_id=user, public_key_credential=made)
    asked = webauthn.authenticate_start(domain=DOMAIN, user_id=user)
    forged = browser.get(asked.public_key_credential_request_options, OF_LOGIN["another origin"])
    wrong = (401, "unable_to_auth_webauthn_registration")
    assert refused(webauthn.authenticate, public_key_credential=forged) == wrong


async def test_awaited(server: Server, phone: str) -> None:
    browser = at_the_shop(server, phone)
    async with aiohttp.ClientSession() as session:
        client = stytch.Client(
            project_id=PROJECT,
            secret=SECRET,
            environment=server.http_url,
            suppress_warnings=True,
            async_session=session,
        )
        sent = await client.otps.sms.login_or_create_async(phone_number=phone)
        proved = await client.otps.authenticate_async(
            method_id=sent.phone_id, code=server.code(to=phone)
        )
        user = proved.user_id
        begun = await client.webauthn.register_start_async(user_id=user, domain=DOMAIN)
        made = browser.make(begun.public_key_credential_creation_options)
        kept = await client.webauthn.register_async(user_id=user, public_key_credential=made)
        asked = await client.webauthn.authenticate_start_async(domain=DOMAIN, user_id=user)
        given = browser.get(asked.public_key_credential_request_options)
        used = await client.webauthn.authenticate_async(public_key_credential=given)
        assert used.webauthn_registration_id == kept.webauthn_registration_id


def test_by_node(server: Server, client: stytch.Client, phone: str) -> None:
    """M27: its authenticator is in this process: Node asks, and is given the answers."""
    user, browser = newcomer(client, server, phone), at_the_shop(server, phone)
    begun = told_by_node(server, "webauthn", call="registerStart", user_id=user, domain=DOMAIN)
    made = browser.make(begun["public_key_credential_creation_options"])
    kept = told_by_node(
        server, "webauthn", call="register", user_id=user, public_key_credential=made
    )
    asked = told_by_node(server, "webauthn", call="authenticateStart", domain=DOMAIN)
    given = browser.get(asked["public_key_credential_request_options"])
    used = told_by_node(server, "webauthn", call="authenticate", public_key_credential=given)
    assert used["webauthn_registration_id"] == kept["webauthn_registration_id"]
    again = told_by_node(server, "webauthn", call="authenticate", public_key_credential=given)
    assert again == ["StytchError", 401, "unable_to_auth_webauthn_registration"]
    id = kept["webauthn_registration_id"]
    named = told_by_node(
        server, "webauthn", call="update", webauthn_registration_id=id, name="my phone"
    )
    assert named["webauthn_registration"]["name"] == "my phone"
    listed = told_by_node(server, "webauthn", call="listCredentials", user_id=user, domain=DOMAIN)
    assert [one["webauthn_registration_id"] for one in listed["credentials"]] == [id]
