"""The guide to multi-factor authentication, and the one to stepping up, by the unmodified SDKs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import stytch
from stytch.consumer.models.sessions import Session

from tests.running import Server
from tests.sdk.stytch.conftest import PASSWORD, PROJECT, SECRET, refused, told_by_node

GONE = (404, "session_not_found")


def test_password_then_code(client: stytch.Client, server: Server, phone: str) -> None:
    """M20, M21, M23, M24, M27."""
    first = client.passwords.authenticate(
        email="ann@demo.localhost", password=PASSWORD, session_duration_minutes=120
    )
    assert first.session is not None
    assert [f.type for f in first.session.authentication_factors] == ["password"]
    assert client.sessions.authenticate_jwt(first.session_jwt).request_id == "", "checked locally"

    sent = client.otps.sms.send(phone_number=phone, session_token=first.session_token)
    code = server.code(to=phone)
    second = client.otps.authenticate(
        method_id=sent.phone_id, code=code, session_token=first.session_token
    )
    assert second.session is not None
    factors = second.session.authentication_factors
    assert [f.delivery_method for f in factors] == ["knowledge", "sms"]
    assert factors[1].phone_number_factor is not None
    assert factors[1].phone_number_factor.phone_number == phone
    assert second.session.session_id == first.session.session_id
    assert second.session.expires_at == first.session.expires_at

    assert refused(client.sessions.authenticate, session_token=first.session_token) == GONE
    assert refused(client.sessions.authenticate, session_jwt=first.session_jwt) == GONE
    remote = client.sessions.authenticate_jwt(second.session_jwt, max_token_age_seconds=0)
    assert remote.request_id
    assert client.sessions.authenticate(session_token=second.session_token).status_code == 200


def test_a_factor_too_old_is_asked_for_again(
    client: stytch.Client, server: Server, phone: str
) -> None:
    """M25: as an application decides it, by `last_authenticated_at`."""

    def fresh(session: Session) -> bool:
        newest = max(
            factor.last_authenticated_at
            for factor in session.authentication_factors
            if factor.last_authenticated_at and factor.delivery_method == "sms"
        )
        return datetime.fromtimestamp(server.now(), UTC) - newest < timedelta(minutes=1)

    created = client.otps.sms.login_or_create(phone_number=phone)
    session = client.otps.authenticate(
        method_id=created.phone_id, code=server.code(to=phone), session_duration_minutes=60
    )
    assert session.session is not None
    assert fresh(session.session)
    server.advance(61)
    later = client.sessions.authenticate(session_token=session.session_token)
    assert not fresh(later.session)
    sent = client.otps.sms.send(phone_number=phone, session_token=later.session_token)
    raised = client.otps.authenticate(
        method_id=sent.phone_id, code=server.code(to=phone), session_token=later.session_token
    )
    assert raised.session is not None
    assert fresh(raised.session)
    assert len(raised.session.authentication_factors) == 1


async def test_the_same_awaited(server: Server, phone: str, email: str) -> None:
    """M27: the package's other half."""
    async with aiohttp.ClientSession() as http:
        client = stytch.Client(
            project_id=PROJECT,
            secret=SECRET,
            environment=server.http_url,
            suppress_warnings=True,
            async_session=http,
        )
        who = await client.debug.whoami_async()
        assert who.project_id == PROJECT
        sent = await client.otps.email.login_or_create_async(email=email)
        assert sent.user_created
        first = await client.otps.authenticate_async(
            method_id=sent.email_id, code=server.code(to=email), session_duration_minutes=30
        )
        text = await client.otps.whatsapp.send_async(
            phone_number=phone, session_token=first.session_token
        )
        second = await client.otps.authenticate_async(
            method_id=text.phone_id, code=server.code(to=phone), session_jwt=first.session_jwt
        )
        assert second.session is not None
        ways = [f.delivery_method for f in second.session.authentication_factors]
        assert ways == ["email", "whatsapp"]
        # the server's clock is ahead in this run: a token of then is none that may be checked locally now
        checked = await client.sessions.authenticate_async(session_jwt=second.session_jwt)
        assert checked.session_token == ""
        listed = await client.sessions.get_async(user_id=second.user_id)
        assert [one.session_id for one in listed.sessions] == [second.session.session_id]
        await client.sessions.revoke_async(session_id=second.session.session_id)
        assert (await client.sessions.get_async(user_id=second.user_id)).sessions == []


def test_the_same_in_node(server: Server, phone: str) -> None:
    """M20, M21, M23, M24, M25, M27."""
    server.reset()
    told = told_by_node(server, "guide", email="ann@demo.localhost", phone=phone)
    assert told == {
        "first": ["knowledge"],
        "wrong": ["StytchError", 404, "otp_code_not_found"],
        "second": ["knowledge", "sms"],
        "superseded": ["StytchError", 404, "session_not_found"],
        "local": {"asked": False, "factors": ["knowledge", "sms"]},
        "remote": {"asked": True, "factors": ["knowledge", "sms"]},
        "tampered": ["StytchError", 400, "unable_to_parse_session_jwt"],
        "raised": {
            "factors": ["knowledge", "sms"],
            "fresher": True,
            "claims": {"paid": True},
        },
        "sessions": True,
        "keys": 2,
        "revoked": 200,
        "over": ["StytchError", 404, "session_not_found"],
    }


def test_the_keys_rotate(client: stytch.Client, server: Server) -> None:
    """A key is published before it signs, so that a client that keeps the set is not surprised."""
    server.reset()
    ann: dict[str, Any] = {
        "email": "ann@demo.localhost",
        "password": PASSWORD,
        "session_duration_minutes": 5,
    }
    before = client.passwords.authenticate(**ann)
    assert client.sessions.authenticate_jwt(before.session_jwt).request_id == ""
    done = server.client().post(
        "/admin/v1/keys/rotate", headers={"authorization": "Bearer dev-admin-token"}
    )
    assert done.status_code == 200
    after = client.passwords.authenticate(**ann)
    for token in (before, after):
        assert client.sessions.authenticate_jwt(token.session_jwt).request_id == ""
