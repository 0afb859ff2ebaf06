"""Passwords, by the unmodified SDKs for Python and Node: chosen, judged, replaced, brought along."""

import hashlib

import aiohttp
import stytch
from argon2 import PasswordHasher
from stytch.consumer.models.passwords import MigrateRequestHashType

from tests.running import Server
from tests.sdk.stytch.conftest import PROJECT, SECRET, refused, told_by_node

STRONG, STRONGER = "a horse that nobody staples", "seven quiet lamps on the pier"
WRONG = (401, "unauthorized_credentials")
GONE = (404, "session_not_found")


def test_chosen_and_judged(client: stytch.Client, email: str) -> None:
    """M20, M27."""
    made = client.passwords.create(
        email=email,
        password=STRONG,
        session_duration_minutes=60,
        session_custom_claims={"plan": "gold"},
        trusted_metadata={"a": 1},
        name={"first_name": "Dora"},
    )
    assert made.session is not None
    assert [one.type for one in made.session.authentication_factors] == ["password"]
    assert made.user.password is not None
    assert not made.user.password.requires_reset
    assert made.user.emails[0].email_id == made.email_id
    assert client.sessions.authenticate_jwt(made.session_jwt).request_id == "", "checked locally"
    taken = refused(client.passwords.create, email=email, password=STRONG)
    assert taken == (400, "duplicate_email")
    weak = refused(client.passwords.create, email=f"x{email}", password="password1")
    assert weak == (400, "weak_password")

    judged = client.passwords.strength_check(password="password1", email=email)
    assert (judged.valid_password, judged.score, judged.strength_policy) == (False, 0, "zxcvbn")
    assert judged.feedback is not None
    assert judged.feedback.warning
    assert judged.feedback.suggestions
    fine = client.passwords.strength_check(password=STRONG)
    assert fine.valid_password
    assert fine.feedback is not None
    assert (fine.feedback.warning, fine.feedback.suggestions) == ("", [])

    assert refused(client.passwords.authenticate, email=email, password="x") == WRONG
    unknown = refused(client.passwords.authenticate, email=f"x{email}", password=STRONG)
    assert unknown == (404, "email_not_found")
    client.users.create(email=f"x{email}")
    none = refused(client.passwords.authenticate, email=f"x{email}", password=STRONG)
    assert none == (400, "no_user_password")


def test_replaced(client: stytch.Client, server: Server, email: str) -> None:
    """M27: by who knows it, every session ends; in a session, every other one."""
    made = client.passwords.create(email=email, password=STRONG, session_duration_minutes=60)
    other = client.passwords.authenticate(email=email, password=STRONG, session_duration_minutes=60)
    kept = client.passwords.sessions.reset(password=STRONGER, session_token=made.session_token)
    assert kept.session is not None
    assert kept.session_token == made.session_token
    assert refused(client.sessions.authenticate, session_token=other.session_token) == GONE
    weak = refused(
        client.passwords.sessions.reset, password="password1", session_token=made.session_token
    )
    assert weak == (400, "weak_password")

    existing = client.passwords.existing_password
    wrong = refused(existing.reset, email=email, existing_password=STRONG, new_password=STRONG)
    assert wrong == WRONG
    again = existing.reset(
        email=email,
        existing_password=STRONGER,
        new_password=STRONG,
        session_duration_minutes=60,
    )
    assert again.session is not None
    assert refused(client.sessions.authenticate, session_token=made.session_token) == GONE
    server.advance(301)
    old = refused(
        client.passwords.sessions.reset, password=STRONGER, session_token=again.session_token
    )
    assert old == (401, "session_too_old_to_reset_password")
    assert refused(client.passwords.sessions.reset, password=STRONGER, session_token="x") == GONE


def test_one_that_another_may_have_set(client: stytch.Client, server: Server, email: str) -> None:
    """M27: until the owner of the mailbox has reset it."""
    waiting = client.passwords.create(email=email, password=STRONG, session_duration_minutes=60)
    sent = client.otps.email.login_or_create(email=email)
    owner = client.otps.authenticate(
        method_id=sent.email_id, code=server.code(to=email), session_duration_minutes=60
    )
    assert owner.reset_sessions
    assert owner.user.password is not None
    assert owner.user.password.requires_reset
    assert refused(client.sessions.authenticate, session_token=waiting.session_token) == GONE
    distrusted = refused(client.passwords.authenticate, email=email, password=STRONG)
    assert distrusted == (400, "reset_password")
    client.passwords.sessions.reset(password=STRONGER, session_token=owner.session_token)
    assert client.passwords.authenticate(email=email, password=STRONGER).status_code == 200


def test_brought_along(client: stytch.Client, email: str, phone: str) -> None:
    """M27."""
    digest = hashlib.sha1(b"pepper" + STRONG.encode()).hexdigest()
    moved = client.passwords.migrate(
        email=email,
        hash=digest,
        hash_type="sha_1",
        sha_1_config={"prepend_salt": "pepper", "append_salt": ""},
        set_email_verified=True,
        phone_number=phone,
        set_phone_number_verified=True,
        name={"first_name": "Dora"},
        trusted_metadata={"a": 1},
        roles=["editor"],
    )
    assert moved.user_created
    assert moved.user.emails[0].verified
    assert moved.user.phone_numbers[0].verified
    logged_in = client.passwords.authenticate(email=email, password=STRONG)
    assert logged_in.user_id == moved.user_id
    again = refused(client.passwords.migrate, email=email, hash=digest, hash_type="sha_1")
    assert again == (400, "password_already_exists")

    client.users.create(email=f"x{email}")
    encoded = PasswordHasher(1, 64, 1).hash(STRONGER)
    added = client.passwords.migrate(email=f"x{email}", hash=encoded, hash_type="argon_2id")
    assert not added.user_created
    assert client.passwords.authenticate(email=f"x{email}", password=STRONGER).status_code == 200
    costly = encoded.replace("m=64", "m=4194304")
    hostile = refused(
        client.passwords.migrate, email=f"y{email}", hash=costly, hash_type="argon_2id"
    )
    assert hostile == (400, "invalid_argon_2_memory")


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
        passwords = client.passwords
        assert (await passwords.strength_check_async(password=STRONG)).valid_password
        made = await passwords.create_async(
            email=email, password=STRONG, session_duration_minutes=5
        )
        kept = await passwords.sessions.reset_async(
            password=STRONGER, session_token=made.session_token
        )
        assert kept.user_id == made.user_id
        again = await passwords.existing_password.reset_async(
            email=email, existing_password=STRONGER, new_password=STRONG
        )
        assert (again.session_token, again.session) == ("", None)
        assert (await passwords.authenticate_async(email=email, password=STRONG)).user_id
        moved = await passwords.migrate_async(
            email=f"x{email}",
            hash=hashlib.md5(b"old").hexdigest(),
            hash_type=MigrateRequestHashType.MD_5,
        )
        assert moved.user_created


def test_by_node(server: Server, email: str) -> None:
    """M27."""
    told = told_by_node(server, "passwords", email=email, strong=STRONG, stronger=STRONGER)
    assert told == {
        "made": ["knowledge"],
        "duplicate": ["StytchError", 400, "duplicate_email"],
        "weak": ["StytchError", 400, "weak_password"],
        "judged": [False, "zxcvbn", "string", None],
        "kept": True,
        "replaced": ["", None],
        "ended": ["StytchError", 404, "session_not_found"],
        "wrong": ["StytchError", 401, "unauthorized_credentials"],
        "old": ["StytchError", 404, "session_not_found"],
        "migrated": [True, True],
        "logged in": True,
        "again": ["StytchError", 400, "password_already_exists"],
        "hostile": ["StytchError", 400, "invalid_scrypt_n_parameter"],
        "distrusted": ["StytchError", 400, "reset_password"],
        "reset": False,
    }
