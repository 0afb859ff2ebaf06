"""A person logs in on the application's own page, and the request that sent them there is answered (M12)."""

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.world import AUTHORIZATION, CALLBACK, Person, World

PROJECT = """
project: {{project_id: project-test-1}}
settings: {{mfa: {{require_at_login: {require}}}}}
clients:
  - {{client_id: demo-shop, redirect_uris: ["https://shop.demo.localhost:8443/callback"],
     origins: ["https://shop.demo.localhost:8443"], login_url: "https://login.demo.localhost:8443/"}}
  - {{client_id: login-page, redirect_uris: ["https://login.demo.localhost:8443/"],
     origins: ["https://login.demo.localhost:8443"]}}
users:
  - {{email: bob@demo.localhost, email_verified: true, password: correct horse battery staple,
     mfa: [{{type: sms, phone_number: "+33612345678"}}]}}
"""


async def sent_to_log_in(world: World) -> str:
    stranger = Person(world, "bob@demo.localhost")
    answer = await stranger.authorize(state="from-the-shop")
    at = httpx2.URL(answer.headers["location"])
    assert str(at).startswith("https://login.demo.localhost:8443/?r5_request_token=")
    return str(at.params["r5_request_token"])


async def tkn(person: Person) -> str:
    answer = await person.post(
        "/password/login",
        {"client_id": "login-page", "email": person.email, "password": person.password},
    )
    return str(answer.json()["tkn"])


async def test_the_waiting_request_is_answered_and_no_other(make_world: MakeWorld) -> None:
    world = await make_world(PROJECT.format(require="never"), "orchestrated")
    bob = Person(world, "bob@demo.localhost")
    waiting = await sent_to_log_in(world)
    answer = await bob.http.get(
        "/oauth/authorize",
        params={
            "client_id": "login-page",
            "r5_request_token": waiting,
            "response_type": "code",
            "redirect_uri": "https://login.demo.localhost:8443/",
            "tkn": await tkn(bob),
        },
    )
    at = httpx2.URL(answer.headers["location"])
    assert str(at).startswith(CALLBACK)
    assert at.params["state"] == "from-the-shop"
    assert (await bob.exchange(at.params["code"])).status_code == 200


async def test_a_second_factor_on_the_login_page(make_world: MakeWorld) -> None:
    """The step-up answers the request that waits; a wrong code is refused in place."""
    world = await make_world(PROJECT.format(require="always"), "orchestrated-always")
    bob = Person(world, "bob@demo.localhost")
    waiting = await sent_to_log_in(world)
    begun = await bob.post(
        "/mfa/stepup",
        {
            "tkn": await tkn(bob),
            "client_id": "login-page",
            "response_type": "code",
            "redirect_uri": "https://login.demo.localhost:8443/",
        },
    )
    start = {"auth_type": "sms", "step_up": begun.json()["token"]}
    assert (await bob.post("/passwordless/start", start)).status_code == 401  # answers nothing
    started = await bob.post("/passwordless/start", {**start, "r5_request_token": waiting})
    challenge = started.json()["challenge_id"]
    wrong = {"challenge_id": challenge, "verification_code": "000000"}
    assert (await bob.post("/verify-auth-code", wrong)).status_code == 401
    right = {"challenge_id": challenge, "verification_code": await world.code()}
    assert (await bob.post("/verify-auth-code", right)).status_code == 204
    answer = await bob.http.get("/identity/v1/passwordless/verify", params=right)
    at = httpx2.URL(answer.headers["location"])
    assert str(at).startswith(CALLBACK)
    exchanged = await bob.exchange(at.params["code"])
    assert exchanged.status_code == 200


@pytest.mark.parametrize("more", [{"prompt": "none"}, {"response_mode": "web_message"}])
async def test_where_a_script_waits_nobody_is_sent_away(
    make_world: MakeWorld, more: dict[str, str]
) -> None:
    world = await make_world(PROJECT.format(require="never"), "orchestrated")
    answer = await world.http.get("/oauth/authorize", params={**AUTHORIZATION, **more})
    told = answer.headers.get("location", "") + answer.text
    assert "login_required" in told
    assert "r5_request_token" not in told
