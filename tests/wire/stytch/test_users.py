"""Users: made, annotated, found, changed, and parted from what they log in with."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, Person, World

ANN = {"email": "ann@demo.localhost", "password": PASSWORD}
BOB = {"email": "bob@demo.localhost", "password": PASSWORD}
EMAIL, PHONE, TAKEN = "dora@example.com", "+33611223344", "+33611223355"
NOBODY = f"user-test-{uuid4()}"


def said(answer: Any) -> tuple[int, str]:
    return answer["status_code"], answer["error_type"]


async def made(ask: Ask, **more: Any) -> Any:
    answer = await ask("POST /users", {"email": EMAIL, **more})
    assert answer["status_code"] == 201, answer
    return answer


async def user_of(ask: Ask, id: str) -> Any:
    return await ask(f"GET /users/{id}")


async def logged_in(ask: Ask, who: dict[str, str]) -> Any:
    return await ask("POST /passwords/authenticate", {**who, "session_duration_minutes": 60})


async def factors_of(ask: Ask, token: str) -> list[str]:
    answer = await ask("POST /sessions/authenticate", {"session_token": token})
    if answer["status_code"] != 200:
        return []
    return [one["delivery_method"] for one in answer["session"]["authentication_factors"]]


async def test_somebody_new(ask: Ask) -> None:
    answer = await made(
        ask,
        phone_number=PHONE,
        name={"first_name": "Dora", "last_name": "Lee"},
        trusted_metadata={"plan": "gold"},
        untrusted_metadata={"theme": {"dark": True}},
        external_id="crm|7",
        roles=["editor"],
        attributes={"ip_address": "192.0.2.1"},
    )
    user = answer["user"]
    assert answer["user_id"] == user["user_id"]
    assert user["emails"] == [{"email_id": answer["email_id"], "email": EMAIL, "verified": False}]
    assert user["phone_numbers"] == [
        {"phone_id": answer["phone_id"], "phone_number": PHONE, "verified": False}
    ]
    assert answer["status"] == user["status"] == "active"
    assert user["name"] == {"first_name": "Dora", "middle_name": "", "last_name": "Lee"}
    assert user["trusted_metadata"] == {"plan": "gold"}
    assert user["untrusted_metadata"] == {"theme": {"dark": True}}
    assert (user["external_id"], user["roles"], user["password"]) == ("crm|7", ["editor"], None)
    shown = await user_of(ask, "crm%7C7")
    assert {name: shown[name] for name in user} == user


async def test_a_phone_is_enough(ask: Ask) -> None:
    answer = await ask("POST /users", {"phone_number": PHONE, "create_user_as_pending": True})
    assert (answer["status_code"], answer["email_id"]) == (201, "")
    assert answer["status"] == "pending"


async def test_whoever_is_pending_is_active_after_a_first_proof(ask: Ask, world: World) -> None:
    await ask("POST /users", {"phone_number": PHONE, "create_user_as_pending": True})
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE})
    code = await world.code(PHONE)
    proved = await ask("POST /otps/authenticate", {"method_id": sent["phone_id"], "code": code})
    assert proved["user"]["status"] == "active"


MANY = {str(number): number for number in range(21)}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "bad_request"),
        ({"email": "no address"}, "invalid_email"),
        ({"phone_number": "12"}, "invalid_phone_number"),
        ({"email": "ann@demo.localhost"}, "duplicate_email"),
        ({"email": "Ann@Demo.localhost"}, "duplicate_email"),
        ({"email": EMAIL, "phone_number": TAKEN}, "duplicate_phone_number"),
        ({"email": EMAIL, "external_id": "no spaces"}, "bad_request"),
        ({"email": EMAIL, "external_id": "x" * 129}, "bad_request"),
        ({"email": EMAIL, "external_id": NOBODY}, "bad_request"),
        ({"email": EMAIL, "trusted_metadata": MANY}, "metadata_too_many_keys"),
        ({"email": EMAIL, "untrusted_metadata": {"a": "x" * 4100}}, "metadata_too_large"),
        ({"email": EMAIL, "trusted_metadata": []}, "metadata_invalid_format"),
        ({"email": EMAIL, "roles": [""]}, "bad_request"),
    ],
)
async def test_who_cannot_be_made(ask: Ask, body: dict[str, Any], error: str) -> None:
    await ask("POST /users", {"phone_number": TAKEN})
    before = (await ask("POST /users/search", {}))["results_metadata"]["total"]
    assert said(await ask("POST /users", body)) == (400, error)
    assert (await ask("POST /users/search", {}))["results_metadata"]["total"] == before


async def test_an_id_of_the_applications_own_is_one_users(ask: Ask) -> None:
    await made(ask, external_id="crm.1")
    taken = await ask("POST /users", {"phone_number": PHONE, "external_id": "crm.1"})
    assert said(taken) == (400, "duplicate_user_external_id")
    assert said(await user_of(ask, "crm.2")) == (404, "user_not_found")
    freed = await ask("DELETE /users/crm.1/external_id")
    assert freed["user"]["external_id"] is None
    assert said(await user_of(ask, "crm.1")) == (404, "user_not_found")
    again = await ask("POST /users", {"phone_number": PHONE, "external_id": "crm.1"})
    assert again["status_code"] == 201
    assert said(await ask(f"DELETE /users/{NOBODY}/external_id")) == (404, "user_not_found")


async def test_what_is_sent_is_changed(ask: Ask) -> None:
    """Metadata are merged at the top level alone, roles are replaced, and what is null or left out stays."""
    user = await made(
        ask,
        name={"first_name": "Dora", "last_name": "Lee"},
        trusted_metadata={"plan": "gold", "seats": {"a": 1}, "old": 1},
        roles=["editor", "reader"],
    )
    id = user["user_id"]
    answer = await ask(
        f"PUT /users/{id}",
        {
            "name": {"first_name": None, "middle_name": "Q", "last_name": ""},
            "trusted_metadata": {"seats": {"b": None}, "old": None, "absent": None},
            "external_id": "crm.1",
            "roles": ["reader", "reader"],
        },
    )
    assert answer["status_code"] == 200
    changed = answer["user"]
    assert changed["name"] == {"first_name": "Dora", "middle_name": "Q", "last_name": ""}
    assert changed["trusted_metadata"] == {"plan": "gold", "seats": {"b": None}}
    assert (changed["roles"], changed["external_id"]) == (["reader"], "crm.1")
    assert (answer["emails"], answer["crypto_wallets"]) == (changed["emails"], [])
    again = await ask("PUT /users/crm.1", {"roles": [], "trusted_metadata": {}})
    assert again["user"]["roles"] == []
    assert again["user"]["trusted_metadata"] == changed["trusted_metadata"]


async def test_metadata_may_not_outgrow_their_bounds_by_and_by(ask: Ask) -> None:
    id = (await made(ask, trusted_metadata=dict(list(MANY.items())[:20])))["user_id"]
    full = await ask(f"PUT /users/{id}", {"trusted_metadata": {"one more": 1}})
    assert said(full) == (400, "metadata_too_many_keys")
    swapped = await ask(f"PUT /users/{id}", {"trusted_metadata": {"one more": 1, "0": None}})
    assert len(swapped["user"]["trusted_metadata"]) == 20
    for _ in range(2):
        grown = await ask(f"PUT /users/{id}", {"untrusted_metadata": {str(_): "x" * 2100}})
    assert said(grown) == (400, "metadata_too_large")


async def test_nobody_is_changed_or_removed(ask: Ask) -> None:
    for line in (f"PUT /users/{NOBODY}", f"DELETE /users/{NOBODY}", f"GET /users/{NOBODY}"):
        assert said(await ask(line, {})) == (404, "user_not_found")
    assert said(await ask("GET /users/not%20one")) == (400, "invalid_user_id")


async def test_removed_with_everything(ask: Ask) -> None:
    begun = await logged_in(ask, BOB)
    removed = await ask(f"DELETE /users/{begun['user_id']}", {})
    assert removed["user_id"] == begun["user_id"]
    assert said(await user_of(ask, begun["user_id"])) == (404, "user_not_found")
    assert await factors_of(ask, begun["session_token"]) == []
    assert said(await logged_in(ask, BOB)) == (404, "email_not_found")
    assert (await made(ask, email=BOB["email"]))["user_id"] != begun["user_id"]


async def with_phone(ask: Ask, world: World) -> tuple[Any, str]:
    """Ann, logged in by password and code; and the number's id."""
    first = await logged_in(ask, ANN)
    token = first["session_token"]
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE, "session_token": token})
    body = {
        "method_id": sent["phone_id"],
        "code": await world.code(PHONE),
        "session_token": token,
    }
    return await ask("POST /otps/authenticate", body), sent["phone_id"]


async def test_a_phone_number_goes(ask: Ask, world: World) -> None:
    """With what it had raised (SES-6); its owner is told (REC-8); what was sent to it opens nothing."""
    raised, phone_id = await with_phone(ask, world)
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE})
    code = await world.code(PHONE)
    answer = await ask(f"DELETE /users/phone_numbers/{phone_id}")
    assert answer["user"]["phone_numbers"] == []
    assert await factors_of(ask, raised["session_token"]) == ["knowledge"]
    assert (await world.message("ann@demo.localhost")).rendered.purpose == "security_notice"
    late = await ask("POST /otps/authenticate", {"method_id": sent["phone_id"], "code": code})
    assert said(late) == (404, "otp_code_not_found")
    again = await ask(f"DELETE /users/phone_numbers/{phone_id}")
    assert said(again) == (404, "phone_number_not_found")


async def test_a_session_without_any_factor_left_ends(ask: Ask, world: World) -> None:
    """SES-6."""
    user = await made(ask, phone_number=PHONE)
    sent = await ask("POST /otps/sms/send", {"phone_number": PHONE})
    code = await world.code(PHONE)
    begun = await ask(
        "POST /otps/authenticate",
        {"method_id": sent["phone_id"], "code": code, "session_duration_minutes": 5},
    )
    assert await factors_of(ask, begun["session_token"]) == ["sms"]
    await ask(f"DELETE /users/phone_numbers/{user['phone_id']}")
    assert await factors_of(ask, begun["session_token"]) == []


async def test_the_last_address_stays(ask: Ask) -> None:
    user = await made(ask, phone_number=PHONE)
    gone = await ask(f"DELETE /users/emails/{user['email_id']}", {})
    assert gone["user"]["emails"] == []
    last = await ask(f"DELETE /users/phone_numbers/{user['phone_id']}")
    assert said(last) == (400, "cannot_delete_last_primary_factor")
    assert said(await ask(f"DELETE /users/emails/{user['email_id']}")) == (404, "email_not_found")
    crossed = user["phone_id"].replace("phone-number", "email")
    assert said(await ask(f"DELETE /users/emails/{crossed}")) == (404, "email_not_found")
    assert said(await ask("DELETE /users/emails/x")) == (400, "invalid_email_id")


async def test_addresses_that_are_second_factors(ask: Ask, world: World) -> None:
    """Of either dialect (M30): what goes here is no factor there any more."""
    cleo = {"email": "cleo@demo.localhost", "password": PASSWORD}
    for who, phones in ((BOB, 1), (cleo, 1)):
        user = (await logged_in(ask, who))["user"]
        assert len(user["phone_numbers"]) == phones
        [email], [phone] = user["emails"], user["phone_numbers"]
        gone = await ask(f"DELETE /users/phone_numbers/{phone['phone_id']}")
        assert gone["user"]["phone_numbers"] == []
        person = Person(world, who["email"])
        await person.log_in()
        listed = await person.http.get("/identity/v1/mfa/credentials", headers=person.bearer)
        left = ["email"] if who is cleo else []
        assert [one["type"] for one in listed.json()["credentials"]] == left
        await ask("POST /users", {"phone_number": phone["phone_number"]})
        await ask(f"DELETE /users/passwords/{user['password']['password_id']}")
        last = await ask(f"DELETE /users/emails/{email['email_id']}")
        assert said(last) == (400, "cannot_delete_last_primary_factor")
        line = f"PUT /users/{user['user_id']}/exchange_primary_factor"
        exchanged = await ask(line, {"email_address": f"new.{who['email']}"})
        [new] = exchanged["user"]["emails"]
        assert (new["email"], new["verified"]) == (f"new.{who['email']}", False)
        assert new["email_id"] != email["email_id"]


async def test_an_address_that_waits_for_its_code_can_be_taken_back(ask: Ask) -> None:
    first = await logged_in(ask, ANN)
    body = {"phone_number": PHONE, "session_token": first["session_token"]}
    sent = await ask("POST /otps/sms/send", body)
    answer = await ask(f"DELETE /users/phone_numbers/{sent['phone_id']}")
    assert answer["user"]["phone_numbers"] == []


async def test_a_password_goes_before_its_mailbox_does(ask: Ask, world: World) -> None:
    raised, _ = await with_phone(ask, world)
    [email] = raised["user"]["emails"]
    kept = await ask(f"DELETE /users/emails/{email['email_id']}")
    assert said(kept) == (400, "cannot_delete_email")
    password = raised["user"]["password"]["password_id"]
    answer = await ask(f"DELETE /users/passwords/{password}")
    assert answer["user"]["password"] is None
    assert await factors_of(ask, raised["session_token"]) == ["sms"]
    assert said(await logged_in(ask, ANN)) == (400, "no_user_password")
    assert (await ask(f"DELETE /users/emails/{email['email_id']}"))["user"]["emails"] == []
    again = await ask(f"DELETE /users/passwords/{password}")
    assert said(again) == (404, "password_not_found")


@pytest.mark.parametrize(
    ("name", "kind", "error"),
    [
        ("passwords", "password", "password_not_found"),
        ("totps", "totp", "totp_not_found"),
        (
            "webauthn_registrations",
            "webauthn-registration",
            "webauthn_registration_not_found",
        ),
    ],
)
async def test_a_factor_that_is_none(ask: Ask, name: str, kind: str, error: str) -> None:
    assert said(await ask(f"DELETE /users/{name}/{kind}-test-{uuid4()}")) == (404, error)
    malformed = await ask(f"DELETE /users/{name}/{kind}-test-1")
    assert said(malformed) == (400, f"invalid_{kind.replace('-', '_')}_id")


async def test_the_paths_of_other_factors(ask: Ask) -> None:
    assert (await ask(f"DELETE /users/totps/totp-test-{uuid4()}"))["status_code"] == 404
    registration = f"webauthn-registration-test-{uuid4()}"
    missing = await ask(f"DELETE /users/webauthn_registrations/{registration}")
    assert missing["status_code"] == 404


async def test_the_only_factor_is_exchanged(ask: Ask, world: World) -> None:
    """For another kind of address, too. What the old one had proved is proved no longer."""
    user = await made(ask)
    sent = await ask("POST /otps/email/send", {"email": EMAIL})
    proved = await ask(
        "POST /otps/authenticate",
        {
            "method_id": sent["email_id"],
            "code": await world.code(EMAIL),
            "session_duration_minutes": 5,
        },
    )
    line = f"PUT /users/{user['user_id']}/exchange_primary_factor"
    answer = await ask(line, {"phone_number": PHONE})
    assert answer["user"]["emails"] == []
    [phone] = answer["user"]["phone_numbers"]
    assert (phone["phone_number"], phone["verified"]) == (PHONE, False)
    assert await factors_of(ask, proved["session_token"]) == []
    assert (await world.message(EMAIL)).rendered.purpose == "security_notice"
    assert (await ask(line, {"phone_number": PHONE}))["user"] == answer["user"]
    back = await ask(line, {"email_address": EMAIL})
    assert back["user"]["emails"][0]["email_id"] != user["email_id"]


async def test_what_cannot_be_exchanged(ask: Ask) -> None:
    user = await made(ask)
    await ask("POST /users", {"phone_number": TAKEN})
    line = f"PUT /users/{user['user_id']}/exchange_primary_factor"
    unclear = (400, "invalid_exchange_primary_factor_fields")
    assert said(await ask(line, {})) == unclear
    assert said(await ask(line, {"email_address": EMAIL, "phone_number": PHONE})) == unclear
    taken = await ask(line, {"email_address": "ann@demo.localhost"})
    assert said(taken) == (400, "duplicate_email")
    taken = await ask(line, {"phone_number": TAKEN})
    assert said(taken) == (400, "duplicate_phone_number")
    ann = (await logged_in(ask, ANN))["user_id"]
    several = await ask(f"PUT /users/{ann}/exchange_primary_factor", {"phone_number": PHONE})
    assert said(several) == (400, "invalid_exchange_primary_factor_user")
    assert (await user_of(ask, user["user_id"]))["emails"] == user["user"]["emails"]


async def test_changes_at_once_are_all_kept(ask: Ask) -> None:
    id = (await made(ask))["user_id"]
    each = [
        ask(f"PUT /users/{id}", {"trusted_metadata": {f"k{number}": number}})
        for number in range(10)
    ]
    await asyncio.gather(*each)
    assert len((await user_of(ask, id))["trusted_metadata"]) == 10
