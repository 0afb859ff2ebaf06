"""Somebody signs up with another's address and waits. Its owner comes by mail: the password is worth nothing.

Erin's address was never proved; she is the owner here, and who logs in with her password before is somebody else.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.security.lab import ERIN, events
from tests.security.test_passkeys import NAMED, recover, said
from tests.world import AUTHORIZATION, CLIENT, PASSWORD, Person, World

MUST_RESET = (403, "error.password.mustBeReset")
NEW = "another long password"
Comes = Callable[[Person], Awaitable[Any]]


async def by_code(owner: Person) -> Any:
    asked = {**AUTHORIZATION, "auth_type": "email", "email": owner.email}
    await owner.post("/passwordless/start", asked)
    code = await owner.world.code(owner.email)
    who = {"client_id": CLIENT, "email": owner.email, "verification_code": code}
    proved = await owner.post("/passwordless/verify", who)
    assert proved.status_code == 200
    return proved.json()


async def by_a_new_passkey(owner: Person) -> None:
    recovery = await recover(owner)
    asked = await owner.post("/webauthn/reset-options", {**recovery, **NAMED})
    made = Authenticator().make(asked.json()["options"])
    end = {**recovery, "public_key_credential": made}
    assert (await owner.post("/webauthn/reset", end)).status_code == 204


@pytest.mark.parametrize("comes", [by_code, by_a_new_passkey])
async def test_its_owner_comes(world: World, comes: Comes) -> None:
    """What the password had opened ends, and it opens nothing more; until it is reset by mail."""
    waiting, owner = Person(world, ERIN), Person(world, ERIN)
    await waiting.log_in()
    await comes(owner)
    userinfo = await waiting.http.get("/identity/v1/userinfo", headers=waiting.bearer)
    assert said(userinfo) == (401, "error.accessToken.invalid")
    session = await waiting.http.get("/identity/v1/sso/data", params={"client_id": CLIENT})
    assert session.json()["is_authenticated"] is False
    known = {"client_id": CLIENT, "email": ERIN, "password": PASSWORD}
    for _ in range(12):
        assert said(await waiting.post("/password/login", known)) == MUST_RESET
    wrong = await waiting.post("/password/login", {**known, "password": "a guess"})
    assert wrong.status_code == 401
    assert len(await events(world, "password.distrusted")) == 1

    who = {"client_id": CLIENT, "email": ERIN}
    await owner.post("/forgot-password", who)
    new = {**who, "verification_code": await world.code(ERIN), "password": NEW}
    assert (await owner.post("/update-password", new)).status_code == 204
    owner.password = NEW
    assert await owner.tkn()
    assert (await waiting.post("/password/login", known)).status_code == 401


@pytest.mark.parametrize("comes", [by_code, by_a_new_passkey])
async def test_whose_address_was_proved_keeps_the_password(
    world: World, ann: Person, comes: Comes
) -> None:
    await comes(ann)
    assert await ann.tkn()
    assert await events(world, "password.distrusted") == []


async def test_the_same_password_is_no_new_one(world: World) -> None:
    """Whoever set it would know it still."""
    owner = Person(world, ERIN)
    owner.tokens = (await owner.exchange((await by_code(owner))["code"])).json()
    for body, status in (
        ({"password": PASSWORD}, 400),
        ({"password": NEW, "old_password": PASSWORD}, 403),
        ({"password": NEW}, 204),
    ):
        changed = await owner.post("/update-password", body, headers=owner.bearer)
        assert changed.status_code == status, changed.text
    owner.password = NEW
    assert await owner.tkn()
