"""Clients, signing keys and the journal by the admin API."""

from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import AUTHORIZATION, CALLBACK, CLIENT, SHOP, Person, World

TILL = {
    "client_id": "till",
    "name": "Till",
    "public": False,
    "grants": ["authorization_code"],
    "redirect_uris": ["https://till.example/callback"],
    "post_logout_redirect_uris": [],
    "origins": ["https://till.example"],
    "login_url": None,
    "scopes": ["openid", "email"],
    "default_scope": "openid",
    "id_token_signed_response_alg": "RS256",
    "step_up_by_access_token": False,
}
SECRET = "a secret that nobody hears again"


async def introspect(world: World, client: str, secret: str) -> int:
    answer = await world.http.post("/oauth/introspect", json={"token": "x"}, auth=(client, secret))
    return answer.status_code


async def patch(world: World, client: str, body: Any) -> dict[str, Any]:
    answer = await world.admin().patch(f"/clients/{client}", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    assert (await world.admin().get(f"/clients/{client}")).json() == changed
    return changed


async def test_clients_are_listed_as_in_the_file(world: World) -> None:
    answer = (await world.admin().get("/clients")).json()
    assert [client["client_id"] for client in answer["items"]] == ["backend", CLIENT]
    assert answer["next"] is None
    shop = answer["items"][1]
    assert shop == {
        "client_id": CLIENT,
        "name": "Demo shop",
        "public": True,
        "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [f"{SHOP}/"],
        "origins": [SHOP],
        "login_url": None,
        "scopes": ["openid", "profile", "email", "phone", "address", "offline_access", "mfa"],
        "default_scope": "openid profile email phone offline_access mfa",
        "id_token_signed_response_alg": "ES256",
        "step_up_by_access_token": True,
    }
    assert (await world.admin().get(f"/clients/{CLIENT}")).json() == shop


async def test_a_client_is_added_and_is_one_at_once(world: World) -> None:
    assert await introspect(world, "till", SECRET) == 401
    answer = await world.admin().post("/clients", json={**TILL, "client_secret": SECRET})
    assert answer.status_code == 201
    assert answer.json() == TILL
    assert (await world.admin().get("/clients/till")).json() == TILL
    assert await introspect(world, "till", SECRET) == 200
    again = await world.admin().post("/clients", json={**TILL, "client_secret": SECRET})
    assert again.status_code == 409


async def test_a_client_needs_a_name_and_nothing_else(world: World) -> None:
    answer = await world.admin().post("/clients", json={"client_id": "https://rp.example/a"})
    assert answer.json()["name"] == "https://rp.example/a"
    found = await world.admin().get("/clients/https://rp.example/a")
    assert found.json() == answer.json()


async def test_no_answer_ever_holds_a_secret(world: World) -> None:
    """ADM-4: whatever is asked, in whatever way it was set, and in the journal neither."""
    admin = world.admin()
    answers: list[httpx2.Response] = [
        await admin.post("/clients", json={**TILL, "client_secret": SECRET}),
        await admin.get("/clients"),
        await admin.get("/clients/till"),
        await admin.patch("/clients/till", json={"client_secret": f"{SECRET}!"}),
        await admin.patch("/clients/till", json={"name": "Other"}),
        await admin.post("/clients", json={**TILL, "client_secret": SECRET}),
        await admin.patch("/clients/till", json={"client_secret": SECRET, "grants": ["nonsense"]}),
        await admin.post(
            "/users", json={"email": "a@b.example", "password": "a heron waits on one leg"}
        ),
        await admin.get("/users"),
        await admin.get("/keys"),
        await admin.get("/events", params={"limit": 200}),
        await admin.get("/openapi.json"),
    ]
    for answer in answers:
        for secret in (SECRET, "backend-secret", "heron", "argon2"):
            assert secret not in answer.text
    for answer in answers[1:3]:
        assert "digest" not in answer.text
        assert "client_secret" not in answer.text
    assert '"d":' not in answers[9].text


async def test_a_secret_that_is_not_named_stays(world: World) -> None:
    await patch(world, "backend", {"name": "Back end"})
    assert await introspect(world, "backend", "backend-secret") == 200
    await patch(world, "backend", {"client_secret": SECRET})
    assert await introspect(world, "backend", "backend-secret") == 401
    assert await introspect(world, "backend", SECRET) == 200


async def test_a_public_client_has_no_secret(world: World) -> None:
    refused = await world.admin().patch("/clients/backend", json={"public": True})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "grants"  # only with a secret it may act alone
    await patch(world, "backend", {"public": True, "grants": []})
    assert await introspect(world, "backend", "backend-secret") == 401
    answer = await world.admin().patch("/clients/backend", json={"public": False})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "client_secret"
    await patch(world, "backend", {"public": False, "client_secret": SECRET})
    assert await introspect(world, "backend", SECRET) == 200


async def test_null_sets_back_to_the_default(world: World) -> None:
    await patch(world, CLIENT, {"name": None, "scopes": ["openid"], "login_url": f"{SHOP}/in"})
    changed = await patch(world, CLIENT, {"scopes": None, "login_url": None})
    assert changed["name"] == CLIENT
    assert changed["default_scope"] == "openid profile email phone offline_access mfa"
    assert changed["login_url"] is None


async def test_other_scopes_have_another_default(world: World) -> None:
    assert (await patch(world, CLIENT, {"scopes": ["openid", "mfa"]}))["default_scope"] == (
        "openid mfa"
    )
    named = await patch(world, CLIENT, {"scopes": ["openid", "email"], "default_scope": "openid"})
    assert named["default_scope"] == "openid"


REFUSED: list[tuple[Any, str, str | None]] = [
    ({"redirect_uri": []}, "redirect_uri", "redirect_uris"),
    ({"redirect_uri": None}, "redirect_uri", "redirect_uris"),
    ({"redirect_uris": ["/callback"]}, "redirect_uris", None),
    ({"redirect_uris": ["https://shop.example/*"]}, "redirect_uris", None),
    ({"redirect_uris": ["https://shop.example/#here"]}, "redirect_uris", None),
    ({"redirect_uris": "https://shop.example/"}, "redirect_uris", None),
    ({"origins": ["https://shop.example/"]}, "origins", None),
    ({"grants": ["implicit"]}, "grants[0]", None),
    ({"grants": ["autorization_code"]}, "grants[0]", "authorization_code"),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg", None),
    ({"step_up_by_access_token": "no"}, "step_up_by_access_token", None),
    ({"client_id": "another"}, "client_id", None),
]


@pytest.mark.parametrize(("body", "path", "nearest"), REFUSED, ids=str)
async def test_what_is_no_client_is_refused_and_nothing_changes(
    world: World, body: Any, path: str, nearest: str | None
) -> None:
    before = (await world.admin().get(f"/clients/{CLIENT}")).json()
    answer = await world.admin().patch(f"/clients/{CLIENT}", json={"name": "X", **body})
    assert answer.status_code == 422, answer.text
    (wrong,) = answer.json()["errors"]
    assert wrong["path"] == path
    assert wrong.get("nearest") == nearest
    assert (await world.admin().get(f"/clients/{CLIENT}")).json() == before


@pytest.mark.parametrize("id", ["", "two words", "x" * 201, "é", None])
async def test_an_id_is_printable(world: World, id: str | None) -> None:
    answer = await world.admin().post("/clients", json={"client_id": id})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "client_id"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_there_is_no_other_client(world: World, method: str) -> None:
    answer = await world.admin().request(method, "/clients/other", json={})
    assert answer.status_code == 404


async def test_the_last_resort_of_a_step_up_is_switched_off(world: World, bob: Person) -> None:
    """M5: with an access token no longer; with the cookie still."""
    await bob.log_in()
    await patch(world, CLIENT, {"step_up_by_access_token": False})
    bearer, cookies = bob.bearer, dict(bob.http.cookies)
    bob.http.cookies.clear()
    answer = await bob.post("/mfa/stepup", AUTHORIZATION, headers=bearer)
    assert answer.status_code == 403
    assert answer.json()["error_message_key"] == "error.feature.notAvailable"
    for name, value in cookies.items():
        bob.http.cookies.set(name, value)
    await bob.step_up()


async def test_a_redirect_uri_counts_at_once(world: World, ann: Person) -> None:
    other = "https://other.example/callback"
    refused = await ann.authorize(tkn=await ann.tkn(), redirect_uri=other)
    assert refused.status_code == 403
    await patch(world, CLIENT, {"redirect_uris": [CALLBACK, other]})
    answer = await ann.authorize(tkn=await ann.tkn(), redirect_uri=other)
    assert answer.headers["location"].startswith(other)


async def test_nothing_is_left_of_a_client_that_was_removed(world: World, ann: Person) -> None:
    await ann.log_in()
    assert (await world.admin().delete(f"/clients/{CLIENT}")).status_code == 204
    assert (await world.admin().get(f"/clients/{CLIENT}")).status_code == 404
    told = await ann.http.get("/identity/v1/userinfo", headers=ann.bearer)
    assert told.status_code == 401
    assert (await ann.authorize(prompt="none")).status_code == 400
    events = (await world.admin().get("/events", params={"type": "client.removed"})).json()
    assert [event["client"] for event in events["items"]] == [CLIENT]


PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | st.sampled_from(["Till", "Shop"]),
        "public": st.none() | st.booleans(),
        "grants": st.none() | st.lists(st.sampled_from(["authorization_code", "refresh_token"])),
        "redirect_uris": st.none() | st.lists(st.sampled_from([CALLBACK, f"{SHOP}/other"])),
        "origins": st.none() | st.lists(st.sampled_from([SHOP, "https://other.example"])),
        "scopes": st.none() | st.lists(st.sampled_from(["openid", "email", "mfa"])),
        "default_scope": st.none() | st.sampled_from(["openid", "openid mfa"]),
        "id_token_signed_response_alg": st.none() | st.sampled_from(["ES256", "RS256"]),
        "step_up_by_access_token": st.none() | st.booleans(),
        "client_secret": st.none() | st.just(SECRET),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=PATCHES)
async def test_what_is_answered_is_what_is_read(world: World, body: dict[str, Any]) -> None:
    """PATCH and GET agree; what was said is there; a refusal changes nothing."""
    await patch(world, "backend", {"grants": ["authorization_code"]})
    before = (await world.admin().get("/clients/backend")).json()
    answer = await world.admin().patch("/clients/backend", json=body)
    after = (await world.admin().get("/clients/backend")).json()
    if answer.status_code != 200:
        wrong = {error["path"] for error in answer.json()["errors"]}
        asked = {**before, **{name: value for name, value in body.items() if value is not None}}
        amiss = set((asked["default_scope"] or "").split()) - set(asked["scopes"])
        assert wrong <= {"client_secret", "default_scope"}
        assert ("default_scope" in wrong) <= bool(amiss)
        assert after == before
        return
    assert answer.json() == after
    for name in body.keys() - {"client_secret"}:
        assert body[name] is None or after[name] == body[name]


# ---- keys


async def test_keys_are_shown_without_their_private_parts(world: World) -> None:
    answer = (await world.admin().get("/keys")).json()
    stages = [(key["alg"], key["stage"]) for key in answer["items"]]
    assert sorted(stages) == [
        ("ES256", "current"),
        ("ES256", "next"),
        ("RS256", "current"),
        ("RS256", "next"),
    ]
    assert answer["next"] is None
    published = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["public"] for key in answer["items"]] == published
    for key in answer["items"]:
        assert key["kid"] == key["public"]["kid"]
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key["public"].keys()


async def test_rotation_moves_every_key_on_and_is_used_at_once(world: World, ann: Person) -> None:
    """KEY-3: what was signed before is still good, and the next key was published before it signs."""
    await ann.log_in()
    before = {
        key["kid"]: key["stage"] for key in (await world.admin().get("/keys")).json()["items"]
    }
    answer = await world.admin().post("/keys/rotate")
    assert answer.status_code == 200
    after = {key["kid"]: key["stage"] for key in answer.json()["items"]}
    moves = {"next": "current", "current": "previous"}
    assert {kid: after[kid] for kid in before} == {kid: moves[s] for kid, s in before.items()}
    assert sorted(after[kid] for kid in after.keys() - before.keys()) == ["next", "next"]
    told = await ann.http.get("/identity/v1/userinfo", headers=ann.bearer)
    assert told.status_code == 200
    await ann.log_in()
    (event,) = (await world.admin().get("/events", params={"type": "keys.rotated"})).json()["items"]
    assert event["data"] == {"actor": "admin-api"}


# ---- the journal


async def told(world: World, **query: Any) -> list[dict[str, Any]]:
    answer = await world.admin().get("/events", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_journal_is_told_newest_first(world: World, ann: Person) -> None:
    world.clock.advance(60)
    await ann.log_in()
    items = await told(world, since=world.clock.now)
    assert [event["type"] for event in items] == [
        "tokens.issued",
        "authorization.granted",
        "session.started",
        "login.proved",
        "credential.proved",
    ]
    assert items[2].keys() == {"id", "at", "type", "user", "client", "ip", "data"}
    assert items[2]["at"] == "2027-01-15T08:01:00Z"
    assert (items[2]["client"], items[2]["ip"]) == (CLIENT, "127.0.0.1")
    assert "actor" not in items[2]["data"]


async def test_the_journal_is_asked_for_a_user_a_type_and_a_time(
    world: World, ann: Person, bob: Person
) -> None:
    for person in (ann, bob):
        world.clock.advance(60)
        await person.log_in()
    (bobs, anns) = await told(world, type="session.started")
    assert await told(world, type="session.started", user=anns["user"]) == [anns]
    assert await told(world, user=anns["user"], since="2027-01-15T08:02:00Z") == []
    assert anns in await told(world, user=anns["user"], since="2027-01-15T09:01:00+01:00")
    assert await told(world, type="session.started", since=str(world.clock.now)) == [bobs]
    assert await told(world, type="session") == []


async def test_the_journal_is_told_page_by_page(world: World) -> None:
    whole = await told(world, limit=200)
    assert len(whole) > 6
    pages: list[dict[str, Any]] = []
    cursor = None
    for _ in whole:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await world.admin().get("/events", params=query)).json()
        pages += page["items"]
        assert len(page["items"]) == 3 or page["next"] is None
        if (cursor := page["next"]) is None:
            break
    assert pages == whole


@pytest.mark.parametrize(
    "since", ["yesterday", "2027-01-15", "2027-01-15T08:00:00", "-1", "9" * 20, "1e9", ""]
)
async def test_a_time_is_an_instant(world: World, since: str) -> None:
    answer = await world.admin().get("/events", params={"since": since})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "since"


# ---- whatever is sent

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "mfa",
        "codes",
        "text",
        "from",
        "user",
        "to",
        "template",
        "email",
        "password",
        "grants",
        "redirect_uris",
        "client_id",
        "client_secret",
        "locked_until",
        "custom_fields",
        "address",
    ]
)
CALLS = [
    ("PATCH", "/settings"),
    ("PUT", "/templates/mfa_step_up/sms"),
    ("PUT", "/templates/mfa_step_up/email"),
    ("POST", "/templates/mfa_step_up/email/preview"),
    ("POST", "/templates/mfa_step_up/sms/test"),
    ("POST", "/users"),
    ("PATCH", "/users/{ann}"),
    ("POST", "/clients"),
    ("PATCH", f"/clients/{CLIENT}"),
]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(call=st.sampled_from(CALLS), body=st.dictionaries(NAMES, ANYTHING, max_size=4))
async def test_nothing_that_is_sent_is_too_much(
    world: World, call: tuple[str, str], body: dict[str, Any]
) -> None:
    """Well-formed JSON with anything in any field: an answer or a problem document, never a bug."""
    (ann,) = (await world.admin().get("/users", params={"limit": 1})).json()["items"]
    method, path = call
    content = msgspec.json.encode(body)
    answer = await world.admin().request(
        method,
        path.replace("{ann}", ann["id"]),
        content=content,
        headers={"content-type": "application/json"},
    )
    assert answer.status_code < 500, answer.text
    assert isinstance(answer.json(), dict)
