"""Users, looked for by everything that may be asked; page by page."""

from typing import Any
from uuid import uuid4

import pytest

from tests.wire.stytch.conftest import Ask
from tests.wire.stytch.test_users import ANN, PHONE, logged_in, said, with_phone
from tests.world import World

ANNS, BOBS, CLEOS = "ann@demo.localhost", "bob@demo.localhost", "cleo@demo.localhost"
EVERYBODY = [ANNS, BOBS, CLEOS, "dora@example.com", "eve_%@example.com", ""]  # the last has a phone


@pytest.fixture
async def crowd(ask: Ask, world: World) -> dict[str, Any]:
    """Three of the demo, and three that came an hour later."""
    world.clock.advance(3600)
    name = {"first_name": "Dóra", "middle_name": "Q", "last_name": "Strauß"}
    dora = await ask(
        "POST /users", {"email": "dora@example.com", "name": name, "external_id": "crm.1"}
    )
    eve = await ask("POST /users", {"email": "eve_%@example.com", "external_id": "crm.2"})
    fred = await ask("POST /users", {"phone_number": PHONE, "create_user_as_pending": True})
    ann = await logged_in(ask, ANN)
    return {"dora": dora, "eve": eve, "fred": fred, "ann": ann}


def address(user: Any) -> str:
    return user["emails"][0]["email"] if user["emails"] else ""


async def found(ask: Ask, *operands: tuple[str, Any], operator: str = "AND") -> list[str]:
    asked = [{"filter_name": name, "filter_value": value} for name, value in operands]
    answer = await ask("POST /users/search", {"query": {"operator": operator, "operands": asked}})
    assert answer["status_code"] == 200, answer
    assert answer["results_metadata"] == {"total": len(answer["results"]), "next_cursor": None}
    return [address(user) for user in answer["results"]]


LATER = "2126-01-01T00:00:00Z"
FIRST, LAST = EVERYBODY[:3], EVERYBODY[3:]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("status", "pending", [""]),
        ("status", "active", EVERYBODY[:5]),
        ("full_name_fuzzy", "dÓRA q", ["dora@example.com"]),
        ("full_name_fuzzy", "STRAUSS", ["dora@example.com"]),
        ("full_name_fuzzy", "nobody", []),
        (
            "email_address",
            [ANNS, " BOB@demo.localhost", "none@example.com", "no address"],
            [ANNS, BOBS],
        ),
        ("email_address", [], []),
        ("email_address", ["no address"], []),
        ("email_address_fuzzy", "DEMO.local", FIRST),
        ("email_address_fuzzy", "e_%@", ["eve_%@example.com"]),
        ("email_address_fuzzy", "a_n", []),
        ("email_verified", True, FIRST),
        ("email_verified", False, LAST[:2]),
        ("phone_number", [PHONE], [""]),
        ("phone_number", ["+33612345678"], [BOBS]),
        ("phone_number_fuzzy", "3361122", [""]),
        ("phone_verified", True, [BOBS, CLEOS]),
        ("phone_verified", False, [""]),
        ("password_exists", True, FIRST),
        ("password_exists", False, LAST),
        ("webauthn_registration_verified", True, []),
        ("webauthn_registration_verified", False, []),
        ("webauthn_registration_id", [f"webauthn-registration-test-{uuid4()}"], []),
        ("totp_verified", True, []),
        ("totp_verified", False, []),
        ("totp_id", [f"totp-test-{uuid4()}"], []),
        ("oauth_provider", ["google"], []),
        ("crypto_wallet_id", ["x"], []),
        ("crypto_wallet_address", ["x"], []),
        ("crypto_wallet_verified", True, []),
        ("biometric_registration_id", ["x"], []),
        ("biometric_registration_verified", False, []),
        ("user_id", [], []),
        ("user_id", ["crm.2", "crm.1", "crm.3"], ["dora@example.com", "eve_%@example.com"]),
        ("created_at_less_than", LATER, EVERYBODY),
        ("created_at_greater_than", LATER, []),
    ],
)
async def test_by_everything(
    ask: Ask, crowd: dict[str, Any], name: str, value: Any, expected: list[str]
) -> None:
    assert await found(ask, (name, value)) == expected


async def test_by_ids(ask: Ask, crowd: dict[str, Any]) -> None:
    dora, fred, ann = crowd["dora"], crowd["fred"], crowd["ann"]
    assert await found(ask, ("user_id", [fred["user_id"], dora["user_id"]])) == [
        "dora@example.com",
        "",
    ]
    assert await found(ask, ("email_id", [dora["email_id"]])) == ["dora@example.com"]
    assert await found(ask, ("phone_id", [fred["phone_id"], dora["email_id"]])) == [""]
    [bob] = (
        await ask(
            "POST /users/search",
            {
                "query": {
                    "operator": "AND",
                    "operands": [{"filter_name": "email_address", "filter_value": [BOBS]}],
                }
            },
        )
    )["results"]
    assert await found(ask, ("phone_id", [bob["phone_numbers"][0]["phone_id"]])) == [BOBS]
    assert await found(ask, ("user_id", [ann["user_id"]])) == [ANNS]


async def test_by_when_they_came(ask: Ask, crowd: dict[str, Any]) -> None:
    """An end is not part of what it bounds."""
    came = crowd["dora"]["user"]["created_at"]
    before = crowd["ann"]["user"]["created_at"]
    assert await found(ask, ("created_at_less_than", came)) == FIRST
    assert await found(ask, ("created_at_greater_than", before)) == LAST
    assert await found(ask, ("created_at_greater_than", came)) == []
    between = {"greater_than": before.replace("Z", "+00:00"), "less_than": came}
    assert await found(ask, ("created_at_between", between)) == []
    assert await found(ask, ("created_at_between", {**between, "less_than": LATER})) == LAST


async def test_all_of_several_or_any(ask: Ask, crowd: dict[str, Any]) -> None:
    came = crowd["dora"]["user"]["created_at"]
    between = ("created_at_between", {"greater_than": came, "less_than": LATER})
    pending, verified = ("status", "pending"), ("email_verified", True)
    assert await found(ask, ("status", "active"), ("email_verified", False)) == LAST[:2]
    assert await found(ask, pending, verified) == []
    assert await found(ask, pending, verified, operator="OR") == [*FIRST, ""]
    assert await found(ask, between, pending, operator="OR") == [""]
    assert await found(ask) == EVERYBODY
    assert await found(ask, operator="OR") == EVERYBODY


async def test_what_is_shown_is_what_a_user_is(ask: Ask, world: World) -> None:
    """Also of whoever has much: factors, a lock, an address that waits for its code."""
    await with_phone(ask, world)
    second = await logged_in(ask, ANN)
    await ask(
        "POST /otps/sms/send",
        {"phone_number": "+33611223399", "session_token": second["session_token"]},
    )
    for _ in range(10):
        await ask("POST /passwords/authenticate", {**ANN, "password": "wrong"})
    listed = (await ask("POST /users/search", {}))["results"]
    assert len(listed[0]["phone_numbers"]) == 2
    assert listed[0]["is_locked"]
    for user in listed:
        shown = await ask(f"GET /users/{user['user_id']}")
        assert {name: shown[name] for name in user} == user


async def test_page_by_page(ask: Ask, crowd: dict[str, Any]) -> None:
    """Whoever is new meanwhile is on a page to come; the last page says that it is the last."""
    seen, cursor, pages = list[str](), None, 0
    while pages == 0 or cursor is not None:
        answer = await ask("POST /users/search", {"limit": 2, "cursor": cursor, "query": {}})
        seen += [address(user) for user in answer["results"]]
        if pages == 1:
            await ask("POST /users", {"email": "late@example.com"})
        pages, cursor = pages + 1, answer["results_metadata"]["next_cursor"]
        assert answer["results_metadata"]["total"] in (6, 7)
    assert seen == [*EVERYBODY, "late@example.com"]
    assert pages == 4
    exactly = await ask("POST /users/search", {"limit": 7})
    assert exactly["results_metadata"]["next_cursor"] is None


def by(name: Any, value: Any) -> dict[str, Any]:
    return {
        "query": {"operator": "AND", "operands": [{"filter_name": name, "filter_value": value}]}
    }


MIXED = [f"user-test-{uuid4()}", "crm.1"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"limit": 0}, "user_search_invalid_limit"),
        ({"limit": 1001}, "user_search_invalid_limit"),
        ({"limit": "ten"}, "user_search_invalid_limit"),
        ({"cursor": "x"}, "user_search_invalid_cursor"),
        ({"query": {"operator": "NOR", "operands": []}}, "user_search_invalid_operator"),
        ({"query": {"operands": ["x"]}}, "user_search_expected_object"),
        ({"query": {"operands": [{"filter_value": 1}]}}, "user_search_missing_filter_name"),
        (by(1, 1), "user_search_filter_name_must_be_string"),
        (by("shoe_size", 1), "user_search_filter_name_not_recognized"),
        (by("status", None), "user_search_missing_filter_value"),
        (by("status", 1), "user_search_expected_string"),
        (by("status", "gone"), "user_search_invalid_status_filter"),
        (by("user_id", "x"), "user_search_expected_array_of_string"),
        (by("email_id", [1]), "user_search_expected_array_of_string"),
        (by("oauth_provider", "google"), "user_search_expected_array_of_string"),
        (by("user_id", ["x"] * 101), "user_search_maximum_filter_value_count_exceeded"),
        (by("user_id", MIXED), "user_search_cannot_mix_internal_and_external_user_ids"),
        (by("email_verified", "true"), "user_search_expected_bool"),
        (by("created_at_less_than", 1), "user_search_expected_timestamp"),
        (by("created_at_less_than", "yesterday"), "user_search_expected_timestamp"),
        (by("created_at_less_than", "2026-11-22T09:30:00"), "user_search_expected_timestamp"),
        (by("created_at_between", "x"), "user_search_expected_object"),
        (by("created_at_between", {"less_than": LATER}), "user_search_expected_timestamp"),
        (by("email_address_fuzzy", "ab"), "user_search_email_address_fuzzy_too_short"),
        (by("phone_number_fuzzy", "12"), "user_search_phone_number_fuzzy_too_short"),
        (by("full_name_fuzzy", "Al"), "user_search_full_name_fuzzy_too_short"),
    ],
)
async def test_what_cannot_be_looked_for(ask: Ask, body: dict[str, Any], error: str) -> None:
    assert said(await ask("POST /users/search", body)) == (400, error)
