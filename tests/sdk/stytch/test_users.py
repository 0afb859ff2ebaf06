"""Users, by the unmodified SDKs for Python and Node: made, shown, searched, changed, parted from their factors."""

from uuid import uuid4

import aiohttp
import pytest
import stytch
from stytch.consumer.models.users import SearchUsersQuery, SearchUsersQueryOperator

from tests.authenticator import Authenticator
from tests.running import Server
from tests.sdk.stytch.conftest import PROJECT, SECRET, refused, told_by_node
from tests.wire.stytch.apps import code_of
from tests.wire.stytch.passkeys import DOMAIN, Browser

speaks_pydantic_1 = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated")  # the SDK

STRONG = "a horse that nobody staples"
NOBODY = f"user-test-{uuid4()}"
UNKNOWN = (404, "user_not_found")


def test_from_beginning_to_end(client: stytch.Client, email: str, phone: str) -> None:
    """M27."""
    own = f"crm|{email.partition('@')[0]}"
    made = client.users.create(
        email=email,
        phone_number=phone,
        name={"first_name": "Dora"},
        trusted_metadata={"plan": "gold", "old": True},
        external_id=own,
        roles=["editor"],
        create_user_as_pending=True,
    )
    assert (made.status_code, made.status) == (201, "pending")
    assert made.user.emails[0].email_id == made.email_id
    assert made.user.phone_numbers[0].phone_id == made.phone_id
    shown = client.users.get(user_id=own)
    assert shown.user_id == made.user_id
    assert shown.name is not None
    assert (shown.name.first_name, shown.external_id, shown.roles) == ("Dora", own, ["editor"])
    assert refused(client.users.create, email=email) == (400, "duplicate_email")
    assert refused(client.users.create) == (400, "bad_request")
    taken = refused(client.users.create, email=f"x{email}", external_id=own)
    assert taken == (400, "duplicate_user_external_id")

    changed = client.users.update(
        user_id=own, trusted_metadata={"seats": 2, "old": None}, untrusted_metadata={"dark": True}
    )
    assert changed.user.trusted_metadata == {"plan": "gold", "seats": 2}
    assert changed.user.untrusted_metadata == {"dark": True}
    many = {str(number): number for number in range(21)}
    too_many = refused(client.users.update, user_id=own, trusted_metadata=many)
    assert too_many == (400, "metadata_too_many_keys")
    assert refused(client.users.update, user_id=NOBODY, roles=[]) == UNKNOWN

    assert client.users.delete_phone_number(phone_id=made.phone_id).user.phone_numbers == []
    gone = refused(client.users.delete_phone_number, phone_id=made.phone_id)
    assert gone == (404, "phone_number_not_found")
    last = refused(client.users.delete_email, email_id=made.email_id)
    assert last == (400, "cannot_delete_last_primary_factor")
    exchanged = client.users.exchange_primary_factor(user_id=own, phone_number=phone)
    assert [one.phone_number for one in exchanged.user.phone_numbers] == [phone]
    neither = refused(client.users.exchange_primary_factor, user_id=own)
    assert neither == (400, "invalid_exchange_primary_factor_fields")

    assert client.users.delete_external_id(user_id=own).user.external_id is None
    assert refused(client.users.get, user_id=own) == UNKNOWN
    assert client.users.delete(user_id=made.user_id).user_id == made.user_id
    assert refused(client.users.delete, user_id=made.user_id) == UNKNOWN


def test_every_kind_of_factor_is_shown_and_taken_away(
    client: stytch.Client, server: Server, email: str, phone: str
) -> None:
    """M27, SES-6: the SDK's strict models read a user with all of them."""
    begun = client.passwords.create(email=email, password=STRONG, session_duration_minutes=60)
    sent = client.otps.email.send(email=email, session_token=begun.session_token)
    session = client.otps.authenticate(
        method_id=sent.email_id, code=server.code(to=email), session_token=begun.session_token
    ).session_token
    texted = client.otps.sms.send(phone_number=phone, session_token=session)
    session = client.otps.authenticate(
        method_id=texted.phone_id, code=server.code(to=phone), session_token=session
    ).session_token
    app = client.totps.create(user_id=begun.user_id)
    assert [one.verified for one in app.user.totps] == [False]
    session = client.totps.authenticate(
        user_id=begun.user_id,
        totp_code=code_of(app.secret, server.now()),
        session_token=session,
    ).session_token
    browser = Browser(Authenticator("a phone at the shop", origin=server.shop_url))
    asked = client.webauthn.register_start(user_id=begun.user_id, domain=DOMAIN)
    made = browser.make(asked.public_key_credential_creation_options)
    full = client.webauthn.register(
        user_id=begun.user_id, public_key_credential=made, session_token=session
    )
    user = full.user
    assert user.password is not None
    assert [len(each) for each in (user.emails, user.phone_numbers, user.totps)] == [1, 1, 1]
    assert user.webauthn_registrations[0].domain == DOMAIN
    assert full.session is not None
    assert len(full.session.authentication_factors) == 5
    found = client.users.search(
        query={
            "operator": "AND",
            "operands": [
                {"filter_name": "totp_id", "filter_value": [app.totp_id]},
                {
                    "filter_name": "webauthn_registration_id",
                    "filter_value": [full.webauthn_registration_id],
                },
                {"filter_name": "totp_verified", "filter_value": True},
                {"filter_name": "webauthn_registration_verified", "filter_value": True},
                {"filter_name": "password_exists", "filter_value": True},
            ],
        }
    )
    assert found.results == [user]

    client.users.delete_webauthn_registration(
        webauthn_registration_id=full.webauthn_registration_id
    )
    client.users.delete_totp(totp_id=app.totp_id)
    client.users.delete_phone_number(phone_id=texted.phone_id)
    client.users.delete_password(password_id=user.password.password_id)
    left = client.sessions.authenticate(session_token=full.session_token)
    assert [one.type for one in left.session.authentication_factors] == ["otp"]
    assert left.user.password is None
    assert (left.user.totps, left.user.webauthn_registrations) == ([], [])
    for call, name, kind in (
        (client.users.delete_totp, "totp_id", "totp"),
        (
            client.users.delete_webauthn_registration,
            "webauthn_registration_id",
            "webauthn-registration",
        ),
        (client.users.delete_password, "password_id", "password"),
    ):
        error = f"{kind.replace('-', '_')}_not_found"
        assert refused(call, **{name: f"{kind}-test-{uuid4()}"}) == (404, error)


def test_a_locked_user_says_so(client: stytch.Client, email: str) -> None:
    """M27, M33."""
    made = client.passwords.create(email=email, password=STRONG)
    for _ in range(10):
        refused(client.passwords.authenticate, email=email, password="wrong")
    user = client.users.get(user_id=made.user_id)
    assert user.is_locked
    assert user.lock_created_at is not None
    assert user.lock_expires_at is not None
    assert user.lock_expires_at > user.lock_created_at


@speaks_pydantic_1
def test_all_of_them_page_by_page(client: stytch.Client, email: str) -> None:
    """M27: the SDK's own loop ends, and has seen each user once."""
    name, _, host = email.partition("@")
    crowd = [f"{name}.{number}@{host}" for number in range(5)]
    ids = [client.users.create(email=each).user_id for each in crowd]
    query = SearchUsersQuery(
        operator=SearchUsersQueryOperator.AND,
        operands=[{"filter_name": "email_address_fuzzy", "filter_value": f"{name}."}],
    )
    pages = list(client.users.search_all(limit=2, query=query))
    assert [len(page.results) for page in pages] == [2, 2, 1]
    assert [user.user_id for page in pages for user in page.results] == ids
    assert [page.results_metadata.total for page in pages] == [5, 5, 5]
    assert client.users.search(limit=1).results_metadata.next_cursor
    assert refused(client.users.search, limit=0) == (400, "user_search_invalid_limit")
    assert refused(client.users.search, cursor="x") == (400, "user_search_invalid_cursor")
    unknown = {"operator": "AND", "operands": [{"filter_name": "x", "filter_value": 1}]}
    wrong = refused(client.users.search, query=unknown)
    assert wrong == (400, "user_search_filter_name_not_recognized")


@speaks_pydantic_1
async def test_the_same_awaited(server: Server, email: str, phone: str) -> None:
    """M27."""
    async with aiohttp.ClientSession() as http:
        client = stytch.Client(
            project_id=PROJECT,
            secret=SECRET,
            environment=server.http_url,
            suppress_warnings=True,
            async_session=http,
        )
        users = client.users
        made = await users.create_async(email=email)
        id = made.user_id
        assert (await users.get_async(user_id=id)).emails[0].email == email
        updated = await users.update_async(user_id=id, external_id=email.partition("@")[0])
        assert updated.user.external_id is not None
        assert (await users.delete_external_id_async(user_id=id)).user.external_id is None
        exchanged = await users.exchange_primary_factor_async(user_id=id, phone_number=phone)
        assert exchanged.user.emails == []
        operand = {"filter_name": "phone_number", "filter_value": [phone]}
        query = SearchUsersQuery(operator=SearchUsersQueryOperator.OR, operands=[operand])
        found = [page async for page in users.search_all_async(query=query)]
        assert [user.user_id for page in found for user in page.results] == [id]
        assert (await users.delete_async(user_id=id)).user_id == id


def test_by_node(server: Server, email: str, phone: str) -> None:
    """M27."""
    told = told_by_node(server, "users", email=email, phone=phone, strong=STRONG)
    assert told == {
        "made": [201, "active", True],
        "duplicate": ["StytchError", 400, "duplicate_email"],
        "shown": ["Dora", "crm"],
        "updated": {"plan": "gold"},
        "metadata": ["StytchError", 400, "metadata_too_large"],
        "pages": [2, 1],
        "found": 3,
        "search": ["StytchError", 400, "user_search_invalid_operator"],
        "email": ["StytchError", 400, "cannot_delete_last_primary_factor"],
        "exchanged": [0, 1],
        "phone": ["StytchError", 404, "phone_number_not_found"],
        "password": None,
        "no password": ["StytchError", 404, "password_not_found"],
        "totp": ["StytchError", 404, "totp_not_found"],
        "registration": ["StytchError", 404, "webauthn_registration_not_found"],
        "external": None,
        "deleted": True,
        "gone": ["StytchError", 404, "user_not_found"],
    }
