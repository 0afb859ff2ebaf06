"""Settings by the admin API: the shape, what is refused, and that a change holds from the next request on."""

from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from ostiary.core.projects.model import Settings
from tests.world import AUTHORIZATION, CLIENT, Person, World

DEFAULTS = msgspec.json.decode(msgspec.json.encode(Settings()))


async def get(world: World) -> dict[str, Any]:
    answer = await world.admin().get("/settings")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def patch(world: World, body: Any) -> dict[str, Any]:
    answer = await world.admin().patch("/settings", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found == await get(world)
    return found


# ---- the shape


async def test_every_setting_is_shown_bare(world: World) -> None:
    assert await get(world) == DEFAULTS


async def test_a_patch_answers_the_whole(world: World) -> None:
    changed = await patch(world, {"mfa": {"factors": {"sms": False}}, "codes": {"length": 8}})
    assert changed["mfa"] == {**DEFAULTS["mfa"], "factors": {"sms": False, "email": True}}
    assert changed["codes"] == {**DEFAULTS["codes"], "length": 8}
    assert {k: v for k, v in changed.items() if k not in ("mfa", "codes")} == {
        k: v for k, v in DEFAULTS.items() if k not in ("mfa", "codes")
    }


async def test_null_sets_back_to_the_default(world: World) -> None:
    """RFC 7396: a member, or a whole object."""
    await patch(world, {"codes": {"length": 8, "sms_lifetime": 60}, "lockout": {"duration": 9}})
    assert (await patch(world, {"codes": {"length": None}}))["codes"]["sms_lifetime"] == 60
    assert await patch(world, {"codes": None, "lockout": None}) == DEFAULTS


async def test_a_list_is_replaced(world: World) -> None:
    await patch(world, {"sends": {"countries": ["FR", "BE"]}})
    changed = await patch(world, {"sends": {"countries": ["CH"]}})
    assert changed["sends"]["countries"] == ["CH"]


async def test_the_media_type_of_merge_patches_is_read(world: World) -> None:
    answer = await world.admin().patch(
        "/settings",
        content=b'{"codes": {"length": 7}}',
        headers={"content-type": "application/merge-patch+json"},
    )
    assert answer.json()["codes"]["length"] == 7


REFUSED: list[tuple[Any, str, str, str | None]] = [
    ({"mfa": {"facors": {}}}, "mfa.facors", "unknown key", "factors"),
    ({"mfa": {"facors": None}}, "mfa.facors", "unknown key", "factors"),
    ({"mfa": {"factors": {"smss": True}}}, "mfa.factors.smss", "unknown key", "sms"),
    ({"feature": {}}, "feature", "unknown key", "features"),
    ({"sesions": {}}, "sesions", "unknown key", "sessions"),
    ({"mfa": {"require_at_login": "alway"}}, "mfa.require_at_login", "unknown word", "always"),
    ({"mfa": {"require_at_login": "zzz"}}, "mfa.require_at_login", "known: always, never", None),
    ({"codes": {"length": 5}}, "codes.length", "Expected `int` >= 6", None),
    ({"codes": {"length": 11}}, "codes.length", "Expected `int` <= 10", None),
    ({"codes": {"length": "6"}}, "codes.length", "Expected `int`, got `str`", None),
    ({"codes": {"length": True}}, "codes.length", "Expected `int`, got `bool`", None),
    ({"codes": {"sms_lifetime": 601}}, "codes.sms_lifetime", "Expected `int` <= 600", None),
    ({"codes": {"email_lifetime": 0}}, "codes.email_lifetime", "Expected `int` >= 1", None),
    ({"tokens": {"login": 601}}, "tokens.login", "Expected `int` <= 600", None),
    ({"password": {"min_length": 7}}, "password.min_length", "Expected `int` >= 8", None),
    ({"sends": {"countries": ["France"]}}, "sends.countries[0]", "matching regex", None),
    ({"features": True}, "features", "Expected `object`, got `bool`", None),
    ({"features": {"sso": False}}, "features.mfa", "needs features.sso", None),
    ({"features": {"passwordless": False}}, "features.mfa", "needs features.passwordless", None),
    ({"features": {"sms": False}}, "mfa.factors.sms", "needs features.sms", None),
    (
        {"sends": {"countries": ["UK"]}},
        "sends.countries",
        "'UK' is not the ISO 3166 code of a country",
        None,
    ),
]


@pytest.mark.parametrize(("body", "path", "message", "nearest"), REFUSED, ids=str)
async def test_nonsense_is_refused_and_named_and_nothing_changes(
    world: World, body: Any, path: str, message: str, nearest: str | None
) -> None:
    """M1, OTP-2, OTP-3: and what is right beside it is not taken, either."""
    answer = await world.admin().patch("/settings", json={"lockout": {"duration": 77}, **body})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert wrong["path"] == path
    assert message in wrong["message"]
    assert wrong.get("nearest") == nearest
    assert path in answer.json()["detail"]
    assert await get(world) == DEFAULTS


async def test_every_wrong_thing_is_named_at_once(world: World) -> None:
    answer = await world.admin().patch("/settings", json={"mfaa": {}, "codes": {"lenght": 6}})
    named = [(wrong["path"], wrong["nearest"]) for wrong in answer.json()["errors"]]
    assert named == [("mfaa", "mfa"), ("codes.lenght", "length")]


async def test_what_goes_together_may_change_together(world: World) -> None:
    """M1 is about the result: without MFA its prerequisites may go, and both may come back at once."""
    off = await patch(world, {"features": {"mfa": False, "sso": False, "passwordless": False}})
    assert off["features"] == {"sms": True, "passwordless": False, "sso": False, "mfa": False}
    answer = await world.admin().patch("/settings", json={"features": {"mfa": True}})
    assert [w["message"] for w in answer.json()["errors"]] == [
        "needs features.passwordless",
        "needs features.sso",
    ]
    assert await patch(world, {"features": None}) == DEFAULTS


async def test_the_journal_says_who_changed_what(world: World) -> None:
    await patch(world, {"codes": {"length": 8}, "sends": {"cooldown": 5}})
    events = await world.admin().get("/events", params={"type": "project.configured"})
    (newest,) = (e for e in events.json()["items"] if e["data"]["actor"] == "admin-api")
    assert newest["ip"] == "127.0.0.1"
    assert newest["data"]["settings"] == {"codes.length": [6, 8], "sends.cooldown": [0, 5]}


async def test_what_changes_nothing_is_not_recorded(world: World) -> None:
    before = (await world.admin().get("/events")).json()["items"]
    await patch(world, {"codes": {"length": 6}})
    assert (await world.admin().get("/events")).json()["items"] == before


# ---- the effects


async def login(person: Person) -> dict[str, Any]:
    body = {"client_id": CLIENT, "email": person.email, "password": person.password}
    answer = await person.post("/password/login", body)
    found: dict[str, Any] = answer.json()
    return found


async def test_the_next_login_asks_for_a_second_factor(
    world: World, ann: Person, bob: Person
) -> None:
    """M3: Always, for who has one."""
    assert "mfa_required" not in await login(bob)
    await patch(world, {"mfa": {"require_at_login": "always"}})
    assert (await login(bob))["mfa_required"] is True
    assert "mfa_required" not in await login(ann)
    await patch(world, {"mfa": {"require_at_login": None}})
    assert "mfa_required" not in await login(bob)


def not_available(answer: httpx2.Response) -> None:
    assert answer.status_code == 403
    assert answer.json()["error_message_key"] == "error.feature.notAvailable"


async def test_without_mfa_nothing_of_it_is_available(world: World, bob: Person) -> None:
    """M1: listing, registration and step-up say so; and it all comes back."""
    await bob.log_in()
    await patch(world, {"features": {"mfa": False}})
    listing = await bob.http.get("/identity/v1/mfa/credentials", headers=bob.bearer)
    not_available(listing)
    for path, body in (
        ("/mfa/credentials/phone-numbers", {"phone_number": "+33612345679"}),
        ("/mfa/credentials/emails", {}),
    ):
        not_available(await bob.post(path, body, headers=bob.bearer))
    not_available(await bob.post("/mfa/stepup", AUTHORIZATION))
    await patch(world, {"features": {"mfa": True}})
    await bob.step_up()


async def test_a_factor_that_is_off_is_not_available(world: World, cleo: Person) -> None:
    """M2."""
    await cleo.log_in()
    await patch(world, {"mfa": {"factors": {"sms": False}}})
    not_available(
        await cleo.post(
            "/mfa/credentials/phone-numbers", {"phone_number": "+33612345679"}, headers=cleo.bearer
        )
    )
    await cleo.step_up("email")


@pytest.mark.parametrize("length", [6, 8, 10])
async def test_codes_are_as_long_as_they_shall_be(world: World, bob: Person, length: int) -> None:
    await patch(world, {"codes": {"length": length}})
    await bob.log_in()
    await bob.challenge(await bob.step_up_token())
    code = await world.code()
    assert len(code) == length
    assert code.isdecimal()


@pytest.mark.parametrize(("wait", "status"), [(29, 200), (30, 401)])
async def test_codes_live_as_long_as_they_shall(
    world: World, bob: Person, wait: int, status: int
) -> None:
    await patch(world, {"codes": {"sms_lifetime": 30}})
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    world.clock.advance(wait)
    verified = await bob.verify(challenge, await world.code())
    assert verified.status_code == status


async def test_a_step_up_sends_as_often_as_it_may(world: World, bob: Person) -> None:
    """M7."""
    await patch(world, {"sends": {"per_step_up": 1}})
    await bob.log_in()
    step_up = await bob.step_up_token()
    await bob.challenge(step_up)
    again = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    assert again.status_code == 429


# ---- what holds for every patch


def values_of(shape: inspect.Type) -> st.SearchStrategy[Any]:
    """Whatever a setting may be, and null."""
    match shape:
        case inspect.StructType():
            return st.fixed_dictionaries(
                {}, optional={field.encode_name: values_of(field.type) for field in shape.fields}
            )
        case inspect.BoolType():
            return st.none() | st.booleans()
        case inspect.IntType():
            return st.none() | st.integers(shape.ge, shape.le)
        case inspect.EnumType():
            return st.none() | st.sampled_from([member.value for member in shape.cls])
        case inspect.VarTupleType():
            return st.none() | st.lists(st.sampled_from(["FR", "BE", "CH"]), max_size=3)
        case _:
            raise TypeError(shape)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=values_of(inspect.type_info(Settings)))
async def test_what_is_answered_is_what_is_read_and_what_was_asked(
    world: World, body: dict[str, Any]
) -> None:
    """PATCH and GET agree; a refusal changes nothing; what was said is what is there."""
    before = await get(world)
    answer = await world.admin().patch("/settings", json=body)
    after = await get(world)
    if answer.status_code != 200:
        assert answer.status_code == 422
        assert after == before
        return
    assert answer.json() == after
    agrees(body, after, DEFAULTS)


def agrees(said: dict[str, Any], there: dict[str, Any], default: dict[str, Any]) -> None:
    for name, value in said.items():
        if isinstance(value, dict):
            agrees(value, there[name], default[name])
        else:
            assert there[name] == (default[name] if value is None else value)
