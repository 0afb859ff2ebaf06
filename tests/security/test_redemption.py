"""What was given and is only now redeemed: a lock, a logout and a changed policy count meanwhile (AB-9, S4)."""

import httpx2
import pytest

from tests.conftest import MakeWorld
from tests.security.lab import configure, parameters, run, scalar
from tests.world import AUTHORIZATION, CLIENT, COOKIE, Person, World

ALWAYS = {"require_at_login": "always"}
LOCKED = "error.accountBlockedAfterMultipleLoginAttempts"
MFA, ONE = "urn:ostiary:acr:mfa", "urn:ostiary:acr:1fa"


async def lock(person: Person) -> None:
    """By a stranger, in a browser of their own."""
    wrong = {"client_id": CLIENT, "email": person.email, "password": "wrong"}
    async with person.world.browser() as elsewhere:
        for _ in range(10):
            await elsewhere.post("/identity/v1/password/login", json=wrong)


# ---- AB-9


async def test_a_login_is_not_redeemed_after_a_lock(world: World, bob: Person) -> None:
    """AB-9 (CVE-2026-16103): neither for a session nor for a step-up; and it is not spent."""
    tkn = await bob.tkn()
    await lock(bob)
    refused = parameters(await bob.authorize(tkn=tkn))
    assert (refused["error"], refused["error_message_key"]) == ("access_denied", LOCKED)
    begun = await bob.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
    assert (begun.status_code, begun.json()["error_message_key"]) == (403, LOCKED)
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 0
    await run(world, "UPDATE users SET failures = 0, locked_until = NULL")
    assert "code" in parameters(await bob.authorize(tkn=tkn))


async def test_a_code_is_not_redeemed_after_a_lock(world: World, bob: Person) -> None:
    """AB-9: tokens are not given; what was given before goes on, and so does the session."""
    await bob.log_in()
    code = parameters(await bob.authorize())["code"]
    await lock(bob)
    refused = await bob.exchange(code)
    assert (refused.status_code, refused.json()["error_message_key"]) == (403, LOCKED)
    world.clock.advance(1)
    again = parameters(await bob.authorize())["code"]  # asked for by who is in already
    assert (await bob.exchange(again)).status_code == 200
    refresh = {"client_id": CLIENT, "grant_type": "refresh_token"}
    token = bob.tokens["refresh_token"]
    renewed = await bob.http.post("/oauth/token", json={**refresh, "refresh_token": token})
    assert renewed.status_code == 200


async def test_a_lock_that_is_over_is_over(world: World, bob: Person) -> None:
    await lock(bob)
    world.clock.advance(3600)
    await bob.log_in()


# ---- logging out


async def test_logging_out_ends_the_codes_of_the_session(world: World, bob: Person) -> None:
    """SES-2, OA-3: no code and no step-up outlives the session it belongs to; tokens do, until revoked."""
    await bob.log_in()
    begun = await bob.step_up_token()
    code = parameters(await bob.authorize())["code"]
    await bob.http.get("/identity/v1/logout")
    assert (await bob.exchange(code)).status_code == 400
    sent = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": begun})
    assert sent.status_code == 401
    read = await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)
    assert read.status_code == 200


async def test_logging_out_elsewhere_ends_nothing_here(world: World, bob: Person) -> None:
    await bob.log_in()
    code = parameters(await bob.authorize())["code"]
    other = Person(world, bob.email)
    await other.log_in()
    await other.http.get("/identity/v1/logout")
    assert (await bob.exchange(code)).status_code == 200


# ---- a session from before *Always*


async def test_a_session_of_one_factor_does_not_go_past_always(world: World, bob: Person) -> None:
    """S4, M6: the policy is that of now; a step-up makes the session good again."""
    await bob.log_in()
    await configure(world, mfa=ALWAYS)
    assert parameters(await bob.authorize())["error"] == "login_required"
    assert parameters(await bob.authorize(prompt="none"))["error"] == "login_required"
    silent = await bob.authorize(response_mode="web_message", prompt="none")
    assert '"error":"login_required"' in silent.text
    await bob.step_up()
    assert "code" in parameters(await bob.authorize(prompt="none"))
    await configure(world, mfa={"require_at_login": "never"})


async def test_always_binds_nobody_who_has_no_second_factor(world: World, ann: Person) -> None:
    await ann.log_in()
    await configure(world, mfa=ALWAYS)
    assert "code" in parameters(await ann.authorize(prompt="none"))


async def test_nor_a_factor_that_is_switched_off(world: World, bob: Person) -> None:
    await bob.log_in()
    await configure(world, mfa={**ALWAYS, "factors": {"sms": False, "email": True}})
    assert "code" in parameters(await bob.authorize(prompt="none"))


async def test_a_trusted_browser_keeps_its_session(world: World, bob: Person) -> None:
    """TD-4: the login it was spared goes on, however often it is asked; not with the session's cookie alone."""
    await configure(world, mfa=ALWAYS)
    challenge = await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    code = await bob.world.code()
    answer = {"challenge_id": challenge, "verification_code": code, "trust_device": True}
    assert (await bob.post("/passwordless/verify", answer)).status_code == 200
    del bob.http.cookies[COOKIE]
    await bob.log_in()  # with the password alone
    for _ in range(3):
        assert "code" in parameters(await bob.authorize(prompt="none"))
    copied = Person(world, bob.email)
    copied.http.cookies.set(COOKIE, str(bob.http.cookies[COOKIE]))
    assert parameters(await copied.authorize(prompt="none"))["error"] == "login_required"


# ---- how freshly, how surely (RFC 9470, OpenID Connect Core 1.0 §3.1.2.1)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"acr_values": MFA}, "unmet_authentication_requirements"),
        ({"acr_values": MFA, "prompt": "none"}, "interaction_required"),
        ({"acr_values": f"urn:none {MFA}", "prompt": "none"}, "interaction_required"),
        ({"acr_values": "urn:none"}, "unmet_authentication_requirements"),
        ({"acr_values": "urn:none", "prompt": "none"}, "unmet_authentication_requirements"),
        ({"acr_values": f"{MFA} {ONE}"}, None),
        ({"max_age": "0"}, "login_required"),  # STP-3: even in the second of the login
        ({"max_age": "1"}, None),
        ({"prompt": "login"}, "login_required"),
    ],
)
async def test_a_session_that_is_not_enough(
    world: World, bob: Person, asked: dict[str, str], error: str | None
) -> None:
    """STP-2, STP-3, STP-4; nobody is given less than was asked for."""
    await bob.log_in()
    assert parameters(await bob.authorize(**asked)).get("error") == error
    if "acr_values" in asked and error != "unmet_authentication_requirements":
        await bob.step_up()
        assert "code" in parameters(await bob.authorize(**asked))


async def test_a_login_is_not_enough_either(world: World, ann: Person, bob: Person) -> None:
    """STP-2: the `tkn` is not spent, and opens the step-up that is needed."""
    tkn = await bob.tkn()
    refused = parameters(await bob.authorize(tkn=tkn, acr_values=MFA))
    assert refused["error_message_key"] == "error.authn.mfa.stepup.required"
    challenge = await bob.challenge(await bob.step_up_token(tkn=tkn))
    verified = await bob.verify(challenge, await world.code())
    assert (await bob.exchange(verified.json()["code"])).status_code == 200
    unable = parameters(await ann.authorize(tkn=await ann.tkn(), acr_values=MFA))
    assert unable["error"] == "unmet_authentication_requirements"


@pytest.mark.parametrize(
    ("max_age", "age", "good"), [("0", 59, True), ("9", 9, True), ("9", 10, False)]
)
async def test_a_login_is_as_fresh_as_it_is(
    world: World, ann: Person, max_age: str, age: int, good: bool
) -> None:
    """STP-3: 0 asks for a login of now, which a `tkn` is."""
    tkn = await ann.tkn()
    world.clock.advance(age)
    assert ("code" in parameters(await ann.authorize(tkn=tkn, max_age=max_age))) is good


# ---- on the application's own login page

PROJECT = """
project: {project_id: project-test-1}
clients:
  - {client_id: demo-shop, redirect_uris: ["https://shop.demo.localhost:8443/callback"],
     origins: ["https://shop.demo.localhost:8443"], login_url: "https://login.demo.localhost:8443/"}
  - {client_id: login-page, redirect_uris: ["https://login.demo.localhost:8443/"],
     origins: ["https://login.demo.localhost:8443"], login_url: "https://login.demo.localhost:8443/"}
users:
  - {email: bob@demo.localhost, email_verified: true, password: correct horse battery staple,
     mfa: [{type: sms, phone_number: "+33612345678"}]}
  - {email: ann@demo.localhost, password: correct horse battery staple}
"""


class Visitor(Person):
    """Logs in on the login page, whose client is another."""

    async def sent(self, **asked: str) -> str:
        at = httpx2.URL((await self.authorize(**asked)).headers["location"])
        assert str(at).startswith("https://login.demo.localhost:8443/?"), at
        return str(at.params["r5_request_token"])

    async def back(self, waiting: str, **more: str) -> httpx2.URL:
        page = {"client_id": "login-page", "redirect_uri": "https://login.demo.localhost:8443/"}
        asked = {**page, "r5_request_token": waiting, "response_type": "code", **more}
        return httpx2.URL(
            (await self.http.get("/oauth/authorize", params=asked)).headers["location"]
        )

    async def tkn(self) -> str:
        login = {"client_id": "login-page", "email": self.email, "password": self.password}
        return str((await self.post("/password/login", login)).json()["tkn"])


@pytest.fixture
async def visitor(make_world: MakeWorld) -> Visitor:
    return Visitor(await make_world(PROJECT, "login-page"), "bob@demo.localhost")


@pytest.mark.parametrize(
    "asked", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "60"}, {"acr_values": MFA}]
)
async def test_what_was_asked_is_kept_while_it_waits(
    visitor: Visitor, asked: dict[str, str]
) -> None:
    """STP-5, STP-12: the login page's own request asks for none of it, and takes none of it away."""
    await visitor.back(await visitor.sent(), tkn=await visitor.tkn())  # a session
    assert COOKIE in visitor.http.cookies
    assert isinstance(visitor.world, World)
    visitor.world.clock.advance(61)
    waiting = await visitor.sent(**asked)
    for more in ({}, {"prompt": "consent", "max_age": "99999", "acr_values": ONE}):
        at = await visitor.back(waiting, **more)
        assert str(at).startswith("https://login.demo.localhost:8443/?")  # and is sent there again
        assert at.params["r5_request_token"] == waiting
    at = await visitor.back(waiting, tkn=(tkn := await visitor.tkn()))
    if "acr_values" not in asked:
        assert str(at).startswith(f"{AUTHORIZATION['redirect_uri']}?code=")
        assert "error" in (await visitor.back(waiting, tkn=await visitor.tkn())).params  # once
        return
    assert at.params["error_message_key"] == "error.authn.mfa.stepup.required"
    begun = await visitor.post("/mfa/stepup", {"client_id": "login-page", "tkn": tkn, **PAGE})
    start = {"auth_type": "sms", "step_up": begun.json()["token"], "r5_request_token": waiting}
    started = await visitor.post("/passwordless/start", start)
    verified = await visitor.verify(started.json()["challenge_id"], await visitor.world.code())
    assert (await visitor.exchange(verified.json()["code"])).status_code == 200


PAGE = {"response_type": "code", "redirect_uri": "https://login.demo.localhost:8443/"}


async def test_after_always_a_session_of_one_factor_goes_to_the_login_page(
    visitor: Visitor,
) -> None:
    await visitor.back(await visitor.sent(), tkn=await visitor.tkn())
    assert isinstance(visitor.world, World)
    await configure(visitor.world, mfa=ALWAYS)
    await visitor.sent()
    silent = await visitor.authorize(prompt="none")
    assert parameters(silent)["error"] == "login_required"


async def test_what_nobody_can_reach_is_said_at_once(visitor: Visitor) -> None:
    """STP-2: to the client that asked; nobody is led round in circles."""
    unknown = parameters(await visitor.authorize(acr_values="urn:none"))
    assert unknown["error"] == "unmet_authentication_requirements"
    ann = Visitor(visitor.world, "ann@demo.localhost")
    await ann.back(await ann.sent(), tkn=await ann.tkn())
    assert parameters(await ann.authorize(acr_values=MFA))["error"] == unknown["error"]


async def test_a_code_on_the_login_page_answers_the_request_that_waits(visitor: Visitor) -> None:
    """STP-2, OTP-10: as it was asked; and for the login page's own client."""
    world = visitor.world
    assert isinstance(world, World)
    who = {"client_id": "login-page", "auth_type": "email", "email": visitor.email}

    async def code(waiting: str) -> dict[str, str]:
        world.clock.advance(60)
        started = await visitor.post("/passwordless/start", {**who, "r5_request_token": waiting})
        assert started.status_code == 204, started.text
        return {**who, "verification_code": await visitor.world.code(visitor.email)}

    answer = await code(await visitor.sent(state="s"))
    other = {**answer, "client_id": CLIENT}
    assert (await visitor.post("/passwordless/verify", other)).status_code == 401
    at = parameters(await visitor.http.get("/identity/v1/passwordless/verify", params=answer))
    assert at["state"] == "s"
    assert (await visitor.exchange(at["code"])).status_code == 200
    visitor.http.cookies.clear()

    answer = await code(waiting := await visitor.sent(acr_values=MFA))
    needed = (await visitor.post("/passwordless/verify", answer)).json()
    assert needed["error_message_key"] == "error.authn.mfa.stepup.required"
    body = {"client_id": "login-page", "tkn": needed["tkn"], **PAGE}
    start = {"auth_type": "sms", "r5_request_token": waiting}
    start["step_up"] = (await visitor.post("/mfa/stepup", body)).json()["token"]
    challenge = (await visitor.post("/passwordless/start", start)).json()["challenge_id"]
    verified = await visitor.verify(challenge, await visitor.world.code("+33612345678"))
    assert (await visitor.exchange(verified.json()["code"])).status_code == 200

    body = {**who, "r5_request_token": "A" * 64}
    assert (await visitor.post("/passwordless/start", body)).status_code == 401
