"""The guide to multi-factor authentication, and the one to stepping up, by the unmodified Python SDK."""

import stytch

from tests.running import Server
from tests.sdk.stytch.conftest import PASSWORD, refused


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

    gone = (404, "session_not_found")
    assert refused(client.sessions.authenticate, session_token=first.session_token) == gone
    assert refused(client.sessions.authenticate, session_jwt=first.session_jwt) == gone
    remote = client.sessions.authenticate_jwt(second.session_jwt, max_token_age_seconds=0)
    assert remote.request_id
    assert client.sessions.authenticate(session_token=second.session_token).status_code == 200
