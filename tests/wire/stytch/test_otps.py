"""One-time codes: to whom, how often, how long, and what a wrong one leads to."""

from typing import Any

import pytest

from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

ANN = {"email": "ann@demo.localhost", "password": PASSWORD}
BOB = {"email": "bob@demo.localhost", "password": PASSWORD}
PHONE = "+33611223344"
OTHER_PHONE = "+33611223345"
WRONG = (404, "otp_code_not_found")
DEAD = (401, "unable_to_auth_otp_code")


def said(answer: Any) -> tuple[int, str]:
    return answer["status_code"], answer["error_type"]


async def logged_in(ask: Ask, who: dict[str, str] = ANN, minutes: int = 60) -> Any:
    return await ask("POST /passwords/authenticate", {**who, "session_duration_minutes": minutes})


async def sent(ask: Ask, world: World, token: str, phone: str = PHONE) -> tuple[str, str]:
    """The id of the number, and the code that went there."""
    answer = await ask("POST /otps/sms/send", {"phone_number": phone, "session_token": token})
    assert answer["status_code"] == 200
    return answer["phone_id"], await world.code(phone)


async def answered(ask: Ask, id: str, code: str, **more: Any) -> Any:
    return await ask("POST /otps/authenticate", {"method_id": id, "code": code, **more})


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_second_factor(ask: Ask, world: World) -> None:
    """M21, M23: the session goes on, under new names."""
    first = await logged_in(ask)
    id, code = await sent(ask, world, first["session_token"])
    [message] = [m for m in world.carrier.messages if m.rendered.to == PHONE]
    assert message.rendered.purpose == "phone_verification"
    second = await answered(ask, id, code, session_token=first["session_token"])
    assert second["method_id"] == id
    assert second["reset_sessions"] is False
    factors = second["session"]["authentication_factors"]
    assert [(f["type"], f["delivery_method"]) for f in factors] == [
        ("password", "knowledge"),
        ("otp", "sms"),
    ]
    assert factors[1]["phone_number_factor"] == {"phone_id": id, "phone_number": PHONE}
    assert second["user"]["phone_numbers"] == [
        {"phone_id": id, "phone_number": PHONE, "verified": True}
    ]
    for key in ("session_id", "started_at", "expires_at"):
        assert second["session"][key] == first["session"][key]
    for name in ("session_token", "session_jwt"):
        assert second[name] != first[name]
        old = await ask("POST /sessions/authenticate", {name: first[name]})
        assert said(old) == (404, "session_not_found")


async def test_stepping_up_moves_a_factor_forward(ask: Ask, world: World) -> None:
    """M25: proved again, the factor is the same one, and newer."""
    session = await logged_in(ask)
    id, code = await sent(ask, world, session["session_token"])
    raised = await answered(ask, id, code, session_token=session["session_token"])
    world.clock.advance(120)
    id, code = await sent(ask, world, raised["session_token"])
    again = await answered(ask, id, code, session_token=raised["session_token"])
    before, after = (a["session"]["authentication_factors"][1] for a in (raised, again))
    assert len(again["session"]["authentication_factors"]) == 2
    assert after["last_authenticated_at"] > before["last_authenticated_at"]
    assert after["created_at"] == before["created_at"]


async def test_only_the_newest_code_is_good(ask: Ask, world: World) -> None:
    """OTP-15."""
    token = (await logged_in(ask))["session_token"]
    id, old = await sent(ask, world, token)
    _, new = await sent(ask, world, token)
    assert said(await answered(ask, id, old, session_token=token)) == DEAD
    assert said(await answered(ask, id, other_than(new), session_token=token)) == WRONG
    assert (await answered(ask, id, new, session_token=token))["status_code"] == 200
    assert said(await answered(ask, id, new)) == DEAD, "used"
    assert said(await answered(ask, id, other_than(new))) == WRONG


@pytest.mark.parametrize(("asked", "lived"), [(None, 120), (1, 60), (10, 600)])
async def test_a_code_lives_as_long_as_it_was_asked_to(
    ask: Ask, world: World, asked: int | None, lived: int
) -> None:
    """OTP-3: two minutes where the application does not say."""
    body = {"email": "ann@demo.localhost", "expiration_minutes": asked}
    for wait, status in ((lived - 1, 200), (lived, 401)):
        answer = await ask("POST /otps/email/send", body)
        code = await world.code("ann@demo.localhost")
        world.clock.advance(wait)
        assert (await answered(ask, answer["email_id"], code))["status_code"] == status


@pytest.mark.parametrize("minutes", [0, 11, -1])
async def test_no_code_lives_for_ever(ask: Ask, minutes: int) -> None:
    answer = await ask(
        "POST /otps/email/send", {"email": "ann@demo.localhost", "expiration_minutes": minutes}
    )
    assert said(answer) == (400, "invalid_expiration_otp")


async def test_a_code_burns_after_five_wrong_answers(ask: Ask, world: World) -> None:
    """OTP-6: and asking for another brings no new guesses."""
    token = (await logged_in(ask))["session_token"]
    id, code = await sent(ask, world, token)
    for _ in range(5):
        assert said(await answered(ask, id, other_than(code), session_token=token)) == WRONG
    assert said(await answered(ask, id, code, session_token=token)) == DEAD
    more = await ask("POST /otps/sms/send", {"phone_number": PHONE, "session_token": token})
    assert said(more) == (429, "too_many_requests")


async def test_a_bad_session_burns_nothing(ask: Ask, world: World) -> None:
    token = (await logged_in(ask))["session_token"]
    bobs = (await logged_in(ask, BOB))["session_token"]
    id, code = await sent(ask, world, token)
    for bad, refusal in (
        ("x", (404, "session_not_found")),
        (bobs, (400, "user_id_mismatch")),
    ):
        assert said(await answered(ask, id, code, session_token=bad)) == refusal
    assert (await answered(ask, id, code, session_token=token))["status_code"] == 200


async def test_a_new_number_is_nobodys_until_its_code_comes_back(ask: Ask, world: World) -> None:
    """It shows, unverified, for five minutes; then it is gone again."""
    session = await logged_in(ask)
    id, code = await sent(ask, world, session["session_token"])
    user = await ask(f"GET /users/{session['user_id']}")
    assert user["phone_numbers"] == [{"phone_id": id, "phone_number": PHONE, "verified": False}]
    world.clock.advance(300)
    user = await ask(f"GET /users/{session['user_id']}")
    assert user["phone_numbers"] == []
    assert said(await answered(ask, id, code)) == WRONG
    other = await logged_in(ask, BOB)
    theirs, code = await sent(ask, world, other["session_token"])
    assert (await answered(ask, theirs, code))["status_code"] == 200


async def test_one_unverified_factor_at_a_time(ask: Ask, world: World) -> None:
    """M22: but asking again for the same one is no second one."""
    token = (await logged_in(ask))["session_token"]
    await sent(ask, world, token)
    another = {"phone_number": OTHER_PHONE, "session_token": token}
    assert said(await ask("POST /otps/sms/send", another)) == (400, "too_many_unverified_factors")
    assert (await sent(ask, world, token))[1]


async def test_somebody_elses_number(ask: Ask, world: World) -> None:
    """Refused where it is verified; taken over where it never was."""
    token = (await logged_in(ask))["session_token"]
    id, code = await sent(ask, world, token)
    await answered(ask, id, code)
    bobs = (await logged_in(ask, BOB))["session_token"]
    theirs = {"phone_number": PHONE, "session_token": bobs}
    assert said(await ask("POST /otps/sms/send", theirs)) == (400, "duplicate_phone_number")

    squatter = await ask("POST /otps/sms/login_or_create", {"phone_number": OTHER_PHONE})
    assert squatter["user_created"] is True
    id, code = await sent(ask, world, bobs, OTHER_PHONE)
    mine = await answered(ask, id, code, session_token=bobs)
    assert OTHER_PHONE in [p["phone_number"] for p in mine["user"]["phone_numbers"]]
    user = await ask(f"GET /users/{squatter['user_id']}")
    assert user["phone_numbers"] == []


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("POST /otps/sms/login_or_create", "sms"),
        ("POST /otps/whatsapp/login_or_create", "whatsapp"),
    ],
)
async def test_a_stranger_becomes_a_user(ask: Ask, world: World, line: str, way: str) -> None:
    """`login_or_create`: a code alone is one factor, and makes the number verified."""
    body = {"phone_number": PHONE, "create_user_as_pending": True}
    created = await ask(line, body)
    assert created["user_created"] is True
    user = await ask(f"GET /users/{created['user_id']}")
    assert (user["status"], user["phone_numbers"][0]["verified"]) == ("pending", False)
    assert (await world.message(PHONE)).rendered.channel == way
    answer = await answered(
        ask, created["phone_id"], await world.code(PHONE), session_duration_minutes=5
    )
    assert answer["user"]["status"] == "active"
    [factor] = answer["session"]["authentication_factors"]
    assert (factor["type"], factor["delivery_method"]) == ("otp", way)
    again = await ask(line, body)
    assert (again["user_created"], again["user_id"]) == (False, created["user_id"])


async def test_an_address_by_e_mail(ask: Ask, world: World) -> None:
    created = await ask("POST /otps/email/login_or_create", {"email": "New@Example.com"})
    assert created["user_created"] is True
    answer = await answered(ask, created["email_id"], await world.code("new@example.com"))
    assert answer["user"]["emails"] == [
        {"email_id": created["email_id"], "email": "new@example.com", "verified": True}
    ]
    assert (answer["session"], answer["session_token"]) == (None, "")
    known = await ask("POST /otps/email/send", {"email": "new@example.com"})
    assert known["email_id"] == created["email_id"]


@pytest.mark.parametrize(
    ("line", "body", "refusal"),
    [
        ("POST /otps/sms/send", {"phone_number": PHONE}, (404, "phone_number_not_found")),
        ("POST /otps/whatsapp/send", {"phone_number": PHONE}, (404, "phone_number_not_found")),
        ("POST /otps/email/send", {"email": "nobody@example.com"}, (404, "email_not_found")),
        ("POST /otps/sms/send", {"phone_number": "12"}, (400, "invalid_phone_number")),
        ("POST /otps/sms/send", {}, (400, "invalid_phone_number")),
        ("POST /otps/sms/send", {"phone_number": "+33899123456"}, (400, "invalid_phone_number")),
        ("POST /otps/email/send", {"email": "nobody"}, (400, "invalid_email")),
        (
            "POST /otps/email/send",
            {"email": "ann@demo.localhost", "user_id": "u", "session_token": "t"},
            (400, "too_many_user_selection_arguments"),
        ),
        (
            "POST /otps/email/send",
            {"email": "ann@demo.localhost", "session_token": "t"},
            (404, "session_not_found"),
        ),
        (
            "POST /otps/email/send",
            {"email": "ann@demo.localhost", "user_id": "nobody-we-know"},
            (404, "user_not_found"),
        ),
    ],
)
async def test_nothing_is_sent(
    ask: Ask, world: World, line: str, body: dict[str, str], refusal: tuple[int, str]
) -> None:
    assert said(await ask(line, body)) == refusal
    await world.deliver()
    assert world.carrier.messages == []


@pytest.mark.parametrize(
    ("method", "code", "refusal"),
    [
        ("x", "123456", (400, "invalid_method_id")),
        ("phone-number-test-0198f2a0-0000-7000-8000-000000000000", "123456", WRONG),
        ("user-test-0198f2a0-0000-7000-8000-000000000000", "123456", (400, "invalid_method_id")),
    ],
)
async def test_no_such_address(ask: Ask, method: str, code: str, refusal: tuple[int, str]) -> None:
    assert said(await answered(ask, method, code)) == refusal


async def test_attributes_must_match_where_that_is_asked(ask: Ask, world: World) -> None:
    """A mismatch burns nothing."""
    here = {"ip_address": "192.0.2.1", "user_agent": "Browser/1"}
    there = {"ip_address": "192.0.2.2", "user_agent": "Browser/1"}
    body = {"email": "ann@demo.localhost", "attributes": here}
    id = (await ask("POST /otps/email/send", body))["email_id"]
    code = await world.code("ann@demo.localhost")
    strict = {"options": {"ip_match_required": True, "user_agent_match_required": True}}
    refused = await answered(ask, id, code, attributes=there, **strict)
    assert said(refused) == (401, "attribute_mismatch")
    answer = await answered(ask, id, code, attributes=here, session_duration_minutes=5, **strict)
    assert answer["session"]["attributes"] == here


async def test_wrong_answers_lock_the_user_everywhere(ask: Ask, world: World) -> None:
    """OTP-8, AB-3: one budget for every factor and every dialect."""
    wrong = {"email": "ann@demo.localhost", "password": "wrong"}
    for _ in range(5):
        assert said(await ask("POST /passwords/authenticate", wrong)) == (
            401,
            "unauthorized_credentials",
        )
    id = (await ask("POST /otps/email/send", {"email": "ann@demo.localhost"}))["email_id"]
    code = await world.code("ann@demo.localhost")
    for _ in range(5):
        assert said(await answered(ask, id, other_than(code))) == WRONG
    locked = (429, "user_lock_limit_reached")
    answer = await ask("POST /passwords/authenticate", ANN)
    assert said(answer) == locked
    assert said(await answered(ask, id, code)) == locked
    elsewhere = await world.http.post(
        "/identity/v1/password/login", json={"client_id": "demo-shop", **ANN}
    )
    assert elsewhere.status_code == 403
    world.clock.advance(3600)
    user = await logged_in(ask)
    assert user["user"]["is_locked"] is False


async def test_a_locked_user_says_so(ask: Ask) -> None:
    id = (await ask("POST /passwords/authenticate", ANN))["user_id"]
    for _ in range(10):
        await ask("POST /passwords/authenticate", {**ANN, "password": "wrong"})
    user = await ask(f"GET /users/{id}")
    assert user["is_locked"] is True
    assert user["lock_created_at"] < user["lock_expires_at"]


@pytest.mark.parametrize(("address", "minutes"), [("ann@demo.localhost", 10), ("a@b.example", 5)])
async def test_nobody_is_kept_from_codes_by_who_asks_for_more(
    ask: Ask, world: World, address: str, minutes: int
) -> None:
    """AB-4: that ends with the last one that was sent, however often a stranger asks meanwhile."""
    asked = {"email": address, "session_token": (await logged_in(ask))["session_token"]}
    for _ in range(5):
        assert (await ask("POST /otps/email/send", asked))["status_code"] == 200
    for _ in range(minutes):
        assert said(await ask("POST /otps/email/send", asked)) == (429, "too_many_requests")
        world.clock.advance(60)
    assert (await ask("POST /otps/email/send", asked))["status_code"] == 200


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ({"phone_number": "0033611223344"}, "invalid_phone_number"),
        ({"phone_number": "+33 6 11 22 33 44"}, "invalid_phone_number"),
        ({"phone_number": "+३३६११२२३३४४"}, "invalid_phone_number"),
        ({"locale": "de"}, "invalid_locale"),
        ({"attributes": {"ip_address": "my house"}}, "invalid_ip_address"),
        ({"attributes": {"ip_address": "10.0.0"}}, "invalid_ip_address"),
        ({"attributes": {"user_agent": "x" * 2049}}, "invalid_user_agent"),
    ],
)
async def test_what_is_not_of_its_form(ask: Ask, body: dict[str, Any], error_type: str) -> None:
    answer = await ask("POST /otps/sms/login_or_create", {"phone_number": PHONE, **body})
    assert said(answer) == (400, error_type)


@pytest.mark.parametrize("ip", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "", None])
async def test_addresses_of_the_internet(ask: Ask, ip: str | None) -> None:
    session = await ask(
        "POST /passwords/authenticate",
        {**ANN, "session_duration_minutes": 5, "attributes": {"ip_address": ip}},
    )
    assert session["session"]["attributes"]["ip_address"] == (ip or "")


async def test_languages(ask: Ask) -> None:
    """There are more of them for phones than for mail."""
    italian = {"locale": "it"}
    sent = await ask("POST /otps/sms/login_or_create", {"phone_number": PHONE, **italian})
    assert sent["status_code"] == 200
    refused = await ask("POST /otps/email/login_or_create", {"email": ANN["email"], **italian})
    assert said(refused) == (400, "invalid_locale")
