"""The links that lead straight to an application, which brings their secret back (ML-1, ML-5 to ML-7, SND-6)."""

from typing import Any

import httpx2
import pytest

from ostiary.terms.secret import parse_token
from tests.security.lab import OTHER_CALLBACK, WEB_CALLBACK, dump, events, flat, scalar
from tests.security.test_messages_origin import EVIL, TOGETHER
from tests.security.test_oauth import UNLISTED
from tests.world import CALLBACK, World

ANN = "ann@demo.localhost"
NOWHERE = [page for page in UNLISTED if page not in (OTHER_CALLBACK, WEB_CALLBACK)]
ASKED = {
    "/magic_links/email/send": ("login_magic_link_url", "signup_magic_link_url"),
    "/magic_links/email/login_or_create": ("login_magic_link_url", "signup_magic_link_url"),
    "/magic_links/email/invite": ("invite_magic_link_url",),
    "/passwords/email/reset/start": ("reset_password_redirect_url", "login_redirect_url"),
}


async def post(world: World, path: str, **body: Any) -> httpx2.Response:
    return await world.back_end().post(path, json=body)


async def secret(world: World, to: str = ANN) -> str:
    return str(httpx2.URL(str((await world.message(to)).link)).params["token"])


@pytest.mark.parametrize("path", ASKED)
async def test_a_link_leads_to_a_registered_page_and_nowhere_else(world: World, path: str) -> None:
    """ML-7: byte for byte; and nothing is sent, nor anybody made, for another."""
    users = await scalar(world, "SELECT COUNT(*) FROM users")
    for name in ASKED[path]:
        for page in (*NOWHERE, f"{CALLBACK}?a=b", CALLBACK.upper(), " ", ""):
            email = "invited@example.com" if path.endswith("invite") else ANN
            answer = await post(world, path, email=email, **{name: page})
            assert answer.status_code == 400, page
            assert answer.json()["error_type"] == "no_match_for_provided_magic_link_url", page
    await world.deliver()
    assert world.carrier.messages == []
    assert await scalar(world, "SELECT COUNT(*) FROM users") == users


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("spelling", TOGETHER)
async def test_a_message_names_no_other_origin(world: World, path: str, spelling: str) -> None:
    """SND-6: whatever a request says of the host it was sent to."""
    email = "invited@example.com" if path.endswith("invite") else ANN
    answer = await world.back_end().post(path, json={"email": email}, headers=TOGETHER[spelling])
    assert answer.status_code == 200, answer.text
    message = await world.message(email)
    assert EVIL not in answer.text + repr(message)
    assert str(message.link).startswith(f"{CALLBACK}?stytch_token_type=")


async def test_what_is_kept_of_a_link_opens_nothing(world: World) -> None:
    """ML-1, OTP-11: 256 bits, and a digest of them alone; also of one that the application sends itself."""
    user = (await post(world, "/magic_links/email/send", email=ANN)).json()["user_id"]
    tokens = [await secret(world)]
    await post(world, "/passwords/email/reset/start", email=ANN)
    tokens.append(await secret(world))
    tokens.append((await post(world, "/magic_links", user_id=user)).json()["token"])
    kept = flat(await dump(world))
    for text in tokens:
        token = parse_token(text)
        assert token is not None
        assert len(token.secret) * 8 == 256
        assert text.encode() not in kept
        assert token.secret not in kept


@pytest.mark.parametrize("sort", ["sent", "embedded"])
async def test_a_link_that_is_used_again_is_noticed(world: World, sort: str) -> None:
    """ML-6."""
    user = (await post(world, "/magic_links/email/send", email=ANN)).json()["user_id"]
    token = await secret(world)
    if sort == "embedded":
        token = (await post(world, "/magic_links", user_id=user)).json()["token"]
    for status in (200, 401):
        answer = await post(world, "/magic_links/authenticate", token=token)
        assert answer.status_code == status
    (noticed,) = await events(world, "code.refused")
    assert noticed["user_id"] in user
    assert noticed["reason"] == "code_superseded"


async def test_an_address_that_went_takes_its_links_along(world: World) -> None:
    """REC-11: a link is its user's and its address's, from start to end."""
    sent = (await post(world, "/magic_links/email/login_or_create", email="new@example.com")).json()
    link = await secret(world, "new@example.com")
    await post(world, "/passwords/email/reset/start", email="new@example.com")
    reset = await secret(world, "new@example.com")
    exchange = f"/users/{sent['user_id']}/exchange_primary_factor"
    moved = await world.back_end().put(exchange, json={"email_address": "other@example.com"})
    assert moved.status_code == 200, moved.text
    again = await post(world, "/magic_links/email/login_or_create", email="new@example.com")
    assert again.json()["user_created"] is True
    refused = await post(world, "/magic_links/authenticate", token=link)
    assert (refused.status_code, refused.json()["error_type"]) == (401, "unable_to_auth_magic_link")
    answer = await post(
        world, "/passwords/email/reset", token=reset, password="another staple, a battery of horses"
    )
    assert answer.status_code == 401
