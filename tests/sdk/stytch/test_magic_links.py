"""Magic links, and passwords reset by e-mail, by the unmodified SDKs (M27)."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import stytch
from stytch.core.response_base import StytchError

from tests.running import Server
from tests.sdk.stytch.conftest import PASSWORD, PROJECT, SECRET, refused, told_by_node

VERIFIER = "a-code-verifier-that-is-long-enough-for-rfc-7636"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ANOTHER = "another staple, a battery of horses"
HERE = {"ip_address": "198.51.100.1", "user_agent": "Browser/1"}
MATCHING = {"ip_match_required": True, "user_agent_match_required": True}
DEAD = (401, "unable_to_auth_magic_link")


def secret(server: Server, to: str, kind: str = "magic_links") -> str:
    """What the newest link brings back to the application."""
    parts = parse_qs(urlsplit(str(server.message(to=to)["link"])).query)
    assert parts["stytch_token_type"] == [kind]
    return parts["token"][0]


def test_a_link_by_email(client: stytch.Client, server: Server, email: str) -> None:
    """M27."""
    callback = f"{server.shop_url}/callback"
    assert refused(client.magic_links.email.send, email=email) == (404, "email_not_found")
    new = client.magic_links.email.login_or_create(
        email=email,
        login_magic_link_url=callback,
        signup_magic_link_url=callback,
        login_expiration_minutes=5,
        signup_expiration_minutes=10_080,
        create_user_as_pending=True,
        code_challenge=CHALLENGE,
        attributes=HERE,
        locale="fr",
        login_template_id="mine",
        signup_template_id="mine",
    )
    assert new.user_created
    token = secret(server, email)
    authenticate = client.magic_links.authenticate
    assert refused(authenticate, token=token) == (400, "pkce_expected_code_verifier")
    assert refused(authenticate, token=token, code_verifier="no") == (400, "pkce_mismatch")
    elsewhere = refused(authenticate, token=token, code_verifier=VERIFIER, options=MATCHING)
    assert elsewhere == (401, "attribute_mismatch")
    done = authenticate(
        token=token,
        code_verifier=VERIFIER,
        attributes=HERE,
        options=MATCHING,
        session_duration_minutes=60,
        session_custom_claims={"plan": "gold"},
    )
    assert (done.user_id, done.method_id) == (new.user_id, new.email_id)
    assert (done.user.status, done.user.emails[0].verified) == ("active", True)
    assert done.reset_sessions is False
    assert done.session is not None
    (factor,) = done.session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("magic_link", "email")
    assert factor.email_factor is not None
    assert factor.email_factor.email_address == email
    assert client.sessions.authenticate_jwt(done.session_jwt).request_id == "", "checked locally"
    assert refused(authenticate, token=token, code_verifier=VERIFIER) == DEAD
    assert refused(authenticate, token="x" * 64) == (404, "magic_link_not_found")

    client.magic_links.email.send(email=email)
    again = secret(server, email)
    unasked = refused(authenticate, token=again, code_verifier=VERIFIER)
    assert unasked == (400, "pkce_did_not_expect_code_verifier")
    server.advance(60 * 60)
    assert refused(authenticate, token=again) == DEAD


@pytest.mark.parametrize(
    ("asked", "error_type"),
    [
        ({"login_magic_link_url": "https://evil.example"}, "no_match_for_provided_magic_link_url"),
        ({"login_expiration_minutes": 4}, "invalid_expiration"),
        ({"locale": "xx"}, "invalid_locale"),
        ({"code_challenge": "x"}, "invalid_pkce_code_challenge"),
        ({"email": "x"}, "invalid_email"),
    ],
)
def test_what_is_refused(
    client: stytch.Client, email: str, asked: dict[str, Any], error_type: str
) -> None:
    arguments = {"email": email} | asked
    assert refused(client.magic_links.email.login_or_create, **arguments) == (400, error_type)


def test_beside_a_password(client: stytch.Client, server: Server, email: str) -> None:
    """M21, M23 with a link: the session goes on under a new token, with both factors."""
    first = client.passwords.authenticate(
        email="bob@demo.localhost", password=PASSWORD, session_duration_minutes=60
    )
    sent = client.magic_links.email.send(email=email, session_token=first.session_token)
    token = secret(server, email)
    assert refused(client.magic_links.authenticate, token=token, session_token="x") == (
        404,
        "session_not_found",
    )
    second = client.magic_links.authenticate(token=token, session_token=first.session_token)
    assert second.session is not None
    factors = second.session.authentication_factors
    assert [factor.type for factor in factors] == ["password", "magic_link"]
    assert email in [one.email for one in second.user.emails if one.verified]
    assert second.method_id == sent.email_id
    gone = refused(client.sessions.authenticate, session_token=first.session_token)
    assert gone == (404, "session_not_found")


def test_who_never_proved_an_address_does_so_first(
    client: stytch.Client, server: Server, email: str, phone: str
) -> None:
    """M22: and with the session at hand it costs neither the password nor the session."""
    first = client.passwords.create(email=email, password=ANOTHER, session_duration_minutes=60)
    early = refused(client.otps.sms.send, phone_number=phone, session_token=first.session_token)
    assert early == (400, "too_many_unverified_factors")
    client.magic_links.email.send(email=email, session_token=first.session_token)
    proved = client.magic_links.authenticate(
        token=secret(server, email), session_token=first.session_token
    )
    sent = client.otps.sms.send(phone_number=phone, session_token=proved.session_token)
    second = client.otps.authenticate(
        method_id=sent.phone_id, code=server.code(to=phone), session_token=proved.session_token
    )
    assert second.session is not None
    ways = [factor.delivery_method for factor in second.session.authentication_factors]
    assert ways == ["knowledge", "email", "sms"]
    assert client.passwords.authenticate(email=email, password=ANOTHER).status_code == 200


def test_invitations(client: stytch.Client, server: Server, email: str) -> None:
    links = client.magic_links.email
    assert refused(links.revoke_invite, email=email) == (404, "email_not_found")
    invited = links.invite(
        email=email,
        invite_magic_link_url=f"{server.shop_url}/callback",
        invite_expiration_minutes=60,
        name={"first_name": "Nora", "last_name": "Neu"},
        attributes=HERE,
        locale="en",
        trusted_metadata={"plan": "gold"},
        untrusted_metadata={"theme": "dark"},
    )
    user = client.users.get(invited.user_id)
    assert user.status == "pending"
    assert user.name is not None
    assert user.name.first_name == "Nora"
    assert user.trusted_metadata == {"plan": "gold"}
    assert refused(links.invite, email=email) == (400, "user_already_invited")
    first = secret(server, email)
    assert links.revoke_invite(email=email).status_code == 200
    assert refused(client.magic_links.authenticate, token=first) == DEAD
    assert refused(links.revoke_invite, email=email) == (404, "magic_link_not_found")
    links.invite(email=email)
    done = client.magic_links.authenticate(token=secret(server, email))
    assert done.user.status == "active"
    assert refused(links.invite, email=email) == (400, "duplicate_email")


def test_links_of_the_application(client: stytch.Client, server: Server, email: str) -> None:
    user = client.magic_links.email.login_or_create(email=email).user_id
    made = client.magic_links.create(user_id=user, expiration_minutes=5, attributes=HERE)
    done = client.magic_links.authenticate(
        token=made.token, session_duration_minutes=5, attributes=HERE, options=MATCHING
    )
    assert done.session is not None
    (factor,) = done.session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("magic_link", "embedded")
    assert factor.embeddable_magic_link_factor is not None
    assert factor.embeddable_magic_link_factor.embedded_id == done.method_id
    assert done.user.emails[0].verified is False
    assert refused(client.magic_links.authenticate, token=made.token) == DEAD
    create = client.magic_links.create
    assert refused(create, user_id="x y") == (400, "invalid_user_id")
    assert refused(create, user_id="of-nobody") == (404, "user_not_found")
    late = refused(create, user_id=user, expiration_minutes=10_081)
    assert late == (400, "invalid_expiration")


def test_a_password_is_reset(client: stytch.Client, server: Server, email: str) -> None:
    """M27, REC-5."""
    start, reset = client.passwords.email.reset_start, client.passwords.email.reset
    assert refused(start, email=email) == (404, "email_not_found")
    client.magic_links.email.login_or_create(email=email)
    before = client.magic_links.authenticate(
        token=secret(server, email), session_duration_minutes=60
    )
    callback = f"{server.shop_url}/callback"
    sent = start(
        email=email,
        reset_password_redirect_url=callback,
        login_redirect_url=callback,
        reset_password_expiration_minutes=5,
        code_challenge=CHALLENGE,
        attributes=HERE,
        locale="pt-br",
        reset_password_template_id="mine",
    )
    assert sent.user_id == before.user_id
    token = secret(server, email, "reset_password")
    right: dict[str, Any] = {"token": token, "code_verifier": VERIFIER}
    weak = refused(reset, **right, password="password1")
    assert weak == (400, "weak_password")
    assert refused(reset, token=token, password=ANOTHER) == (400, "pkce_expected_code_verifier")
    done = reset(
        **right,
        password=ANOTHER,
        session_duration_minutes=60,
        session_custom_claims={"a": 1},
        attributes=HERE,
        options=MATCHING,
    )
    assert done.session is not None
    (factor,) = done.session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("magic_link", "email")
    gone = refused(client.sessions.authenticate, session_token=before.session_token)
    assert gone == (404, "session_not_found")
    dead = (401, "unable_to_auth_password_reset_token")
    assert refused(reset, **right, password=ANOTHER) == dead
    assert client.passwords.authenticate(email=email, password=ANOTHER).status_code == 200
    elsewhere = refused(start, email=email, reset_password_redirect_url="https://evil.example")
    assert elsewhere == (400, "no_match_for_provided_magic_link_url")
    late = refused(start, email=email, reset_password_expiration_minutes=4)
    assert late == (400, "invalid_expiration")


async def test_the_same_awaited(server: Server, email: str) -> None:
    async with aiohttp.ClientSession() as http:
        client = stytch.Client(
            project_id=PROJECT,
            secret=SECRET,
            environment=server.http_url,
            suppress_warnings=True,
            async_session=http,
        )
        links = client.magic_links
        invited = await links.email.invite_async(email=email)
        await links.email.revoke_invite_async(email=email)
        known = await links.email.login_or_create_async(email=email)
        assert (known.user_created, known.user_id) == (False, invited.user_id)
        await links.email.send_async(email=email)
        token = _newest(server, email)
        done = await links.authenticate_async(token=token, session_duration_minutes=5)
        assert done.user.status == "active"
        with pytest.raises(StytchError) as caught:
            await links.authenticate_async(token=token)
        assert caught.value.details.error_type == "unable_to_auth_magic_link"
        made = await links.create_async(user_id=known.user_id)
        assert (await links.authenticate_async(token=made.token)).session is None
        await client.passwords.email.reset_start_async(email=email)
        reset = await client.passwords.email.reset_async(
            token=secret(server, email, "reset_password"),
            password=ANOTHER,
            session_token=done.session_token,
        )
        assert reset.session is not None
        assert reset.session_token != done.session_token


def _newest(server: Server, to: str) -> str:
    """Several were sent; the inbox has the newest first."""
    link = str(server.message(to=to)["link"])
    while (newer := server.inbox(to=to)[0]["link"]) != link:
        link = str(newer)
    return parse_qs(urlsplit(link).query)["token"][0]


def test_by_node(server: Server, email: str) -> None:
    """M27."""
    told = told_by_node(server, "magic_links", email=email, callback=f"{server.shop_url}/callback")
    assert told == {
        "invited": "pending",
        "twice": ["StytchError", 400, "user_already_invited"],
        "revoked": 200,
        "created": False,
        "signed_up": {"status": "active", "factors": ["magic_link/email"]},
        "again": ["StytchError", 401, "unable_to_auth_magic_link"],
        "unknown": ["StytchError", 404, "magic_link_not_found"],
        "verifier": ["StytchError", 400, "pkce_mismatch"],
        "beside": ["magic_link/email"],
        "embedded": ["magic_link/embedded"],
        "weak": ["StytchError", 400, "weak_password"],
        "reset": ["magic_link/email"],
        "ended": ["StytchError", 404, "session_not_found"],
        "password": 200,
        "dead": ["StytchError", 401, "unable_to_auth_password_reset_token"],
    }
