"""Authenticator apps and recovery codes, by the unmodified SDKs for Python and Node."""

from base64 import b64decode

import aiohttp
import stytch
from stytch.consumer.models.sessions import Session

from tests.running import Server
from tests.sdk.stytch.conftest import PROJECT, SECRET, refused, told_by_node
from tests.wire.stytch.apps import STEP, code_of, other_than


def ways(session: Session | None) -> list[str]:
    assert session is not None
    return [
        f"{one.type.value}/{one.delivery_method.value}" for one in session.authentication_factors
    ]


def test_an_app_from_the_offer_to_the_last_resort(
    client: stytch.Client, server: Server, email: str
) -> None:
    """M27, TOTP-3, TOTP-6, REC-3."""
    sent = client.otps.email.login_or_create(email=email)
    first = client.otps.authenticate(
        method_id=sent.email_id, code=server.code(to=email), session_duration_minutes=60
    )
    user = first.user_id
    assert refused(client.totps.authenticate, user_id=user, totp_code="123456") == (
        404,
        "totp_not_found",
    )

    made = client.totps.create(user_id=user, expiration_minutes=5)
    assert (len(made.secret), len(made.recovery_codes)) == (32, 10)
    assert b64decode(made.qr_code.partition(",")[2]).startswith(b"\x89PNG")
    assert [totp.verified for totp in made.user.totps] == [False]
    code = code_of(made.secret, server.now())
    wrong = (401, "unable_to_authenticate_totp")
    assert refused(client.totps.authenticate, user_id=user, totp_code=other_than(code)) == wrong
    assert refused(client.totps.authenticate, user_id=user, totp_code="12") == (
        400,
        "invalid_totp_code",
    )

    second = client.totps.authenticate(
        user_id=user,
        totp_code=code_of(made.secret, server.now()),
        session_token=first.session_token,
    )
    assert second.totp_id == made.totp_id
    assert ways(second.session) == ["otp/email", "totp/authenticator_app"]
    assert second.session is not None
    app = second.session.authentication_factors[1].authenticator_app_factor
    assert app is not None
    assert app.totp_id == made.totp_id
    assert [totp.verified for totp in client.users.get(user_id=user).totps] == [True]
    assert refused(client.sessions.authenticate, session_token=first.session_token) == (
        404,
        "session_not_found",
    )
    assert refused(client.totps.create, user_id=user) == (400, "active_totp_exists")

    code = code_of(made.secret, server.advance(STEP))
    assert client.totps.authenticate(user_id=user, totp_code=code).session is None
    used = (400, "totp_code_already_authenticated")
    assert refused(client.totps.authenticate, user_id=user, totp_code=code) == used
    assert refused(
        client.totps.authenticate,
        user_id=user,
        totp_code=code_of(made.secret, server.advance(STEP)),
        session_duration_minutes=60,
    ) == (400, "no_session_arguments")

    recovery, *others = made.recovery_codes
    back = client.totps.recover(
        user_id=user, recovery_code=recovery, session_jwt=second.session_jwt
    )
    assert back.totp_id == made.totp_id
    assert ways(back.session)[2:] == ["recovery_codes/recovery_code"]
    assert refused(client.totps.recover, user_id=user, recovery_code=recovery) == (
        401,
        "unable_to_authenticate_recovery_code",
    )
    assert refused(client.totps.recover, user_id=user, recovery_code="123456") == (
        400,
        "totp_code_used_as_recovery_code",
    )
    [left] = client.totps.recovery_codes(user_id=user).totps
    assert (left.totp_id, left.verified, left.recovery_codes) == (made.totp_id, True, others)


async def test_the_same_awaited(server: Server, email: str) -> None:
    """M27."""
    async with aiohttp.ClientSession() as http:
        client = stytch.Client(
            project_id=PROJECT,
            secret=SECRET,
            environment=server.http_url,
            suppress_warnings=True,
            async_session=http,
        )
        sent = await client.otps.email.login_or_create_async(email=email)
        first = await client.otps.authenticate_async(
            method_id=sent.email_id, code=server.code(to=email), session_duration_minutes=30
        )
        made = await client.totps.create_async(user_id=first.user_id)
        proved = await client.totps.authenticate_async(
            user_id=first.user_id,
            totp_code=code_of(made.secret, server.now()),
            session_token=first.session_token,
        )
        assert ways(proved.session) == ["otp/email", "totp/authenticator_app"]
        back = await client.totps.recover_async(
            user_id=first.user_id,
            recovery_code=made.recovery_codes[9],
            session_token=proved.session_token,
        )
        assert len(ways(back.session)) == 3
        left = await client.totps.recovery_codes_async(user_id=first.user_id)
        assert left.totps[0].recovery_codes == made.recovery_codes[:9]


def test_the_same_in_node(server: Server, email: str) -> None:
    """M27."""
    assert told_by_node(
        server, "totps", email=email, clock=f"{server.management_url}/dev/clock"
    ) == {
        "secret": 32,
        "picture": "data:image/png;base64",
        "codes": 10,
        "wrong": ["StytchError", 401, "unable_to_authenticate_totp"],
        "proved": ["email", "authenticator_app"],
        "verified": [True],
        "used": ["StytchError", 400, "totp_code_already_authenticated"],
        "exists": ["StytchError", 400, "active_totp_exists"],
        "recovered": ["email", "authenticator_app", "recovery_code"],
        "spent": ["StytchError", 401, "unable_to_authenticate_recovery_code"],
        "left": 9,
    }
