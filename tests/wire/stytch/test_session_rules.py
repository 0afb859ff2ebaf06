"""What becomes of the session: one table, the same for every call that proves a factor (M20 to M23, SES-2)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from tests.wire.stytch.apps import code_of
from tests.wire.stytch.conftest import Ask
from tests.world import PASSWORD, World

BOB = {"email": "bob@demo.localhost", "password": PASSWORD}
Proof: TypeAlias = tuple[str, dict[str, str]]
Maker: TypeAlias = Callable[[Ask, World, str], Awaitable[Proof]]
NOT_FOUND = (404, "session_not_found")


async def by_password(ask: Ask, world: World, user: str) -> Proof:
    return "POST /passwords/authenticate", BOB


def by_code(channel: str, field: str, id_field: str) -> Maker:
    async def made(ask: Ask, world: World, user: str) -> Proof:
        shown = await ask(f"GET /users/{user}")
        address = (
            BOB["email"] if field == "email" else str(shown["phone_numbers"][0]["phone_number"])
        )
        sent = await ask(f"POST /otps/{channel}/send", {field: address, "user_id": user})
        code = await world.code(address)
        return "POST /otps/authenticate", {"method_id": sent[id_field], "code": code}

    return made


async def by_embedded_link(ask: Ask, world: World, user: str) -> Proof:
    made = await ask("POST /magic_links", {"user_id": user})
    return "POST /magic_links/authenticate", {"token": made["token"]}


async def app_of(ask: Ask, world: World, user: str) -> dict[str, Any]:
    offered: dict[str, Any] = await ask("POST /totps", {"user_id": user})
    code = code_of(offered["secret"], world.clock.now)
    await ask("POST /totps/authenticate", {"user_id": user, "totp_code": code})
    world.clock.advance(60)
    return offered


async def by_app(ask: Ask, world: World, user: str) -> Proof:
    offered = await app_of(ask, world, user)
    code = code_of(offered["secret"], world.clock.now)
    return "POST /totps/authenticate", {"user_id": user, "totp_code": code}


async def by_recovery_code(ask: Ask, world: World, user: str) -> Proof:
    offered = await app_of(ask, world, user)
    spent = {"user_id": user, "recovery_code": offered["recovery_codes"][0]}
    return "POST /totps/recover", spent


WAYS: dict[str, Maker] = {
    "password": by_password,
    "sms": by_code("sms", "phone_number", "phone_id"),
    "whatsapp": by_code("whatsapp", "phone_number", "phone_id"),
    "mail": by_code("email", "email", "email_id"),
    "embedded link": by_embedded_link,
    "app": by_app,
    "recovery code": by_recovery_code,
}
SECOND = ("app", "recovery code")  # what begins no session


@pytest.mark.parametrize("minutes", [None, 7, 300])
@pytest.mark.parametrize("name", ["", "session_token", "session_jwt"])
@pytest.mark.parametrize("way", WAYS)
async def test_the_table(ask: Ask, world: World, way: str, name: str, minutes: int | None) -> None:
    begun = await ask("POST /passwords/authenticate", {**BOB, "session_duration_minutes": 120})
    line, proof = await WAYS[way](ask, world, begun["user_id"])
    world.clock.advance(1)
    unknown = await ask(line, {**proof, "session_token": "AAAA"})
    assert (unknown["status_code"], unknown["error_type"]) == NOT_FOUND, "and nothing is spent"
    body: dict[str, Any] = {**proof, "session_duration_minutes": minutes}
    if name:
        body[name] = begun[name]
    answer = await ask(line, body)
    if way in SECOND and minutes and not name:
        assert (answer["status_code"], answer["error_type"]) == (400, "no_session_arguments")
        return
    assert answer["status_code"] == 200
    if not name and minutes is None:
        assert [answer[key] for key in ("session", "session_token", "session_jwt")] == [
            None,
            "",
            "",
        ]
        return
    session = answer["session"]
    proved = 2 if name and way != "password" else 1
    assert len(session["authentication_factors"]) == proved
    for key in ("session_token", "session_jwt"):
        alive = await ask("POST /sessions/authenticate", {key: answer[key]})
        assert alive["session"]["session_id"] == session["session_id"]
    if minutes is None:
        assert session["expires_at"] == begun["session"]["expires_at"]
    else:
        [listed] = [
            one
            for one in (await ask("GET /sessions", user_id=begun["user_id"]))["sessions"]
            if one["session_id"] == session["session_id"]
        ]
        assert listed["expires_at"] == session["expires_at"]
        world.clock.advance(minutes * 60)
        gone = await ask("POST /sessions/authenticate", {"session_token": answer["session_token"]})
        assert (gone["status_code"], gone["error_type"]) == NOT_FOUND
    if name:
        assert session["session_id"] == begun["session"]["session_id"]
        for key in ("session_token", "session_jwt"):
            old = await ask("POST /sessions/authenticate", {key: begun[key]})
            assert (old["status_code"], old["error_type"]) == NOT_FOUND
