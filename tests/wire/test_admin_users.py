"""People by the admin API: found, added, changed, removed; and what they have is taken away at once."""

from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.transcript import UUID
from tests.world import CLIENT, PASSWORD, Person, World

MORNING = "2027-01-15T08:00:00Z"  # when the clock begins
ELLA = {
    "email": "ella@demo.localhost",
    "email_verified": True,
    "phone_number": "+33612345699",
    "phone_number_verified": False,
    "given_name": "Ella",
    "family_name": "Fitz",
    "locale": "fr",
}
NOTHING = dict.fromkeys(
    (
        "middle_name",
        "name",
        "nickname",
        "preferred_username",
        "gender",
        "birthdate",
        "picture",
        "address",
        "custom_fields",
        "consents",
    )
)


async def find(world: World, email: str) -> dict[str, Any]:
    answer = await world.admin().get("/users", params={"email": email})
    (found,) = answer.json()["items"]
    return dict(found)


async def path_of(world: World, person: Person) -> str:
    return f"/users/{(await find(world, person.email))['id']}"


async def create(world: World, body: Any) -> dict[str, Any]:
    answer = await world.admin().post("/users", json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    shown = await world.admin().get(f"/users/{created['id']}")
    assert shown.json() == created
    return created


async def change(world: World, person: Person, body: Any) -> dict[str, Any]:
    path = await path_of(world, person)
    answer = await world.admin().patch(path, json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    assert (await world.admin().get(path)).json() == changed
    return changed


async def events(world: World, type_: str) -> list[dict[str, Any]]:
    answer = await world.admin().get("/events", params={"type": type_})
    return [event for event in answer.json()["items"] if event["data"]["actor"] == "admin-api"]


async def login(person: Person) -> httpx2.Response:
    body = {"client_id": CLIENT, "email": person.email, "password": person.password}
    return await person.post("/password/login", body)


# ---- finding


async def test_people_are_listed_newest_first(world: World) -> None:
    answer = (await world.admin().get("/users")).json()
    assert [user["given_name"] for user in answer["items"]] == ["Cleo", "Bob", "Ann"]
    assert answer["next"] is None


async def test_people_are_listed_page_by_page(world: World) -> None:
    names, cursor = [], None
    for _ in range(9):
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await world.admin().get("/users", params=query)).json()
        names.append([user["given_name"] for user in page["items"]])
        if (cursor := page["next"]) is None:
            break
    assert names == [["Cleo", "Bob"], ["Ann"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"email": "ann@demo.localhost"}, ["Ann"]),
        ({"email": "ANN@Demo.localhost"}, ["Ann"]),
        ({"email": "nobody@demo.localhost"}, []),
        ({"phone_number": "+33612345699"}, ["Ella"]),
        ({"phone_number": "0033 6 12 34 56 99"}, ["Ella"]),
        ({"phone_number": "+33612345678"}, []),  # Bob's factor, not his contact
        ({"email": "ella@demo.localhost", "phone_number": "+33612345699"}, ["Ella"]),
        ({"email": "ann@demo.localhost", "phone_number": "+33612345699"}, []),
    ],
)
async def test_people_are_found_by_their_address(
    world: World, query: dict[str, str], found: list[str]
) -> None:
    await create(world, ELLA)
    answer = await world.admin().get("/users", params=query)
    assert [user["given_name"] for user in answer.json()["items"]] == found
    assert answer.json()["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"email": "ann"},
        {"phone_number": "12"},
        {"emial": "ann@demo.localhost"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
    ],
)
async def test_a_filter_that_is_none_lists_nobody(world: World, query: dict[str, str]) -> None:
    answer = await world.admin().get("/users", params=query)
    assert answer.status_code == 422
    assert "items" not in answer.json()


async def test_one_person_is_shown(world: World, cleo: Person) -> None:
    answer = await world.admin().get(await path_of(world, cleo))
    assert answer.json() == {
        "id": UUID,
        "email": "cleo@demo.localhost",
        "email_verified": True,
        "phone_number": None,
        "phone_number_verified": False,
        **NOTHING,
        "given_name": "Cleo",
        "family_name": "Moreau",
        "locale": "en",
        "mfa": [
            {"type": "sms", "phone_number": "+33698765432"},
            {"type": "email", "phone_number": None},
        ],
        "created_at": MORNING,
        "updated_at": MORNING,
        "last_login_at": None,
        "last_login_type": None,
        "failures": 0,
        "locked_until": None,
    }


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("id", ["01a3185c-5000-7000-8000-000000000000", "x", "%00", "é"])
async def test_there_is_nobody_else(world: World, method: str, id: str) -> None:
    answer = await world.admin().request(method, f"/users/{id}", json={})
    assert answer.status_code == 404


# ---- adding


async def test_a_person_is_added_and_can_come_in(world: World) -> None:
    """As in a configuration file: with a password and a second factor."""
    factor = {"type": "sms", "phone_number": "+33 6 12 34 56 99"}
    created = await create(
        world, {**ELLA, "password": PASSWORD, "mfa": [factor, {"type": "email"}]}
    )
    assert created == {
        **NOTHING,
        **ELLA,
        "id": UUID,
        "mfa": [
            {"type": "sms", "phone_number": "+33612345699"},
            {"type": "email", "phone_number": None},
        ],
        "created_at": MORNING,
        "updated_at": MORNING,
        "last_login_at": None,
        "last_login_type": None,
        "failures": 0,
        "locked_until": None,
    }
    ella = Person(world, "ella@demo.localhost")
    await ella.log_in()
    assert (await ella.step_up())["access_token"]
    (event,) = await events(world, "user.created")
    assert event["user"] == created["id"]


async def test_nobody_is_given_somebody_elses_address(world: World) -> None:
    await create(world, ELLA)
    for body in ({"email": ELLA["email"]}, {"phone_number": ELLA["phone_number"]}):
        answer = await world.admin().post("/users", json=body)
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["path"] in body
    assert len((await world.admin().get("/users")).json()["items"]) == 4


REFUSED: list[tuple[Any, str]] = [
    ({}, ""),
    ({"given_name": "Ella"}, ""),
    ({"email": ""}, ""),
    ({"email": "ella"}, "email"),
    ({"email": "a@b.example", "phone_number": "12"}, "phone_number"),
    ({"phone_number": "+33899123456"}, "phone_number"),  # a premium number
    ({"email": 7}, "email"),
    ({"emial": "a@b.example"}, "emial"),
    ({"email": "a@b.example", "id": "mine"}, "id"),
    ({"email": "a@b.example", "locked_until": None}, "locked_until"),
    ({"email": "a@b.example", "created_at": MORNING}, "created_at"),
    ({"email": "a@b.example", "mfa": [{"type": "sms"}]}, "mfa[0]"),
    ({"email": "a@b.example", "mfa": [{"type": "totp"}]}, "mfa[0].type"),
    ({"email": "a@b.example", "mfa": [{"type": "sms", "number": "1"}]}, "mfa[0].number"),
    ({"phone_number": "+33612345699", "mfa": [{"type": "email"}]}, "mfa[0]"),
    ({"email": "a@b.example", "password": "short"}, "password"),
    ({"email": "a@b.example", "password": "password1"}, "password"),
    ({"email": "a@b.example", "password": "x" * 5000}, "password"),
]


@pytest.mark.parametrize(("body", "path"), REFUSED, ids=str)
async def test_who_cannot_be_is_refused_and_the_place_named(
    world: World, body: Any, path: str
) -> None:
    answer = await world.admin().post("/users", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["path"] == path
    assert len((await world.admin().get("/users")).json()["items"]) == 3


# ---- changing


async def test_what_is_not_named_stays(world: World, ann: Person) -> None:
    changed = await change(world, ann, {"nickname": "Annie", "custom_fields": {"a": 1, "b": 2}})
    assert (changed["given_name"], changed["nickname"]) == ("Ann", "Annie")
    again = await change(
        world, ann, {"nickname": None, "custom_fields": {"a": None, "c": {"d": True}}}
    )
    assert again["nickname"] is None
    assert again["custom_fields"] == {"b": 2, "c": {"d": True}}
    assert again["email_verified"] is True
    assert [e["data"]["fields"] for e in await events(world, "profile.updated")] == [
        ["nickname", "custom_fields"],
        ["nickname", "custom_fields"],
    ]


@pytest.mark.parametrize(
    ("body", "email", "verified"),
    [
        ({"email": "new@demo.localhost"}, "new@demo.localhost", False),
        ({"email": "NEW@demo.localhost", "email_verified": True}, "new@demo.localhost", True),
        ({"email": "Ann@demo.localhost"}, "ann@demo.localhost", True),
        ({"email_verified": False}, "ann@demo.localhost", False),
        ({"email_verified": None}, "ann@demo.localhost", False),
        ({"given_name": "Anna"}, "ann@demo.localhost", True),
    ],
)
async def test_another_address_is_not_verified_by_itself(
    world: World, ann: Person, body: Any, email: str, verified: bool
) -> None:
    changed = await change(world, ann, body)
    assert (changed["email"], changed["email_verified"]) == (email, verified)


async def test_whoever_has_the_old_address_is_told(world: World, ann: Person) -> None:
    """AUD-2."""
    await change(world, ann, {"email": "new@demo.localhost"})
    message = await world.message("ann@demo.localhost")
    assert message.rendered.purpose.value == "security_notice"
    assert len(world.carrier.messages) == 1


async def test_a_person_keeps_one_address_at_least(world: World, ann: Person) -> None:
    path = await path_of(world, ann)
    assert (await world.admin().patch(path, json={"email": None})).status_code == 422
    changed = await change(world, ann, {"email": None, "phone_number": "+33612345699"})
    assert (changed["email"], changed["email_verified"]) == (None, False)
    assert (await login(ann)).status_code == 401


async def test_without_an_address_its_factor_is_gone(world: World, cleo: Person) -> None:
    changed = await change(world, cleo, {"email": None, "phone_number": "+33612345699"})
    assert [factor["type"] for factor in changed["mfa"]] == ["sms"]


async def test_an_address_of_somebody_else_is_refused(
    world: World, ann: Person, bob: Person
) -> None:
    path = await path_of(world, ann)
    answer = await world.admin().patch(path, json={"email": bob.email, "given_name": "X"})
    assert answer.status_code == 409
    assert (await find(world, ann.email))["given_name"] == "Ann"


async def test_a_code_sent_to_the_old_address_opens_nothing(world: World, ann: Person) -> None:
    await ann.post("/forgot-password", {"client_id": CLIENT, "email": ann.email})
    code = await world.code()
    await change(world, ann, {"email": "new@demo.localhost"})
    for email in (ann.email, "new@demo.localhost"):
        answer = await ann.post(
            "/update-password",
            {
                "client_id": CLIENT,
                "email": email,
                "verification_code": code,
                "password": "another one that is long",
            },
        )
        assert answer.status_code == 401


async def test_a_new_password_ends_what_the_old_one_opened(world: World, ann: Person) -> None:
    await ann.log_in()
    changed = await change(world, ann, {"password": "a heron waits on one leg"})
    assert "password" not in changed
    assert (await login(ann)).status_code == 401
    assert await userinfo(ann) == 401
    assert (await ann.authorize(prompt="none")).headers["location"].count("login_required") == 1
    ann.password = "a heron waits on one leg"
    await ann.log_in()


async def userinfo(person: Person) -> int:
    answer = await person.http.get("/identity/v1/userinfo", headers=person.bearer)
    return answer.status_code


async def test_a_lock_is_lifted(world: World, ann: Person) -> None:
    right, ann.password = ann.password, "wrong"
    for _ in range(10):
        await login(ann)
    ann.password = right
    assert (await login(ann)).status_code == 403
    locked = await find(world, ann.email)
    assert locked["locked_until"] == "2027-01-15T09:00:00Z"
    unlocked = await change(world, ann, {"locked_until": None})
    assert (unlocked["locked_until"], unlocked["failures"]) == (None, 0)
    assert (await login(ann)).status_code == 200


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"locked_until": MORNING}, "locked_until"),
        ({"id": "x"}, "id"),
        ({"id": None}, "id"),
        ({"mfa": []}, "mfa"),
        ({"failures": 0}, "failures"),
        ({"given_nme": None}, "given_nme"),
        ({"email": "x"}, "email"),
        ({"email_verified": "yes"}, "email_verified"),
        ({"password": "short"}, "password"),
        ({"address": "Paris"}, "address"),
    ],
    ids=str,
)
async def test_a_change_that_makes_no_sense_changes_nothing(
    world: World, ann: Person, body: Any, path: str
) -> None:
    before = await find(world, ann.email)
    url = await path_of(world, ann)
    answer = await world.admin().patch(url, json={"nickname": "X", **body})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["path"] == path
    assert await find(world, ann.email) == before


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "given_name": TEXT,
        "locale": TEXT,
        "email_verified": st.none() | st.booleans(),
        "email": st.sampled_from(["ann@demo.localhost", "a1@demo.localhost", "A2@demo.localhost"]),
        "phone_number": st.none() | st.sampled_from(["+33612345690", "+33 6 12 34 56 91"]),
        "phone_number_verified": st.none() | st.booleans(),
        "custom_fields": st.none() | st.dictionaries(st.sampled_from("abc"), TEXT, max_size=3),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(patch=PATCHES)
async def test_what_is_answered_is_what_is_read(world: World, patch: dict[str, Any]) -> None:
    """PATCH and GET agree, and the same patch again changes nothing."""
    admin = world.admin()
    (ann,) = [
        u for u in (await admin.get("/users")).json()["items"] if u["family_name"] == "Martin"
    ]
    path = f"/users/{ann['id']}"
    changed = await admin.patch(path, json=patch)
    assert changed.status_code == 200, changed.text
    assert (await admin.get(path)).json() == changed.json()
    assert (await admin.patch(path, json=patch)).json() == changed.json()
    for name in patch.keys() - {"email", "phone_number", "custom_fields"}:
        usual = False if name.endswith("verified") else None
        wanted = usual if patch[name] is None else patch[name]
        if name == "phone_number_verified" and changed.json()["phone_number"] is None:
            wanted = False
        assert changed.json()[name] == wanted


# ---- removing


async def test_nothing_is_left_of_who_was_removed(world: World, cleo: Person) -> None:
    await cleo.log_in()
    path = await path_of(world, cleo)
    assert (await world.admin().delete(path)).status_code == 204
    assert (await world.admin().get(path)).status_code == 404
    assert (await world.admin().delete(path)).status_code == 404
    assert await userinfo(cleo) == 401
    assert (await login(cleo)).status_code == 401
    refreshed = await cleo.http.post(
        "/oauth/token",
        json={
            "client_id": CLIENT,
            "grant_type": "refresh_token",
            "refresh_token": cleo.tokens["refresh_token"],
        },
    )
    assert refreshed.status_code == 400
    (event,) = await events(world, "user.removed")
    assert path.endswith(event["user"])
    again = await create(world, {"email": cleo.email})
    assert not path.endswith(again["id"])


async def test_a_step_up_in_progress_ends_with_its_user(world: World, bob: Person) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    await world.admin().delete(await path_of(world, bob))
    assert (await bob.verify(challenge, code)).status_code == 401


# ---- what they have


async def belongings(world: World, person: Person, name: str) -> list[dict[str, Any]]:
    path = f"{await path_of(world, person)}/{name}"
    answer = (await world.admin().get(path)).json()
    assert answer["next"] is None
    items: list[dict[str, Any]] = answer["items"]
    for item in items:
        assert (await world.admin().get(f"{path}/{item['id']}")).json() == item
    return items


async def take_away(world: World, person: Person, name: str, id: str) -> int:
    path = f"{await path_of(world, person)}/{name}/{id}"
    return (await world.admin().delete(path)).status_code


async def test_credentials_are_shown_without_their_secrets(world: World, cleo: Person) -> None:
    """ADM-4: and nothing else than this."""
    await cleo.log_in()
    common = {"id": UUID, "created_at": MORNING, "failures": 0, "disabled": False}
    assert await belongings(world, cleo, "credentials") == [
        {**common, "type": "password", "email": None, "phone_number": None, "proved_at": MORNING},
        {**common, "type": "sms", "email": None, "phone_number": "+33698765432", "proved_at": None},
        {**common, "type": "email", "email": cleo.email, "phone_number": None, "proved_at": None},
    ]


async def test_a_removed_factor_raises_nothing_any_longer(world: World, bob: Person) -> None:
    """SES-6: in sessions and in grants, at once; and its owner is told."""
    await bob.log_in()
    await bob.step_up()
    (password, sms) = await belongings(world, bob, "credentials")
    (session,) = await belongings(world, bob, "sessions")
    assert (session["acr"], session["amr"]) == ("urn:ostiary:acr:mfa", ["mfa", "sms", "pwd"])
    assert [factor["credential"] for factor in session["factors"]] == [password["id"], sms["id"]]
    world.carrier.messages.clear()

    assert await take_away(world, bob, "credentials", sms["id"]) == 204
    assert await take_away(world, bob, "credentials", sms["id"]) == 404
    assert [c["type"] for c in await belongings(world, bob, "credentials")] == ["password"]
    (session,) = await belongings(world, bob, "sessions")
    assert (session["acr"], session["amr"]) == ("urn:ostiary:acr:1fa", ["pwd"])
    told = await bob.http.post(
        "/oauth/introspect",
        json={"token": bob.tokens["access_token"]},
        auth=("backend", "backend-secret"),
    )
    assert told.json()["amr"] == ["pwd"]
    notice = await world.message(bob.email)
    assert notice.rendered.purpose.value == "security_notice"
    (event,) = await events(world, "credential.removed")
    assert event["data"]["kind"] == "sms"


async def test_a_step_up_in_progress_ends_with_its_factor(world: World, bob: Person) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    code = await world.code()
    (_, sms) = await belongings(world, bob, "credentials")
    await take_away(world, bob, "credentials", sms["id"])
    assert (await bob.verify(challenge, code)).status_code == 401


async def test_without_its_password_a_login_is_over(world: World, ann: Person) -> None:
    await ann.log_in()
    tkn = await ann.tkn()
    (password,) = await belongings(world, ann, "credentials")
    await take_away(world, ann, "credentials", password["id"])
    assert await belongings(world, ann, "sessions") == []
    assert await userinfo(ann) == 401
    assert (await login(ann)).status_code == 401
    assert "code=" not in (await ann.authorize(tkn=tkn)).headers.get("location", "")


async def test_all_credentials_can_go_together(world: World, cleo: Person) -> None:
    path = f"{await path_of(world, cleo)}/credentials"
    assert (await world.admin().delete(path)).status_code == 204
    assert await belongings(world, cleo, "credentials") == []


async def test_what_one_person_has_is_not_anothers(world: World, ann: Person, bob: Person) -> None:
    await bob.log_in()
    for name in ("credentials", "sessions"):
        item = (await belongings(world, bob, name))[-1]
        path = f"{await path_of(world, ann)}/{name}/{item['id']}"
        assert (await world.admin().get(path)).status_code == 404
        assert (await world.admin().delete(path)).status_code == 404
        assert item in await belongings(world, bob, name)


async def test_a_session_ends_with_its_grants(world: World, ann: Person) -> None:
    """And the other browser's goes on."""
    other = Person(world, ann.email)
    for person in (ann, other):
        await person.log_in()
    newest, oldest = await belongings(world, ann, "sessions")
    assert newest == {
        "id": UUID,
        "client": CLIENT,
        "acr": "urn:ostiary:acr:1fa",
        "amr": ["pwd"],
        "factors": [
            {
                "credential": UUID,
                "type": "password",
                "first_proved_at": MORNING,
                "last_proved_at": MORNING,
                "ip": "127.0.0.1",
            }
        ],
        "started_at": MORNING,
        "seen_at": MORNING,
        "expires_at": "2027-01-16T08:00:00Z",
    }
    assert await take_away(world, ann, "sessions", oldest["id"]) == 204
    assert await take_away(world, ann, "sessions", oldest["id"]) == 404
    assert await belongings(world, ann, "sessions") == [newest]
    assert (await userinfo(ann), await userinfo(other)) == (401, 200)
    assert "login_required" in (await ann.authorize(prompt="none")).headers["location"]
    assert "code=" in (await other.authorize(prompt="none")).headers["location"]


async def test_a_step_up_does_not_outlive_its_session(world: World, bob: Person) -> None:
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    (session,) = await belongings(world, bob, "sessions")
    await take_away(world, bob, "sessions", session["id"])
    assert (await bob.verify(challenge, await world.code())).status_code == 401
    assert await belongings(world, bob, "sessions") == []


async def test_a_person_is_logged_out_everywhere(world: World, ann: Person) -> None:
    other = Person(world, ann.email)
    for person in (ann, other):
        await person.log_in()
    tkn = await ann.tkn()
    path = f"{await path_of(world, ann)}/sessions"
    assert (await world.admin().delete(path)).status_code == 204
    assert await belongings(world, ann, "sessions") == []
    assert (await userinfo(ann), await userinfo(other)) == (401, 401)
    assert "code=" not in (await ann.authorize(tkn=tkn)).headers.get("location", "")
    await ann.log_in()


async def test_sessions_that_are_over_are_not_listed(world: World, ann: Person) -> None:
    await ann.log_in()
    world.clock.advance(86_400)
    assert await belongings(world, ann, "sessions") == []


async def trust(world: World, person: Person) -> None:
    await world.admin().patch("/settings", json={"mfa": {"require_at_login": "always"}})
    step_up = await person.step_up_token(tkn=await person.tkn())
    verified = await person.post(
        "/passwordless/verify",
        {
            "challenge_id": await person.challenge(step_up),
            "verification_code": await world.code(),
            "trust_device": True,
        },
        headers={"user-agent": "Firefox"},
    )
    assert verified.status_code == 200, verified.text


async def test_a_trusted_browser_is_shown_and_forgotten(world: World, bob: Person) -> None:
    await trust(world, bob)
    assert "mfa_required" not in (await login(bob)).json()
    (device,) = await belongings(world, bob, "devices")
    assert device == {
        "id": UUID,
        "ip": "127.0.0.1",
        "country": None,
        "user_agent": "Firefox",
        "created_at": MORNING,
        "used_at": MORNING,
        "expires_at": "2027-04-15T08:00:00Z",
    }
    assert await take_away(world, bob, "devices", device["id"]) == 204
    assert await take_away(world, bob, "devices", device["id"]) == 404
    assert (await login(bob)).json()["mfa_required"] is True


@pytest.mark.parametrize("away", ["devices", "credentials"])
async def test_no_browser_is_trusted_on_other_terms(world: World, bob: Person, away: str) -> None:
    """TD-2."""
    await trust(world, bob)
    await world.admin().delete(f"{await path_of(world, bob)}/{away}")
    assert await belongings(world, bob, "devices") == []


async def test_devices_are_shown_where_no_more_can_be_added(world: World, bob: Person) -> None:
    await trust(world, bob)
    await world.admin().patch("/settings", json={"mfa": {"trusted_devices": {"enabled": False}}})
    assert len(await belongings(world, bob, "devices")) == 1


@pytest.mark.parametrize("path", ["/users", "/events", "/templates/mfa_step_up/sms/history"])
async def test_a_cursor_that_no_page_gave_is_refused(world: World, path: str) -> None:
    answer = await world.admin().get(path, params={"cursor": "nonsense"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "cursor"
