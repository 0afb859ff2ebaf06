"""How an authenticator app and its recovery codes are kept, who else may see them, and their end."""

import json
from base64 import b32decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ostiary import app
from ostiary.core import proving
from ostiary.terms.failures import NotFound
from ostiary.terms.secret import MasterKeys
from tests.fakes import Dice
from tests.security.lab import all_rows, configure, dump, flat, run
from tests.wire.console import Console
from tests.wire.stytch.apps import ANN, STEP, App, other_than, said
from tests.wire.stytch.conftest import Ask, asker
from tests.world import (
    MASTER,
    PASSWORD,
    Templates,
    World,
    demo_configuration,
    deployment_at,
    world_at,
)

BOB = {"email": "bob@demo.localhost", "password": PASSWORD}
MORE = ("+33611223344", "+33611223355")
AWAY = (503, "server_unavailable")


def inner(id: str) -> str:
    """Ours, of an id that wears this dialect's prefix."""
    return id[-36:]


async def types_of(ask: Ask, token: str) -> list[str]:
    answer = await ask("POST /sessions/authenticate", {"session_token": token})
    return [factor["type"] for factor in answer["session"]["authentication_factors"]]


@pytest.mark.parametrize("begin", [App.offered, App.active])
async def test_neither_secret_nor_codes_are_in_the_database(
    ask: Ask, world: World, begin: Any
) -> None:
    """TOTP-8, REC-2: in no table, the journal among them, and in no spelling."""
    app = await begin(ask, world)
    kept = flat(await dump(world))
    secret = b32decode(app.made["secret"])
    for spelling in (secret, secret.hex().encode(), app.made["secret"].encode(), b64encode(secret)):
        assert spelling not in kept
    for code in app.made["recovery_codes"]:
        assert code.encode() not in kept
        assert code.replace("-", "").encode() not in kept


async def test_what_was_moved_to_another_row_does_not_open(ask: Ask, world: World) -> None:
    """TOTP-8: not another user's secret, not another user's codes, and not the one for the other."""
    anns, bobs = await App.active(ask, world), await App.active(ask, world, BOB)
    rows = {
        (row["user_id"], row["kind"]): bytes(row["state"])
        for row in await all_rows(
            world,
            "SELECT user_id, kind, state FROM credentials WHERE kind IN ('totp', 'recovery_code')",
        )
    }

    async def put(app: App, kind: str, state: bytes) -> None:
        await run(
            world,
            "UPDATE credentials SET state = :state WHERE user_id = :user AND kind = :kind",
            state=state,
            user=inner(app.user),
            kind=kind,
        )

    for kind in ("totp", "recovery_code"):
        await put(anns, kind, rows[inner(bobs.user), kind])
    for code in (anns.code(), bobs.code()):
        assert said(await anns.prove(code)) == AWAY
    for code in (anns.made["recovery_codes"][0], bobs.made["recovery_codes"][0]):
        assert said(await anns.recover(code)) == AWAY
    codes = rows[inner(anns.user), "recovery_code"]
    swapped = json.dumps({"sealed": b64encode(codes).decode(), "last_step": 0})
    await put(anns, "totp", swapped.encode())
    assert said(await anns.prove()) == AWAY
    await put(anns, "totp", rows[inner(anns.user), "totp"])
    assert said(await anns.prove()) == (200, "")


async def test_the_master_key_can_be_changed(templates: Templates, tmp_path: Path) -> None:
    """TOTP-8: with the old one beside it, until everything is sealed anew."""
    configuration = demo_configuration()
    url = await templates.copy(tmp_path / "keys.sqlite3", configuration, "demo")
    old = deployment_at(url, configuration)
    new = MasterKeys(b"n" * 32)
    both = MasterKeys(new.current, (MASTER.current,))
    async with world_at(old) as world:
        anns = await App.active(asker(world), world)
        bobs = await App.active(asker(world), world, BOB)
        console = Console(world)
        await console.set_up()
        secret, now = console.secret, world.clock.now
    async with world_at(replace(old, master=both)) as world:
        world.clock.now = now
        anns.ask, anns.world = asker(world), world
        assert said(await anns.prove()) == (200, "")
        assert said(await anns.recover(anns.made["recovery_codes"][0])) == (200, "")
        assert await app.reseal(world.open_work) == 2
    alone = replace(old, master=new)
    await app.prepare(
        replace(alone, clock=world.clock, entropy=Dice("new"))
    )  # the secrets' digests
    async with world_at(alone) as world:
        world.clock.now = now + STEP
        for theirs in (anns, bobs):
            theirs.ask, theirs.world = asker(world), world
            session = await theirs.logged_in()
            assert said(await theirs.prove(session_token=session["session_token"])) == (200, "")
        assert await anns.codes_left() == anns.made["recovery_codes"][1:]
        assert said(await bobs.recover(bobs.made["recovery_codes"][0])) == (200, "")
        console = Console(world)
        console.secret = secret
        assert (await console.sign_in()).status_code == 303


async def test_an_app_that_is_removed_takes_everything_with_it(ask: Ask, world: World) -> None:
    """SES-6: its recovery codes, the proofs of both, and its place."""
    app = await App.active(ask, world)
    session = await app.logged_in()
    session = await app.prove(session_token=session["session_token"])
    back = await app.recover(app.made["recovery_codes"][0], session_token=session["session_token"])
    assert await types_of(ask, back["session_token"]) == ["password", "totp", "recovery_codes"]
    async with world.open_work() as work:
        dossier = await proving.totps.remove(work, inner(app.made["totp_id"]))
    assert dossier.user.id == inner(app.user)
    assert await types_of(ask, back["session_token"]) == ["password"]
    world.clock.advance(STEP)
    assert said(await app.prove()) == (404, "totp_not_found")
    assert said(await app.recover(app.made["recovery_codes"][1])) == (
        404,
        "recovery_codes_not_found",
    )
    assert (await ask(f"GET /users/{app.user}"))["totps"] == []
    again = await App.offered(ask, world)
    assert again.made["secret"] != app.made["secret"]
    assert said(await again.prove()) == (200, "")


async def test_an_offer_can_be_taken_back(ask: Ask, world: World) -> None:
    app = await App.offered(ask, world)
    async with world.open_work() as work:
        await proving.totps.remove(work, inner(app.made["totp_id"]))
    assert said(await app.prove()) == (404, "totp_not_found")
    assert (await ask(f"GET /users/{app.user}"))["totps"] == []


async def test_what_is_no_app_is_not_removed_as_one(ask: Ask, world: World) -> None:
    app = await App.active(ask, world)
    others = await all_rows(world, "SELECT id FROM credentials WHERE kind <> 'totp'")
    for id in (*(row["id"] for row in others), "00000000-0000-4000-8000-000000000000"):
        async with world.open_work() as work:
            with pytest.raises(NotFound, match="totp_not_found"):
                await proving.totps.remove(work, id)
    assert said(await app.prove()) == (200, "")


async def test_operators_see_and_remove_it(ask: Ask, world: World) -> None:
    """REC-10, ADM-4: its kind and times, never what it keeps; recovery codes go with it."""
    app = await App.active(ask, world)
    await app.prove()
    admin, own = world.admin(), f"/users/{inner(app.user)}/credentials"
    listed = (await admin.get(own)).json()["items"]
    shown = {one["type"]: one for one in listed}
    assert {*shown} == {"password", "totp", "recovery_code"}
    totp, codes = shown["totp"], shown["recovery_code"]
    assert totp["id"] == inner(app.made["totp_id"])
    assert totp["proved_at"] is not None
    assert codes["proved_at"] is None
    for told in (app.made["secret"], *app.made["recovery_codes"], "sealed"):
        assert told not in str(listed)
    assert (await admin.delete(f"{own}/{totp['id']}")).status_code == 204
    assert [one["type"] for one in (await admin.get(own)).json()["items"]] == ["password"]
    world.clock.advance(STEP)
    assert said(await app.prove()) == (404, "totp_not_found")


async def test_the_console_shows_and_removes_it(ask: Ask, world: World) -> None:
    """REC-10: under a confirmation, and nothing that it keeps."""
    app = await App.active(ask, world)
    console = Console(world)
    await console.set_up()
    page = f"/console/users/{inner(app.user)}"
    shown = (await console.get(page)).text
    for told in ("authenticator app", "recovery codes"):
        assert f'<th scope="row">{told}' in shown
    for kept in (app.made["secret"], *app.made["recovery_codes"]):
        assert kept not in shown
    removed = await console.post(f"{page}/credentials/{inner(app.made['totp_id'])}/remove")
    assert removed.status_code == 303
    shown = (await console.get(page)).text
    assert '<th scope="row">authenticator app' not in shown
    assert '<th scope="row">recovery codes' not in shown


async def test_everything_of_a_person_can_be_taken_at_once(ask: Ask, world: World) -> None:
    app = await App.active(ask, world)
    own = f"/users/{inner(app.user)}/credentials"
    assert (await world.admin().delete(own)).status_code == 204
    assert (await world.admin().get(own)).json()["items"] == []


async def test_every_verified_address_is_told(ask: Ask, world: World) -> None:
    """REC-3, REC-8: of a recovery code that was used, and of an app's end."""
    session = await ask("POST /passwords/authenticate", {**ANN, "session_duration_minutes": 60})
    token = session["session_token"]
    for phone in MORE:
        sent = await ask("POST /otps/sms/send", {"phone_number": phone, "session_token": token})
        answer = {"method_id": sent["phone_id"], "code": await world.code(phone)}
        proved = await ask("POST /otps/authenticate", {**answer, "session_token": token})
        token = proved["session_token"]
    app = await App.active(ask, world)
    await world.deliver()
    world.carrier.messages.clear()
    await app.recover(app.made["recovery_codes"][0])
    await world.deliver()
    assert {m.rendered.to for m in world.carrier.messages} == {ANN["email"], *MORE}
    async with world.open_work() as work:
        await proving.totps.remove(work, inner(app.made["totp_id"]))
    world.carrier.messages.clear()
    await world.deliver()
    assert {m.rendered.to for m in world.carrier.messages} == {ANN["email"], *MORE}


@pytest.mark.parametrize("begin", [App.offered, App.active])
async def test_a_hundred_wrong_codes_are_the_last(ask: Ask, world: World, begin: Any) -> None:
    """OTP-8, NIST SP 800-63B-4 §3.2.2: the app is out of use, also for its right code, until an operator says so."""
    await configure(world, lockout={"consecutive_failures": 100, "duration": 300})
    app = await begin(ask, world)
    for _ in range(99):
        assert said(await app.prove(other_than(app.code())))[0] == 401
    assert said(await app.prove(other_than(app.code())))[0] == 401
    world.clock.advance(301)
    refused = await app.prove()
    assert refused["status_code"] == 429
    user = f"/users/{inner(app.user)}"
    assert (await world.admin().patch(user, json={"locked_until": None})).status_code == 200
    assert said(await app.prove()) == (200, "")


async def test_a_new_password_keeps_the_app(ask: Ask, world: World) -> None:
    """REC-5: what gets a person back in removes no second factor."""
    app = await App.active(ask, world)
    body = {"client_id": "demo-shop", "email": "ann@demo.localhost"}
    sent = await world.http.post("/identity/v1/forgot-password", json=body)
    assert sent.status_code == 204
    reset = await world.http.post(
        "/identity/v1/update-password",
        json={
            **body,
            "verification_code": await world.code("ann@demo.localhost"),
            "password": "another correct horse",
        },
    )
    assert reset.status_code == 204, reset.text
    assert said(await app.prove()) == (200, "")
