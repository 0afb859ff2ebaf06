"""Authenticator apps and recovery codes: offered, activated, proved once, lost, removed."""

import json
from base64 import b32decode, b64decode
from typing import Any
from urllib.parse import quote

import pytest
import segno

from ostiary.core import projects
from tests.wire.stytch.apps import ANN, STEP, App, code_of, other_than, said
from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

BOB = {"email": "bob@demo.localhost", "password": PASSWORD}
WRONG = (401, "unable_to_authenticate_totp")
WRONG_RECOVERY = (401, "unable_to_authenticate_recovery_code")
USED = (400, "totp_code_already_authenticated")


async def test_an_app_is_offered_activated_and_proved(ask: Ask, world: World) -> None:
    """TOTP-2, TOTP-6: 160 bits, told once; what was never proved is no factor."""
    app = await App.offered(ask, world)
    made = app.made
    assert len(b32decode(made["secret"])) == 20
    assert made["user_id"] == made["user"]["user_id"] == app.user
    assert made["user"]["totps"] == [{"totp_id": made["totp_id"], "verified": False}]
    assert len(set(made["recovery_codes"])) == 10
    head, _, picture = made["qr_code"].partition(",")
    assert head == "data:image/png;base64"
    assert b64decode(picture, validate=True).startswith(b"\x89PNG")

    first = await app.logged_in()
    second = await app.prove(session_token=first["session_token"])
    assert second["totp_id"] == made["totp_id"]
    assert second["user"]["totps"] == [{"totp_id": made["totp_id"], "verified": True}]
    assert second["session"]["session_id"] == first["session"]["session_id"]
    factors = second["session"]["authentication_factors"]
    assert [(f["type"], f["delivery_method"]) for f in factors] == [
        ("password", "knowledge"),
        ("totp", "authenticator_app"),
    ]
    assert factors[1]["authenticator_app_factor"] == {"totp_id": made["totp_id"]}
    shown = await ask(f"GET /users/{app.user}")
    assert made["secret"] not in str(shown)
    assert (await world.message("ann@demo.localhost")).rendered.purpose == "security_notice"


async def test_the_picture_is_what_apps_read(ask: Ask, world: World) -> None:
    """The key URI format, with the secret, whose it is and what for."""
    made = (await App.offered(ask, world)).made
    async with world.open_work(reading=True) as work:
        issuer = quote((await projects.current(work)).name)
    uri = f"otpauth://totp/{issuer}:{quote(ANN['email'])}?secret={made['secret']}&issuer={issuer}"
    assert made["qr_code"] == segno.make(uri, error="m").png_data_uri(scale=4)


async def test_a_second_offer_takes_the_place_of_the_first(ask: Ask, world: World) -> None:
    app = await App.offered(ask, world)
    before, code = app.made, app.code()
    app.made = await ask("POST /totps", {"user_id": app.user})
    assert app.made["totp_id"] != before["totp_id"]
    assert said(await app.prove(code)) == WRONG
    assert (await app.prove())["totp_id"] == app.made["totp_id"]


async def test_one_app_at_a_time(ask: Ask, world: World) -> None:
    app = await App.active(ask, world)
    again = await ask("POST /totps", {"user_id": app.user})
    assert said(again) == (400, "active_totp_exists")


@pytest.mark.parametrize(("minutes", "taken"), [(5, True), (None, True), (5, False), (1440, False)])
async def test_an_offer_waits_as_long_as_it_was_asked_to(
    ask: Ask, world: World, minutes: int | None, taken: bool
) -> None:
    app = await App.offered(ask, world, expiration_minutes=minutes)
    world.clock.advance((minutes or 1440) * 60 - taken)
    answer = await app.prove()
    assert said(answer) == ((200, "") if taken else (400, "expired_totp"))
    if not taken:
        assert (await ask(f"GET /users/{app.user}"))["totps"] == []


@pytest.mark.parametrize(("minutes", "status"), [(4, 400), (5, 200), (1440, 200), (1441, 400)])
async def test_how_long_an_offer_may_wait(
    ask: Ask, world: World, minutes: int, status: int
) -> None:
    user = (await ask("POST /passwords/authenticate", ANN))["user_id"]
    answer = await ask("POST /totps", {"user_id": user, "expiration_minutes": minutes})
    assert said(answer) == (status, "" if status == 200 else "invalid_expiration")


async def test_who_has_something_unproved_is_offered_none(ask: Ask, world: World) -> None:
    """M22: a number that waits for its code; and the other way round."""
    first = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": 60})
    phone = {"phone_number": "+33611223344", "session_token": first["session_token"]}
    assert (await ask("POST /otps/sms/send", phone))["status_code"] == 200
    refused = await ask("POST /totps", {"user_id": first["user_id"]})
    assert said(refused) == (400, "too_many_unverified_factors")
    world.clock.advance(300)
    assert said(await ask("POST /totps", {"user_id": first["user_id"]})) == (200, "")
    refused = await ask("POST /otps/sms/send", phone)
    assert said(refused) == (400, "too_many_unverified_factors")


async def test_a_pending_user_is_offered_none(ask: Ask) -> None:
    body = {"phone_number": "+33611223344", "create_user_as_pending": True}
    sent = await ask("POST /otps/sms/login_or_create", body)
    assert said(await ask("POST /totps", {"user_id": sent["user_id"]})) == (400, "bad_request")


@pytest.mark.parametrize(
    ("behind", "taken"), [(-4, False), (-1, False), (0, True), (1, True), (2, False), (4, False)]
)
async def test_the_present_step_and_the_one_before(
    ask: Ask, world: World, behind: int, taken: bool
) -> None:
    """TOTP-4: none of the future, and none older than a minute."""
    app = await App.active(ask, world)
    world.clock.advance(10 * STEP)
    assert said(await app.prove(app.code(behind))) == ((200, "") if taken else WRONG)


async def test_the_clock_within_two_minutes_of_a_code(ask: Ask, world: World) -> None:
    """TOTP-4, every five seconds: good from its step's first second on, for two steps."""
    app = await App.active(ask, world)
    world.clock.advance(10 * STEP - world.clock.now % STEP)
    shown = world.clock.now
    code = app.code()
    taken = []
    for wait in range(-120, 121, 5):
        world.clock.now = shown + wait
        session = await app.logged_in()
        answer = await app.prove(code, session_token=session["session_token"])
        if said(answer) == (200, ""):
            taken.append(wait)
            await forgotten(world)
        else:
            await unlocked(world, app)
    assert taken == list(range(0, 60, 5))


async def forgotten(world: World) -> None:
    """As if no code of the app had been taken yet."""
    async with world.open_work() as work:
        row = await work.sql.one("SELECT id, state FROM credentials WHERE kind = 'totp'")
        assert row is not None
        kept = json.loads(bytes(row["state"])) | {"last_step": 0}
        await work.sql.run(
            "UPDATE credentials SET state = :state WHERE id = :id",
            id=row["id"],
            state=json.dumps(kept).encode(),
        )


async def unlocked(world: World, app: App) -> None:
    user = app.user.removeprefix("user-test-")
    answer = await world.admin().patch(f"/users/{user}", json={"locked_until": None})
    assert answer.status_code == 200, answer.text


async def test_a_code_is_good_once(ask: Ask, world: World) -> None:
    """TOTP-3: not in the same step, not in the next, not in another session; nor is an earlier one after it."""
    app = await App.active(ask, world)
    world.clock.advance(4 * STEP)
    code, before = app.code(), app.code(behind=1)
    first, other = await app.logged_in(), await app.logged_in()
    assert said(await app.prove(code, session_token=first["session_token"])) == (200, "")
    assert said(await app.prove(code)) == USED
    assert said(await app.prove(before)) == USED
    assert said(await app.prove(code, session_token=other["session_token"])) == USED
    world.clock.advance(STEP)
    assert said(await app.prove(code)) == USED
    assert said(await app.prove()) == (200, "")


async def test_the_code_that_activated_is_used(ask: Ask, world: World) -> None:
    app = await App.offered(ask, world)
    code = app.code()
    assert said(await app.prove(code)) == (200, "")
    assert said(await app.prove(code)) == USED


async def test_a_clock_that_steps_back_opens_no_step_again(ask: Ask, world: World) -> None:
    """TOTP-5."""
    app = await App.active(ask, world)
    world.clock.advance(10 * STEP)
    assert said(await app.prove()) == (200, "")
    world.clock.advance(-3 * STEP)
    assert said(await app.prove()) == USED


async def test_replays_lock_nobody_out(ask: Ask, world: World) -> None:
    app = await App.active(ask, world)
    code = app.code()
    await app.prove(code)
    for _ in range(12):
        assert said(await app.prove(code)) == USED
    world.clock.advance(STEP)
    assert said(await app.prove()) == (200, "")


@pytest.mark.parametrize("begin", [App.offered, App.active])
async def test_wrong_codes_count_towards_the_users_lock(ask: Ask, world: World, begin: Any) -> None:
    """TOTP-9, REC-4: codes of the app, recovery codes and passwords in one count."""
    app = await begin(ask, world)
    for _ in range(4):
        assert said(await app.prove(other_than(app.code()))) == WRONG
    for _ in range(5):
        wrong = await ask("POST /passwords/authenticate", {**ANN, "password": "not this one"})
        assert said(wrong) == (401, "unauthorized_credentials")
    await app.recover("aaaa-aaaa-aaaa")
    if begin == App.offered:
        await app.prove(other_than(app.code()))
    locked = (429, "user_lock_limit_reached")
    assert said(await app.prove()) == locked
    assert said(await app.recover(app.made["recovery_codes"][0])) == locked
    assert said(await ask("POST /passwords/authenticate", ANN)) == locked


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("", "invalid_totp_code"),
        ("12345", "invalid_totp_code"),
        ("1234567", "invalid_totp_code"),
        ("12345６", "invalid_totp_code"),
        ("aaaa-bbbb-cccc", "recovery_code_used_as_totp_code"),
    ],
)
async def test_what_is_no_code_of_an_app(ask: Ask, world: World, code: str, error: str) -> None:
    app = await App.active(ask, world)
    body = {"user_id": app.user, "totp_code": code}
    assert said(await ask("POST /totps/authenticate", body)) == (400, error)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("", "invalid_recovery_code"),
        ("aaaa-bbbb", "invalid_recovery_code"),
        ("aaaabbbbcccc", "invalid_recovery_code"),
        ("123456", "totp_code_used_as_recovery_code"),
    ],
)
async def test_what_is_no_recovery_code(ask: Ask, world: World, code: str, error: str) -> None:
    app = await App.active(ask, world)
    body = {"user_id": app.user, "recovery_code": code}
    assert said(await ask("POST /totps/recover", body)) == (400, error)


async def test_an_app_alone_begins_no_session(ask: Ask, world: World) -> None:
    """STP-13: neither a code of it nor a recovery code; and the code is not spent by asking."""
    app = await App.active(ask, world)
    refused = (400, "no_session_arguments")
    assert said(await app.prove(session_duration_minutes=60)) == refused
    recovery = app.made["recovery_codes"][0]
    assert said(await app.recover(recovery, session_duration_minutes=60)) == refused
    for answer in (await app.prove(), await app.recover(recovery)):
        assert said(answer) == (200, "")
        assert (answer["session_token"], answer["session_jwt"], answer["session"]) == ("", "", None)


async def test_the_session_of_another_user(ask: Ask, world: World) -> None:
    """SES-10; the code is not spent."""
    app = await App.active(ask, world)
    bobs = await ask("POST /passwords/authenticate", {**BOB, "session_duration_minutes": 60})
    for prove, code in ((app.prove, app.code()), (app.recover, app.made["recovery_codes"][0])):
        token = bobs["session_token"]
        assert said(await prove(code, session_token=token)) == (400, "user_id_mismatch")
        assert said(await prove(code, session_token="x" * 64)) == (404, "session_not_found")
        assert said(await prove(code)) == (200, "")


async def test_who_has_no_app(ask: Ask) -> None:
    user = (await ask("POST /passwords/authenticate", ANN))["user_id"]
    nobody = "user-test-00000000-0000-4000-8000-000000000000"
    prove, recover = {"totp_code": "123456"}, {"recovery_code": "aaaa-bbbb-cccc"}
    for path, body, error in (
        ("/totps/authenticate", prove, "totp_not_found"),
        ("/totps/recover", recover, "recovery_codes_not_found"),
    ):
        answer = await ask(f"POST {path}", {"user_id": user, **body})
        assert said(answer) == (404, error)
        answer = await ask(f"POST {path}", {"user_id": nobody, **body})
        assert said(answer) == (404, "user_not_found")
    listed = await ask("POST /totps/recovery_codes", {"user_id": user})
    assert (listed["status_code"], listed["totps"]) == (200, [])
    for path in ("/totps", "/totps/recovery_codes"):
        assert said(await ask(f"POST {path}", {"user_id": nobody})) == (404, "user_not_found")


async def test_a_recovery_code_gets_its_owner_back_in(ask: Ask, world: World) -> None:
    """REC-3, REC-7: once; counted and told; another factor in the list, and never `mfa`."""
    app = await App.active(ask, world)
    code, *others = app.made["recovery_codes"]
    assert await app.codes_left() == [code, *others]
    first = await app.logged_in()
    second = await app.recover(code, session_token=first["session_token"])
    assert second["totp_id"] == app.made["totp_id"]
    factors = second["session"]["authentication_factors"]
    assert [(f["type"], f["delivery_method"]) for f in factors] == [
        ("password", "knowledge"),
        ("recovery_codes", "recovery_code"),
    ]
    id = factors[1]["recovery_code_factor"]["totp_recovery_code_id"]
    assert id.startswith("totp-recovery-code-test-")
    assert await app.codes_left() == others
    assert said(await app.recover(code)) == WRONG_RECOVERY
    assert said(await app.recover(others[0])) == (200, "")
    notice = await world.message("ann@demo.localhost")
    assert "a recovery code was used" in notice.rendered.text


async def test_recovery_codes_of_an_app_that_was_never_active(ask: Ask, world: World) -> None:
    """They can be seen, and are good for nothing yet."""
    app = await App.offered(ask, world)
    assert await app.codes_left() == app.made["recovery_codes"]
    answer = await app.recover(app.made["recovery_codes"][0])
    assert said(answer) == (404, "recovery_codes_not_found")


async def test_by_the_applications_own_id(ask: Ask, world: World) -> None:
    user = (await ask("POST /passwords/authenticate", ANN))["user_id"]
    async with world.open_work() as work:
        await work.sql.run(
            "UPDATE users SET external_id = 'customer-7' WHERE id = :id",
            id=user.removeprefix("user-test-"),
        )
    made = await ask("POST /totps", {"user_id": "customer-7"})
    code = code_of(made["secret"], world.clock.now)
    proved = await ask("POST /totps/authenticate", {"user_id": "customer-7", "totp_code": code})
    assert (proved["status_code"], proved["user_id"]) == (200, user)
