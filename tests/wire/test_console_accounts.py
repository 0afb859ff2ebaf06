"""Clients and users in the console: made, changed, removed, as the admin API can (M10)."""

import re
from html import unescape
from typing import Any

import pytest

from ostiary.core import credentials
from ostiary.terms.assurance import Kind
from ostiary.terms.ids import UserId
from tests.wire.console import ADMIN, Console, events
from tests.wire.forms import forms
from tests.world import AUTHORIZATION, CLIENT, Person, World


@pytest.fixture
async def admin(world: World) -> Console:
    """Signed in, with the form secret of a page at hand."""
    console = Console(world)
    assert (await console.set_up()).status_code == 303
    await console.get("/console")
    return console


async def test_a_client_is_switched_and_gets_a_new_secret(admin: Console, world: World) -> None:
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    path = f"/console/clients/{CLIENT}"
    form = forms((await admin.get(path)).text)[path]
    del form["step_up_by_access_token"]
    assert (await admin.post(path, **form)).headers["location"] == f"{path}?saved"
    bob.http.cookies.clear()
    refused = await bob.post("/mfa/stepup", AUTHORIZATION, headers=bob.bearer)
    assert refused.json()["error_message_key"] == "error.feature.notAvailable"
    shown = await admin.post("/console/client-secrets/backend")
    secret = secret_of(shown.text)
    for text, status in (("backend-secret", 401), (secret, 200)):
        assert await introspected(world, "backend", text) == status
    assert secret not in (await admin.get("/console/clients/backend")).text
    assert (await admin.post(f"/console/client-secrets/{CLIENT}")).status_code == 404


def secret_of(page: str) -> str:
    found = re.search(r'id="secret">([\w-]{43})<', page)
    assert found
    return found[1]


async def introspected(world: World, client: str, secret: str) -> int:
    form = {"token": "x", "client_id": client, "client_secret": secret}
    answer = await world.http.post("/oauth/introspect", data=form)
    return answer.status_code


NEW = {
    "client_id": "https://till.example/app",
    "name": "Till",
    "kind": "confidential",
    "grants.client_credentials": "on",
    "scopes": "openid profile",
    "id_token_signed_response_alg": "RS256",
    "redirect_uris": "https://till.example/callback\r\nhttps://till.example/second",
    "origins": "https://till.example",
}


async def test_a_client_is_made_changed_and_removed(admin: Console, world: World) -> None:
    """With an id that is a URL, and a secret that is shown once (ADM-4)."""
    assert "New client" in (await admin.get("/console/new-client")).text
    made = await admin.post("/console/clients", **NEW)
    secret = secret_of(made.text)
    assert await introspected(world, NEW["client_id"], secret) == 200
    api = world.admin()
    kept = (await api.get(f"/clients/{NEW['client_id']}")).json()
    assert kept["redirect_uris"] == NEW["redirect_uris"].split()
    assert (kept["public"], kept["default_scope"]) == (False, "openid profile")
    assert (await admin.post("/console/clients", **NEW)).status_code == 409
    assert "there is such a client already" in admin.page
    (path,) = re.findall(r'href="(/console/clients/https[^"]+)"', (await admin.get(LIST)).text)
    form = forms((await admin.get(path)).text)[path]
    assert form.items() >= {**NEW, "redirect_uris": "\n".join(kept["redirect_uris"])}.items() - {
        ("client_id", NEW["client_id"])
    }
    same = await admin.post(path, **form)
    assert (same.status_code, same.headers["location"]) == (303, f"{path}?saved")
    assert (await api.get(f"/clients/{NEW['client_id']}")).json() == kept
    assert await introspected(world, NEW["client_id"], secret) == 200
    public = {**form, "kind": "public", "grants.authorization_code": "on"}
    del public["grants.client_credentials"]
    await admin.post(path, **public)
    assert (await api.get(f"/clients/{NEW['client_id']}")).json()["public"] is True
    shown = await admin.post(path, **form)
    assert await introspected(world, NEW["client_id"], secret_of(shown.text)) == 200
    removal = path.replace("/clients/", "/client-removals/")
    assert (await admin.post(removal)).status_code == 422
    assert "tick it first" in admin.page
    assert (await admin.post(removal, sure="on")).headers["location"] == LIST
    assert (await admin.get(path)).status_code == 404
    for name in ("client.registered", "client.removed"):
        assert (await events(world, name))[0].data["actor"] == ADMIN


LIST = "/console/clients"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"redirect_uris": "http://till.example/"}, "is neither https nor on this machine"),
        ({"origins": "https://till.example/path"}, "is not an origin"),
        ({"client_id": ""}, "client_id"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
    ],
)
async def test_a_client_that_makes_no_sense_is_not_made(
    admin: Console, change: dict[str, str], said: str
) -> None:
    await admin.get("/console/new-client")
    answer = await admin.post("/console/clients", **{**NEW, **change})
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    again = forms(answer.text)["/console/clients"]
    kept = {**NEW, **change}
    for name in ("name", "kind", "scopes", "origins", "grants.client_credentials"):
        assert again[name] == kept[name]
    assert len((await admin.get(LIST)).text.split("<tr>")) == 4  # the head, and the demo's own two


# ---- users

EVE = {
    "email": "Eve@Example.com",
    "email_verified": "on",
    "phone_number": "+33 6 11 22 33 44",
    "given_name": "Eve",
    "locale": "fr",
    "password": "correct horse battery staple",
    "mfa.sms": "on",
    "mfa.email": "on",
}


async def made(admin: Console, **more: str) -> str:
    """Eve's page."""
    await admin.get("/console/users/new")
    answer = await admin.post("/console/users", **{**EVE, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removesuffix("?saved")


async def person(world: World, page: str) -> dict[str, Any]:
    found = await world.admin().get(page.removeprefix("/console"))
    said: dict[str, Any] = found.json()
    return said


async def test_a_user_is_made_with_all_that_they_need(admin: Console, world: World) -> None:
    """M10: as the admin API makes one."""
    page = await made(admin)
    eve = await person(world, page)
    assert (eve["email"], eve["email_verified"]) == ("eve@example.com", True)
    assert (eve["phone_number"], eve["phone_number_verified"]) == ("+33611223344", False)
    assert {factor["type"] for factor in eve["mfa"]} == {"sms", "email"}
    await Person(world, "eve@example.com").log_in()
    assert ADMIN in {event.data["actor"] for event in await events(world, "user.created")}
    assert "Eve" in (await admin.get(page)).text


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"email": "bob@demo.localhost"}, 409, "email: somebody has this address already"),
        ({"email": "", "phone_number": ""}, 422, "an email or a phone_number is needed"),
        ({"phone_number": "12"}, 422, "phone_number: "),
        ({"password": "password"}, 422, "password: password too weak"),
        ({"password": "x" * 2000}, 422, "password: password too long"),
    ],
)
async def test_a_user_that_cannot_be_is_not_made(
    admin: Console, world: World, change: dict[str, str], status: int, said: str
) -> None:
    await admin.get("/console/users/new")
    answer = await admin.post("/console/users", **{**EVE, **change})
    assert answer.status_code == status
    assert said in unescape(answer.text)
    again = forms(answer.text)["/console/users"]
    assert {name: again[name] for name in EVE} == {**EVE, **change}
    assert len(await events(world, "user.created")) == 3  # the demo's own


async def test_a_users_profile_and_addresses_are_changed(admin: Console, world: World) -> None:
    """ADM-3's other side: only an operator says that an address is verified."""
    page = await made(admin)
    edit = forms((await admin.get(f"{page}/edit")).text)
    profile = {**edit[f"{page}/profile"], "family_name": "Adam", "custom_fields": '{"level": 3}'}
    assert (await admin.post(f"{page}/profile", **profile)).status_code == 303
    eve = await person(world, page)
    assert (eve["given_name"], eve["family_name"]) == ("Eve", "Adam")
    assert eve["custom_fields"] == {"level": 3}
    contacts = edit[f"{page}/contacts"]
    assert contacts["email_verified"] == "on"
    contacts["email"] = "eve@new.example"
    assert (await admin.post(f"{page}/contacts", **contacts)).status_code == 303
    eve = await person(world, page)
    assert (eve["email"], eve["email_verified"]) == ("eve@new.example", False)
    assert eve["phone_number"] == "+33611223344"
    contacts = forms((await admin.get(f"{page}/edit")).text)[f"{page}/contacts"]
    await admin.post(f"{page}/contacts", **{**contacts, "email_verified": "on"})
    assert (await person(world, page))["email_verified"] is True
    for event in ("contact.changed", "profile.updated"):
        assert (await events(world, event))[0].data["actor"] == ADMIN


@pytest.mark.parametrize(
    ("form", "change", "status"),
    [
        ("contacts", {"email": "bob@demo.localhost"}, 409),
        ("contacts", {"email": "", "phone_number": ""}, 422),
        ("profile", {"custom_fields": "[1]"}, 422),
        ("profile", {"address": "{"}, 422),
        ("password", {"password": "short"}, 422),
        ("remove", {}, 422),
    ],
)
async def test_a_change_that_cannot_be_keeps_what_was_typed(
    admin: Console, world: World, form: str, change: dict[str, str], status: int
) -> None:
    page = await made(admin)
    before = await person(world, page)
    path = f"{page}/{form}"
    typed = {**forms((await admin.get(f"{page}/edit")).text)[path], **change}
    answer = await admin.post(path, **typed)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    again = forms(answer.text)[path]
    assert {name: again[name] for name in typed} == typed
    assert await person(world, page) == before


async def test_a_user_gets_another_password_and_is_deleted(admin: Console, world: World) -> None:
    page = await made(admin)
    eve = Person(world, "eve@example.com")
    await eve.log_in()
    await admin.get(f"{page}/edit")
    assert (await admin.post(f"{page}/password", password="otters hold hands")).is_redirect
    assert (await eve.authorize(prompt="none")).headers["location"].find("login_required") > 0
    await Person(world, "eve@example.com", "otters hold hands").log_in()
    removed = await admin.post(f"{page}/remove", sure="on")
    assert removed.headers["location"] == "/console/users"
    assert (await admin.get(page)).status_code == 404
    (gone,) = await events(world, "user.removed")
    assert gone.data["actor"] == ADMIN


async def test_a_code_asked_for_in_between_loses_nothing(admin: Console, world: World) -> None:
    """ADM-1: what was typed is carried through the page that asks, and done with the code."""
    await admin.get("/console/users/new")
    admin.world.clock.advance(300)
    asked = await admin.post("/console/users", **EVE)
    assert asked.status_code == 403
    carried = forms(asked.text)["/console/users"]
    assert {name: carried[name] for name in EVE} == EVE
    assert len(await events(world, "user.created")) == 3
    before = admin.http.cookies["__Host-Console"]
    carried["code"] = await admin.next_code()
    assert (await admin.post("/console/users", **carried)).status_code == 303
    assert admin.http.cookies["__Host-Console"] != before
    assert (await admin.get("/console/keys")).status_code == 200


async def test_what_is_wrong_is_said_after_the_code_and_costs_no_other(admin: Console) -> None:
    await admin.get("/console/users/new")
    admin.world.clock.advance(300)
    typed = {**EVE, "email": "bob@demo.localhost", "code": await admin.next_code()}
    assert (await admin.post("/console/users", **typed)).status_code == 409
    assert "code" not in forms(admin.page)["/console/users"]
    assert (await admin.post("/console/users", **EVE)).status_code == 303


async def test_devices_are_forgotten_together(admin: Console, world: World) -> None:
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token())
    trusting = {"challenge_id": challenge, "trust_device": True}
    code = await world.code()
    await bob.post("/passwordless/verify", {**trusting, "verification_code": code})
    found = await admin.get("/console/users?q=bob@demo.localhost")
    (page,) = re.findall(r'href="(/console/users/[\w-]{36})"', found.text)
    await admin.get(page)
    assert (await admin.post(f"{page}/devices/forget")).status_code == 303
    (forgotten,) = await events(world, "devices.forgotten")
    assert forgotten.data["actor"] == ADMIN
    assert f"{page}/devices/forget" not in (await admin.get(page)).text
    gone = await admin.post("/console/users/nobody/devices/forget")
    assert gone.status_code == 404


async def test_users_are_leafed_through(admin: Console, world: World) -> None:
    for n in range(49):
        body = {"email": f"user{n}@example.com"}
        assert (await world.admin().post("/users", json=body)).status_code == 201
    first = (await admin.get("/console/users")).text
    (older,) = re.findall(r'href="(/console/users\?before=[^"]+)"', first)
    second = (await admin.get(older)).text
    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 2)
    assert "before=" not in second


async def test_every_sort_of_authenticator_is_shown_and_can_be_taken_away(
    admin: Console, world: World
) -> None:
    page = await made(admin)
    id = UserId(page.rpartition("/")[2])
    async with world.open_work() as work:
        for kind in Kind:
            await credentials.enrol(work, id, kind, address=f"+3361122330{len(kind)}", state=b"{}")
    shown = (await admin.get(page)).text
    for name in ("password", "SMS", "e-mail", "passkey", "authenticator app", "recovery codes"):
        assert f'<th scope="row">{name}</th>' in shown
    removals = re.findall(r'action="([^"]+/remove)"', shown)
    assert len(removals) == len(Kind) + 3  # Eve's own
    for action in removals:
        assert (await admin.post(action)).status_code == 303
    assert "/credentials/" not in (await admin.get(page)).text
