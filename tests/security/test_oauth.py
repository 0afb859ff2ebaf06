"""The authorization server against what OAuth servers have fallen for (OA-1 to OA-9, OA-14, OA-15)."""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

import httpx2
import pytest
import yaml

from ostiary.core.grants import SUPPORTED
from ostiary.wire.configuration.read import Misconfigured
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.security.lab import (
    BACKEND,
    OTHER,
    OTHER_CALLBACK,
    RSA,
    WEB,
    WEB_CALLBACK,
    WEB_SECRET,
    all_rows,
    claims,
    configure,
    events,
    header_of,
    parameters,
    project,
    scalar,
)
from tests.world import (
    AUTHORIZATION,
    CALLBACK,
    CLIENT,
    COOKIE,
    ISSUER,
    PASSWORD,
    SHOP,
    VERIFIER,
    Person,
    World,
    challenge_of,
    demo_configuration,
)

EVIL = "evil.example"
HOST = "shop.demo.localhost:8443"

# what has been taken for a registered redirect URI, here or there (CVE-2023-6291, CVE-2024-1132, CVE-2024-8883,
# CVE-2024-52289, CVE-2020-15233, CVE-2020-15234, CVE-2022-3782 …)
UNLISTED = (
    f"https://{EVIL}",
    f"https://{EVIL}/callback",
    f"http://{HOST}/callback",
    "https://shop.demo.localhost/callback",
    "https://shop.demo.localhost:8444/callback",
    "https://shop.demo.localhost:08443/callback",
    f"HTTPS://{HOST}/callback",
    "https://SHOP.demo.localhost:8443/callback",
    "https://shopXdemo.localhost:8443/callback",
    "https://shop.demoXlocalhost:8443/callback",
    "https://xshop.demo.localhost:8443/callback",
    "https://x.shop.demo.localhost:8443/callback",
    "https://shop.demo.localhost.evil.example:8443/callback",
    f"https://{EVIL}/{HOST}/callback",
    f"https://{EVIL}?https://{HOST}/callback",
    f"https://{EVIL}#https://{HOST}/callback",
    f"https://{EVIL}\\@{HOST}/callback",
    f"https://{HOST}@{EVIL}/callback",
    f"https://{HOST}:x@{EVIL}/callback",
    f"https://user@{HOST}/callback",
    f"https://user:pass@{HOST}/callback",
    f"https://{HOST}%40{EVIL}/callback",
    f"https://{HOST}%2f@{EVIL}/callback",
    f"https://{EVIL}%2f%2f.{HOST}/callback",
    f"https://{EVIL}%00.{HOST}/callback",
    f"https://{HOST}\\.{EVIL}/callback",
    f"https://{HOST}&@{EVIL}/callback",
    f"https://[{HOST}]@{EVIL}/callback",
    f"https://{HOST}/",
    f"https://{HOST}",
    f"https://{HOST}/callback/",
    f"https://{HOST}//callback",
    f"https://{HOST}/Callback",
    f"https://{HOST}/callback2",
    f"https://{HOST}/callback/../evil",
    f"https://{HOST}/callback/..%2fevil",
    f"https://{HOST}/evil/../callback",
    f"https://{HOST}/%2e%2e/callback",
    f"https://{HOST}/./callback",
    f"https://{HOST}/callback;x",
    f"https://{HOST}/callback?",
    f"https://{HOST}/callback?x=y",
    f"https://{HOST}/callback?next=https://{EVIL}",
    f"https://{HOST}/callback#",
    f"https://{HOST}/callback#x",
    f"https://{HOST}/callback%23",
    f"https://{HOST}/callback%0d%0aLocation:%20https://{EVIL}",
    f"https://{HOST}/%63allback",
    f"https://{HOST}/callback%20",
    f" https://{HOST}/callback",
    f"https://{HOST}/callback ",
    f"\thttps://{HOST}/callback",
    f"https://{HOST}/callback\n",
    f"https://{HOST}/call\tback",
    f"https://{HOST}\u2044callback",
    "https://shop\u3002demo.localhost:8443/callback",
    "https://ｓhop.demo.localhost:8443/callback",
    f"//{HOST}/callback",
    f"//{EVIL}/callback",
    f"///{EVIL}",
    f"\\\\{EVIL}",
    f"/\\{EVIL}",
    "/callback",
    "callback",
    ".",
    "*",
    "https://*",
    f"https://{HOST}/*",
    "javascript:alert(1)",
    f"javascript://{HOST}/callback%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    f"blob:https://{HOST}/callback",
    "about:blank",
    f"view-source:https://{HOST}/callback",
    f"https:{HOST}/callback",
    f"https:/{HOST}/callback",
    f"https:///{HOST}/callback",
    "http://127.0.0.1:1234/callback",
    "http://localhost/callback",
    "com.example.app:/callback",
    "null",
    "[object Object]",
    f"{CALLBACK},{CALLBACK}",
    f"{CALLBACK} https://{EVIL}",
    OTHER_CALLBACK,
    WEB_CALLBACK,
    "x" * 2048,
    "",
)

Ask = Callable[[Person, str], Awaitable[httpx2.Response]]


async def ask_to_authorize(person: Person, uri: str) -> httpx2.Response:
    return await person.authorize(redirect_uri=uri)


async def ask_silently(person: Person, uri: str) -> httpx2.Response:
    return await person.authorize(redirect_uri=uri, prompt="none", response_mode="web_message")


async def ask_for_an_error(person: Person, uri: str) -> httpx2.Response:
    return await person.authorize(redirect_uri=uri, scope="nonsense", response_type="token")


async def ask_to_step_up(person: Person, uri: str) -> httpx2.Response:
    return await person.post("/mfa/stepup", {**AUTHORIZATION, "redirect_uri": uri})


async def ask_for_a_login_code(person: Person, uri: str) -> httpx2.Response:
    body = {**AUTHORIZATION, "redirect_uri": uri, "auth_type": "magic_link", "email": person.email}
    return await person.post("/passwordless/start", body)


async def ask_to_verify_by_redirect(person: Person, uri: str) -> httpx2.Response:
    return await person.http.get(
        "/identity/v1/passwordless/verify",
        params={
            "client_id": CLIENT,
            "redirect_uri": uri,
            "email": person.email,
            "verification_code": "123456",
        },
    )


async def ask_to_log_out(person: Person, uri: str) -> httpx2.Response:
    return await person.http.get("/identity/v1/logout", params={"redirect_to": uri})


async def ask_to_log_out_otherwise(person: Person, uri: str) -> httpx2.Response:
    params = {"post_logout_redirect_uri": uri, "state": "x"}
    return await person.http.get("/identity/v1/logout", params=params)


async def ask_for_a_new_password(person: Person, uri: str) -> httpx2.Response:
    body = {"client_id": CLIENT, "email": person.email, "redirect_url": uri}
    return await person.post("/forgot-password", body)


async def ask_for_recovery(person: Person, uri: str) -> httpx2.Response:
    body = {"client_id": CLIENT, "email": person.email, "redirect_url": uri}
    return await person.post("/account-recovery", body)


async def ask_to_enrol(person: Person, uri: str) -> httpx2.Response:
    return await person.post(
        "/mfa/credentials/emails", {"redirect_url": uri}, headers=person.bearer
    )


async def ask_for_another_email(person: Person, uri: str) -> httpx2.Response:
    body = {"email": "new@demo.localhost", "redirect_url": uri}
    return await person.post("/update-email", body, headers=person.bearer)


@pytest.mark.parametrize(
    "ask",
    [
        ask_to_authorize,
        ask_silently,
        ask_for_an_error,
        ask_to_step_up,
        ask_for_a_login_code,
        ask_to_verify_by_redirect,
        ask_to_log_out,
        ask_to_log_out_otherwise,
        ask_for_a_new_password,
        ask_for_recovery,
        ask_to_enrol,
        ask_for_another_email,
    ],
)
async def test_nothing_leads_where_no_client_lives(world: World, bob: Person, ask: Ask) -> None:
    """OA-1, OA-15, ML-7: every payload at every door, with a living session: no redirect, no message, no
    page that would talk to it."""
    assert len(UNLISTED) == len(set(UNLISTED)) >= 60
    await configure(world, sends={"per_step_up": 1000, "per_recipient_per_hour": 10_000})
    await bob.log_in()
    for uri in UNLISTED:
        if uri == f"{SHOP}/" and ask in (ask_to_log_out, ask_to_log_out_otherwise):
            continue  # this one is registered for it
        if uri == "" and ask not in (ask_to_authorize, ask_silently, ask_to_step_up):
            continue  # an empty one is none, and none is needed
        answer = await ask(bob, uri)
        assert answer.status_code in (400, 401, 403), (uri, answer.status_code)
        assert "location" not in answer.headers, uri
        assert "set-cookie" not in answer.headers, uri
        assert "postMessage" not in answer.text or EVIL not in answer.text, uri
        for spelled in (uri, escape(uri)):
            assert len(uri) < 5 or f'="{spelled}"' not in answer.text, uri
    await world.deliver()
    assert all(not message.link or EVIL not in message.link for message in world.carrier.messages)
    assert await scalar(world, "SELECT COUNT(*) FROM sessions WHERE ended_at IS NOT NULL") == 0
    assert "code" in parameters(await bob.authorize())  # the registered one still is


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback#fragment",
        "https://app.example/*",
        "https://*.app.example/callback",
        "/callback",
        "app.example/callback",
        "",
        "https://app.example/call back",
        "http://app.example/callback",
        "http://10.0.0.1/callback",
        "http://localhost.evil.example/callback",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://user:pass@app.example/callback",
        "https:///callback",
    ],
)
def test_no_such_uri_can_be_registered(uri: str) -> None:
    """OA-1: https, or the loopback interface, or an app's own scheme; no fragment, no wildcard."""
    for key, value in (
        ("redirect_uris", [uri]),
        ("post_logout_redirect_uris", [uri]),
        ("login_url", uri or "x"),
    ):
        document = yaml.safe_load(project())
        document["clients"][0][key] = value
        with pytest.raises(Misconfigured, match=key):
            demo_configuration(yaml.safe_dump(document))


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?fixed=1",
        "http://127.0.0.1:3000/callback",
        "http://[::1]:3000/callback",
        "http://localhost:3000/callback",
        "http://shop.demo.localhost:8080/callback",
        "com.example.app:/oauth2redirect",
        "reachfive-abc://callback",
    ],
)
def test_such_a_uri_can(uri: str) -> None:
    """OA-1, on the other side of the line (RFC 8252 §7)."""
    document = yaml.safe_load(project())
    document["clients"][0]["redirect_uris"] = [uri]
    demo_configuration(yaml.safe_dump(document))


@pytest.mark.parametrize("accept", ["application/json", "text/html,application/xhtml+xml", "*/*"])
@pytest.mark.parametrize(
    "bad",
    [
        {"client_id": "nobody"},
        {"client_id": ""},
        {"client_id": "<script>alert(1)</script>"},
        {"client_id": "x" * 2000},
        {"redirect_uri": f"https://{EVIL}/<script>"},
        {"client_id": "backend"},
    ],
)
async def test_a_bad_client_or_redirect_is_told_to_the_person(
    world: World, bob: Person, accept: str, bad: dict[str, str]
) -> None:
    """OA-2: an error where it was asked, never a redirect, never an echo that runs."""
    await bob.log_in()
    for more in ({}, {"response_mode": "web_message"}, {"prompt": "none", "state": "<b>"}):
        answer = await bob.http.get(
            "/oauth/authorize",
            params={**AUTHORIZATION, **bad, **more},
            headers={"accept": accept},
        )
        assert answer.status_code in (400, 403)
        assert "location" not in answer.headers
        assert "<script>alert" not in answer.text
        assert EVIL not in answer.text
        assert "<b>" not in answer.text
        html = answer.headers["content-type"].startswith("text/html")
        if html:
            assert "default-src 'none'" in answer.headers["content-security-policy"]


# --- codes


async def new_code(person: Person, **more: Any) -> str:
    return parameters(await person.authorize(**more))["code"]


async def test_a_code_is_good_once_and_its_reuse_takes_back_what_it_gave(
    world: World, bob: Person
) -> None:
    """OA-3: the second use is refused, and access and refresh token are dead from then on."""
    await bob.log_in()
    code = await new_code(bob)
    tokens = (await bob.exchange(code)).json()
    bob.tokens = tokens
    assert (await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)).status_code == 200
    again = await bob.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)).status_code == 401
    assert (await refresh(world, tokens["refresh_token"])).status_code == 400
    assert (await introspect(world, tokens["access_token"])) == {"active": False}
    assert [event["reason"] for event in await events(world, "grant.revoked")] == ["code_reused"]


async def test_of_a_hundred_parallel_exchanges_one_succeeds(world: World, bob: Person) -> None:
    """OA-3: and what that one gave is taken back, because somebody else has the code, too."""
    await bob.log_in()
    code = await new_code(bob)
    answers = await asyncio.gather(*(bob.exchange(code) for _ in range(100)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} == {200, 400}
    bob.tokens = won[0].json()
    assert (await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)).status_code == 401


@pytest.mark.parametrize(("age", "status"), [(59, 200), (60, 400), (61, 400)])
async def test_a_code_lives_a_minute(world: World, bob: Person, age: int, status: int) -> None:
    """OA-3 (OAuth 2.1 §4.1.2: ten minutes at most)."""
    await bob.log_in()
    code = await new_code(bob)
    world.clock.advance(age)
    assert (await bob.exchange(code)).status_code == status


async def test_a_code_is_bound_to_client_redirect_and_challenge(world: World, bob: Person) -> None:
    """OA-3: any other is refused, and the mistake spends nothing."""
    await bob.log_in()
    code = await new_code(bob)
    for more in (
        {"client_id": OTHER, "redirect_uri": OTHER_CALLBACK},
        {"client_id": OTHER},
        {"client_id": RSA},
        {"client_id": WEB, "client_secret": WEB_SECRET},
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": OTHER_CALLBACK},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": SHOP},
        {"redirect_uri": ""},
        {"redirect_uri": None},
        {"code_verifier": VERIFIER + "x"},
        {"code_verifier": VERIFIER.upper()},
        {"code_verifier": challenge_of(VERIFIER)},
        {"code_verifier": ""},
        {"code_verifier": None},
        {"code": code[:-1] + ("A" if code[-1] != "A" else "B")},
        {"code": code + "="},
        {"code": code.swapcase()},
        {"client_secret": "a public client has none"},
        {"grant_type": "refresh_token"},
        {"grant_type": "Authorization_Code"},
    ):
        tried: dict[str, Any] = {"code": code, **more}
        answer = await bob.exchange(**tried)
        assert answer.status_code in (400, 401), more
        assert "access_token" not in answer.json()
    assert (await bob.exchange(code)).status_code == 200


# --- PKCE


@pytest.mark.parametrize("verifier", [None, VERIFIER])
@pytest.mark.parametrize("challenge", [None, challenge_of(VERIFIER)])
@pytest.mark.parametrize("client", ["public", "confidential"])
async def test_a_verifier_is_asked_for_if_a_challenge_was_sent(
    world: World, bob: Person, client: str, challenge: str | None, verifier: str | None
) -> None:
    """OA-4 (CVE-2023-48228, CVE-2024-23647): the 2×2 for both kinds of client."""
    await bob.log_in()
    who = {"client_id": CLIENT, "redirect_uri": CALLBACK}
    secret = {}
    if client == "confidential":
        who, secret = (
            {"client_id": WEB, "redirect_uri": WEB_CALLBACK},
            {"client_secret": WEB_SECRET},
        )
    asked = {**AUTHORIZATION, **who}
    if challenge is None:
        del asked["code_challenge"], asked["code_challenge_method"]
    answer = parameters(await bob.http.get("/oauth/authorize", params=asked))
    if client == "public" and challenge is None:
        assert answer["error"] == "invalid_request"
        return
    exchanged = await bob.exchange(answer["code"], **who, **secret, code_verifier=verifier)
    matching = (challenge is None) == (verifier is None)
    assert (exchanged.status_code == 200) == matching


@pytest.mark.parametrize(
    "sent",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge_method": ""},
        {"code_challenge_method": "none"},
        {"code_challenge_method": None},
        {"code_challenge": ""},
        {"code_challenge": "short"},
        {"code_challenge": "x" * 44},
        {"code_challenge": "x" * 128},
    ],
)
@pytest.mark.parametrize("client", [CLIENT, WEB])
async def test_only_s256_is_a_challenge(
    world: World, bob: Person, client: str, sent: dict[str, str | None]
) -> None:
    """OA-4: a confidential client, too, that sends another is refused rather than left unprotected."""
    await bob.log_in()
    asked: dict[str, str | None] = {
        **AUTHORIZATION,
        "client_id": client,
        "redirect_uri": CALLBACK if client == CLIENT else WEB_CALLBACK,
        **sent,
    }
    query = {name: value for name, value in asked.items() if value is not None}
    answer = parameters(await bob.http.get("/oauth/authorize", params=query))
    assert answer["error"] == "invalid_request"
    assert "code" not in answer
    if client == CLIENT:
        begun = await bob.post("/mfa/stepup", query)
        assert (begun.status_code, begun.json()["error"]) == (400, "invalid_request")


# --- what there is not


@pytest.mark.parametrize(
    "response_type",
    ["token", "id_token", "id_token token", "code token", "code id_token", "none", "", "CODE"],
)
@pytest.mark.parametrize("mode", [None, "web_message", "query"])
async def test_there_is_no_implicit_flow(
    world: World, bob: Person, response_type: str, mode: str | None
) -> None:
    """OA-5 (RFC 9700 §2.1.2): every response type but `code` is refused where the client waits for it."""
    await bob.log_in()
    more = {} if mode is None else {"response_mode": mode}
    answer = await bob.authorize(response_type=response_type, **more)
    told = answer.text if mode == "web_message" else answer.headers["location"]
    assert "unsupported_response_type" in told
    for secret in ("access_token=", "id_token=", "code=", '"access_token"', '"code"', "eyJ"):
        assert secret not in told
    begun = await bob.post("/mfa/stepup", {**AUTHORIZATION, "response_type": response_type})
    assert begun.status_code == 400


@pytest.mark.parametrize(
    "client", [{"client_id": CLIENT}, {"client_id": WEB, "client_secret": WEB_SECRET}]
)
@pytest.mark.parametrize(
    "grant",
    [
        "password",
        "client_credentials",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "",
    ],
)
async def test_there_are_two_grants_for_whom_nothing_else_is_said(
    world: World, client: dict[str, str], grant: str
) -> None:
    """OA-5: a name and a password buy no token, nor does a token; other grants are switched on by name."""
    body = {
        **client,
        "grant_type": grant,
        "username": "ann@demo.localhost",
        "password": PASSWORD,
        "scope": "openid",
    }
    answer = await world.http.post("/oauth/token", json=body)
    assert answer.status_code == 400
    assert "access_token" not in answer.json()
    metadata = (await world.http.get("/.well-known/openid-configuration")).json()
    assert metadata["grant_types_supported"] == [known.value for known in SUPPORTED]
    assert metadata["response_types_supported"] == ["code"]


async def test_a_token_is_taken_from_no_query_and_no_form(world: World, bob: Person) -> None:
    """OA-5 (RFC 9700 §4.3.2): where it would be written into logs and histories."""
    await bob.log_in()
    token = bob.tokens["access_token"]
    for endpoint in ENDPOINTS:
        if endpoint.secured != "bearer":
            continue
        path = endpoint.path.replace("{id}", "x")
        answer = await bob.http.request(
            endpoint.method, path, params={"access_token": token, "token": token, "bearer": token}
        )
        assert answer.status_code in (400, 401), path
    answer = await bob.http.get(
        "/identity/v1/userinfo", headers={"authorization": f"Basic {token}"}
    )
    assert answer.status_code == 401


# --- who answered


async def test_every_authorization_response_says_who_it_is_from(world: World, bob: Person) -> None:
    """OA-6 (RFC 9207): `iss`, exactly as discovery spells it, in answers and in errors of every kind."""
    metadata = (await world.http.get("/.well-known/openid-configuration")).json()
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["issuer"] == ISSUER
    await bob.log_in()
    errors = set()
    for more in (
        {},
        {"state": "x"},
        {"scope": "openid"},
        {"response_type": "token", "response_mode": "query"},
        {"response_mode": "form_post"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "x"},
        {"tkn": "x"},
        {"tkn": "A" * 64},
        {"prompt": "login"},
        {"max_age": "-1"},
        {"acr_values": "urn:ostiary:acr:mfa"},
        {"acr_values": "nonsense"},
        {"provider": "google"},
    ):
        said = parameters(await bob.authorize(**more))
        assert said["iss"] == ISSUER, more
        assert ("code" in said) != ("error" in said)
        errors.add(said.get("error"))
    assert len(errors) >= 5
    messaged = await bob.authorize(response_mode="web_message", prompt="none")
    assert f'"iss":"{ISSUER}"' in messaged.text
    implicit = await bob.authorize(response_type="token")
    assert "#error=unsupported_response_type" in implicit.headers["location"]
    assert "iss=" in implicit.headers["location"]
    stepped = await bob.verify(await bob.challenge(await bob.step_up_token()), await world.code())
    assert stepped.json()["iss"] == ISSUER


@pytest.mark.parametrize(
    "text",
    [
        "x" * 64,
        "x" * 2000,
        "a b+c&d=e%20f#g",
        "éà🐎",
        '{"json": ["in", "it"]}',
        "<script>alert(1)</script>",
        "'\"\\",
        "\u2028\u2029",
        "\r\nset-cookie: x=y",
        " leading and trailing ",
        "=",
        "%00",
    ],
)
async def test_state_and_nonce_come_back_as_they_went(world: World, bob: Person, text: str) -> None:
    """OA-7: in a redirect, in a web message, in an error, in the ID token, through a step-up."""
    await bob.log_in()
    said = parameters(await bob.authorize(state=text, nonce=text))
    assert said["state"] == text
    exchanged = (await bob.exchange(said["code"])).json()
    assert claims(exchanged["id_token"])["nonce"] == text
    assert parameters(await bob.authorize(state=text, prompt="login"))["state"] == text
    message = await bob.authorize(state=text, response_mode="web_message")
    assert "<script>alert" not in message.text
    assert message.text.count("<script") == 1
    begun = await bob.step_up_token(state=text, nonce=text)
    verified = await bob.verify(await bob.challenge(begun), await world.code())
    assert verified.json()["state"] == text
    tokens = (await bob.exchange(verified.json()["code"])).json()
    assert claims(tokens["id_token"])["nonce"] == text


@pytest.mark.parametrize("name", sorted({*AUTHORIZATION, "state", "nonce", "tkn", "prompt"}))
@pytest.mark.parametrize("same", [True, False])
async def test_a_parameter_given_twice_is_refused(
    world: World, bob: Person, name: str, same: bool
) -> None:
    """OA-7 (RFC 6749 §3.1): neither the first nor the last is believed, and nothing is spent."""
    tkn = await bob.tkn()
    asked = {**AUTHORIZATION, "state": "s", "nonce": "n", "prompt": "login", "tkn": tkn}
    other = asked[name] if same else f"https://{EVIL}/"
    twice = str(httpx2.QueryParams([*asked.items(), (name, other)]))
    answer = await bob.http.get(f"/oauth/authorize?{twice}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "location" not in answer.headers
    assert "code" in parameters(await bob.authorize(tkn=tkn))


async def test_a_token_request_with_a_parameter_twice_is_refused(world: World, bob: Person) -> None:
    """OA-7 for forms, and for secrets in the header and in the body."""
    await bob.log_in()
    code = await new_code(bob)
    form = {
        "client_id": CLIENT,
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": CALLBACK,
    }
    for name, value in form.items():
        pairs = httpx2.QueryParams([*form.items(), (name, value)])
        answer = await bob.http.post(
            "/oauth/token",
            content=str(pairs),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), name
    both = await bob.http.post(
        "/oauth/introspect",
        data={"token": "x", "client_id": BACKEND[0], "client_secret": BACKEND[1]},
        auth=BACKEND,
    )
    assert both.status_code == 400
    assert (await bob.http.post("/oauth/token", data=form)).status_code == 200


# --- refreshing


async def refresh(world: World, token: str, **more: Any) -> httpx2.Response:
    return await world.http.post(
        "/oauth/token",
        json={
            "client_id": CLIENT,
            "grant_type": "refresh_token",
            "refresh_token": token,
            **more,
        },
    )


async def introspect(world: World, token: str) -> dict[str, Any]:
    answer = await world.http.post("/oauth/introspect", data={"token": token}, auth=BACKEND)
    said: dict[str, Any] = answer.json()
    return said


async def test_a_refresh_token_is_good_once(world: World, bob: Person) -> None:
    """OA-8: the new one works; the old one again ends the whole family, the newest access token with it."""
    tokens = await bob.log_in()
    chain = [tokens]
    for _ in range(4):
        chain.append((await refresh(world, chain[-1]["refresh_token"])).json())
    assert len({t["refresh_token"] for t in chain}) == 5
    reused = await refresh(world, chain[1]["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    for each in chain:
        assert (await refresh(world, each["refresh_token"])).status_code == 400
        assert await introspect(world, each["access_token"]) == {"active": False}
    assert [e["reason"] for e in await events(world, "grant.revoked")] == ["refresh_reused"]


async def test_of_a_hundred_parallel_refreshes_one_succeeds(world: World, bob: Person) -> None:
    """OA-8 (CVE-2026-1035, CVE-2026-53517): no fork; afterwards the family is dead, because it was reused."""
    tokens = await bob.log_in()
    answers = await asyncio.gather(*(refresh(world, tokens["refresh_token"]) for _ in range(100)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert (await refresh(world, won[0].json()["refresh_token"])).status_code == 400
    alive = await all_rows(world, "SELECT id FROM grants WHERE revoked_at IS NULL")
    assert alive == []


async def test_a_refresh_token_is_its_clients(world: World, bob: Person) -> None:
    """OA-8: another client's try is refused, tells it nothing, and does the family no harm."""
    tokens = await bob.log_in()
    for who in (
        {"client_id": OTHER},
        {"client_id": RSA},
        {"client_id": WEB, "client_secret": WEB_SECRET},
        {"client_id": "nobody"},
    ):
        answer = await refresh(world, tokens["refresh_token"], **who)
        assert answer.status_code in (400, 401)
    for who in ({"client_id": OTHER}, {"client_id": WEB, "client_secret": WEB_SECRET}):
        revoked = await world.http.post(
            "/oauth/revoke", json={**who, "token": tokens["refresh_token"]}
        )
        assert revoked.status_code == 204
    assert await introspect(world, tokens["refresh_token"]) == {"active": False}
    assert (await refresh(world, tokens["refresh_token"])).status_code == 200


async def test_a_scope_never_widens(world: World, bob: Person) -> None:
    """OA-8: neither beyond what was granted nor, once narrowed, beyond that in the same token."""
    answer = await bob.authorize(tkn=await bob.tkn(), scope="openid offline_access")
    tokens = (await bob.exchange(parameters(answer)["code"])).json()
    for scope in ("openid mfa", "openid profile", "openid offline_access admin", "*"):
        refused = await refresh(world, tokens["refresh_token"], scope=scope)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    narrowed = (await refresh(world, tokens["refresh_token"], scope="openid")).json()
    assert narrowed["scope"] == "openid"
    assert claims(narrowed["access_token"])["scope"] == "openid"
    again = (await refresh(world, narrowed["refresh_token"])).json()
    assert set(again["scope"].split()) <= {"openid", "offline_access"}


async def test_a_family_has_an_end(world: World, bob: Person) -> None:
    """OA-8: thirty days after the login refreshing is over, however often it was done."""
    tokens = await bob.log_in()
    for _ in range(29):
        world.clock.advance(86_400)
        tokens = (await refresh(world, tokens["refresh_token"])).json()
    world.clock.advance(86_399)
    tokens = (await refresh(world, tokens["refresh_token"])).json()
    world.clock.advance(1)
    late = await refresh(world, tokens["refresh_token"])
    assert (late.status_code, late.json()["error_message_key"]) == (
        400,
        "error.refreshToken.expired",
    )


@pytest.mark.parametrize("scope", ["openid", "", "offline_access"])
async def test_only_who_asks_for_it_gets_a_refresh_token(
    world: World, bob: Person, scope: str
) -> None:
    """OA-8: by the scope `offline_access`; with none named the client's default."""
    answer = await bob.authorize(tkn=await bob.tkn(), scope=scope)
    tokens = (await bob.exchange(parameters(answer)["code"])).json()
    assert ("refresh_token" in tokens) == (scope != "openid")


# --- one kind of token is not another


async def everything(world: World) -> dict[str, str]:
    """One live token of every kind there is, all Cleo's but the last."""
    cleo, bob = Person(world, "cleo@demo.localhost"), Person(world, "bob@demo.localhost")
    tokens = await cleo.log_in()
    step_up = await cleo.step_up_token()
    challenge = await cleo.challenge(step_up, "email")
    message = await world.message(cleo.email)
    assert message.code is not None
    assert message.link is not None
    trusting = Person(world, cleo.email)
    await trusting.log_in()
    trusted = await trusting.post(
        "/passwordless/verify",
        {
            "challenge_id": await trusting.challenge(await trusting.step_up_token()),
            "verification_code": await world.code("+33698765432"),
            "trust_device": True,
        },
    )
    await bob.log_in()
    kinds = {
        "access token": tokens["access_token"],
        "ID token": tokens["id_token"],
        "refresh token": tokens["refresh_token"],
        "authorization code": await new_code(cleo),
        "tkn": await cleo.tkn(),
        "step-up token": step_up,
        "challenge id": challenge,
        "verification code": message.code,
        "link": message.link.rpartition("/")[2],
        "session cookie": str(cleo.http.cookies.get(COOKIE)),
        "trusted device": str(trusted.cookies.get("__Host-trusted-device-id")),
        "client secret": WEB_SECRET,
        "client id": CLIENT,
        "password": PASSWORD,
    }
    await configure(world, mfa={"require_at_login": "always"})
    kinds["tkn before mfa"] = await cleo.tkn()
    await configure(world, mfa={"require_at_login": "never"})
    assert all(kinds.values())
    assert len(set(kinds.values())) == len(kinds)
    return kinds


Try = Callable[[World, str], Awaitable[bool]]


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Bearer " + token.encode())]


async def at_userinfo(world: World, token: str) -> bool:
    answer = await world.http.get("/identity/v1/userinfo", headers=bearer(token))
    return answer.status_code != 401


async def at_the_list_of_factors(world: World, token: str) -> bool:
    answer = await world.http.get("/identity/v1/mfa/credentials", headers=bearer(token))
    return answer.status_code != 401


async def at_an_enrolment(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/identity/v1/mfa/credentials/phone-numbers",
        json={"phone_number": "+33698765432"},  # hers already: nothing changes
        headers=bearer(token),
    )
    return answer.status_code != 401


async def at_a_step_up_as_bearer(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/identity/v1/mfa/stepup", json=AUTHORIZATION, headers=bearer(token)
    )
    return answer.status_code != 401


async def at_a_step_up_as_tkn(world: World, token: str) -> bool:
    answer = await world.http.post("/identity/v1/mfa/stepup", json={**AUTHORIZATION, "tkn": token})
    return answer.status_code != 401


async def at_authorize_as_tkn(world: World, token: str) -> bool:
    answer = await world.http.get("/oauth/authorize", params={**AUTHORIZATION, "tkn": token})
    world.http.cookies.clear()
    return "code" in parameters(answer)


async def at_authorize_as_waiting(world: World, token: str) -> bool:
    answer = await world.http.get(
        "/oauth/authorize", params={**AUTHORIZATION, "r5_request_token": token}
    )
    return answer.status_code == 303 and "code" in parameters(answer)


async def at_authorize_as_cookie(world: World, token: str) -> bool:
    answer = await world.http.get(
        "/oauth/authorize",
        params=AUTHORIZATION,
        headers=[(b"cookie", f"{COOKIE}={token}".encode())],
    )
    return "code" in parameters(answer)


async def at_sso_data(world: World, token: str) -> bool:
    answer = await world.http.get(
        "/identity/v1/sso/data",
        params={"client_id": CLIENT},
        headers=[(b"cookie", f"{COOKIE}={token}".encode())],
    )
    authenticated: bool = answer.json()["is_authenticated"]
    return authenticated


async def at_sending_a_code(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/identity/v1/passwordless/start", json={"auth_type": "sms", "step_up": token}
    )
    return answer.status_code == 200


async def at_checking_a_code(world: World, token: str) -> bool:
    code = world.carrier.messages[0].code
    answer = await world.http.post(
        "/identity/v1/verify-auth-code", json={"challenge_id": token, "verification_code": code}
    )
    return answer.status_code == 204


async def at_redeeming_a_code(world: World, token: str) -> bool:
    code = world.carrier.messages[0].code
    answer = await world.http.post(
        "/identity/v1/passwordless/verify",
        json={"challenge_id": token, "verification_code": code},
    )
    world.http.cookies.clear()
    return answer.status_code == 200


async def at_a_link(world: World, token: str) -> bool:
    answer = await world.http.get(httpx2.URL(f"{ISSUER}/link/").join(token or "x"))
    return answer.status_code == 200


async def at_the_code_grant(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/oauth/token",
        json={
            "client_id": CLIENT,
            "grant_type": "authorization_code",
            "code": token,
            "code_verifier": VERIFIER,
            "redirect_uri": CALLBACK,
        },
    )
    return answer.status_code == 200


async def at_the_refresh_grant(world: World, token: str) -> bool:
    return (await refresh(world, token)).status_code == 200


async def at_introspection(world: World, token: str) -> bool:
    active: bool = (await introspect(world, token))["active"]
    return active


async def at_verifying_an_email(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/identity/v1/verify-email",
        json={"access_token": token, "email": "x@demo.localhost", "verification_code": "1"},
    )
    return "verificationCode" in answer.json()["error_message_key"].replace("V", "v")


async def at_changing_a_password(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/identity/v1/update-password",
        json={"client_id": CLIENT, "password": "short"},
        headers=bearer(token),
    )
    return answer.status_code != 401


async def as_a_clients_secret(world: World, token: str) -> bool:
    answer = await world.http.post(
        "/oauth/introspect", json={"client_id": WEB, "client_secret": token, "token": "x"}
    )
    return answer.status_code == 200


# which kind of token is taken where; at every other place every other kind is refused
PLACES: dict[Try, set[str]] = {
    at_userinfo: {"access token"},
    at_the_list_of_factors: {"access token"},
    at_an_enrolment: {"access token"},
    at_a_step_up_as_bearer: {"access token"},
    at_introspection: {"access token"},  # a refresh token is told to its own client alone
    at_verifying_an_email: {"access token"},
    at_changing_a_password: {"access token"},
    at_sso_data: {"session cookie"},
    at_authorize_as_cookie: {"session cookie"},
    at_sending_a_code: {"step-up token"},
    at_checking_a_code: {"challenge id"},
    at_a_link: {"link"},
    as_a_clients_secret: {"client secret"},
    at_authorize_as_waiting: set(),
    # these spend what they take, so they come last
    at_a_step_up_as_tkn: {"tkn", "tkn before mfa"},
    at_authorize_as_tkn: {"tkn"},
    at_redeeming_a_code: {"challenge id"},
    at_the_code_grant: {"authorization code"},
    at_the_refresh_grant: {"refresh token"},
}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
async def test_no_token_is_taken_for_another(world: World, place: Try) -> None:
    """OA-9, KEY-5: every kind of token at every place that takes one; only its own kind is taken there."""
    kinds = await everything(world)
    world.http.cookies.clear()
    wanted = PLACES[place]
    for kind in sorted(kinds, key=lambda kind: kind in wanted):
        assert await place(world, kinds[kind]) is (kind in wanted), kind


async def test_what_is_refused_elsewhere_stays_good_at_home(world: World) -> None:
    """OA-9: a token shown at all the wrong doors is spent by none of them."""
    kinds = await everything(world)
    world.http.cookies.clear()
    for place, wanted in PLACES.items():
        for kind, token in kinds.items():
            if kind not in wanted and place is not at_sending_a_code:
                assert not await place(world, token), (place.__name__, kind)
    for place, kind in (
        (at_userinfo, "access token"),
        (at_sso_data, "session cookie"),
        (at_a_link, "link"),
        (at_authorize_as_tkn, "tkn"),
        (at_a_step_up_as_tkn, "tkn before mfa"),
        (at_redeeming_a_code, "challenge id"),
        (at_the_code_grant, "authorization code"),
        (at_the_refresh_grant, "refresh token"),
    ):
        assert await place(world, kinds[kind]), kind


async def test_revoking_takes_what_belongs_to_its_client_and_nothing_else(world: World) -> None:
    """OA-9: no other kind of token can be revoked into nothing by being called one."""
    kinds = await everything(world)
    for kind, token in kinds.items():
        if kind not in ("access token", "refresh token"):
            answer = await world.http.post(
                "/oauth/revoke", json={"client_id": CLIENT, "token": token}
            )
            assert answer.status_code == 204, kind
    assert await at_userinfo(world, kinds["access token"])
    assert await at_the_refresh_grant(world, kinds["refresh token"])


async def test_an_access_token_says_what_it_is_and_for_whom(world: World, bob: Person) -> None:
    """OA-9 (RFC 9068): `typ: at+jwt`, `aud`, an end; the ID token is for the client alone."""
    tokens = await bob.log_in()
    access, identity = claims(tokens["access_token"]), claims(tokens["id_token"])
    assert header_of(tokens["access_token"])["typ"] == "at+jwt"
    assert header_of(tokens["id_token"])["typ"] == "JWT"
    assert set(access["aud"]) == {CLIENT, ISSUER}
    assert identity["aud"] == [CLIENT]
    assert access["exp"] - access["iat"] == tokens["expires_in"] == 3600
    assert "email" not in access
    for age, status in ((3599, 200), (1, 401)):
        world.clock.advance(age)
        answer = await bob.http.get("/identity/v1/userinfo", headers=bob.bearer)
        assert answer.status_code == status


# --- redirects


async def test_nothing_that_was_posted_is_posted_on(world: World, bob: Person) -> None:
    """OA-14 (RFC 9700 §4.12): 303 wherever there is a redirect, from the route table."""
    await bob.log_in()
    await bob.post("/mfa/credentials/emails", {}, headers=bob.bearer)
    where = {"auth_type": "magic_link", "email": bob.email}
    await bob.post("/passwordless/start", {**AUTHORIZATION, **where})
    link = (await world.message(bob.email)).link
    assert link is not None
    followed = await bob.http.post(httpx2.URL(link).path)
    redirects = [followed]
    for endpoint in ENDPOINTS:
        for params in ({}, AUTHORIZATION, {"redirect_to": f"{SHOP}/"}):
            answer = await bob.http.request(
                endpoint.method,
                endpoint.path.replace("{name}", "en.json").replace("{id}", "x"),
                params=params,
                json=None if endpoint.method == "GET" else {},
            )
            if answer.is_redirect or "location" in answer.headers:
                redirects.append(answer)
    assert len(redirects) >= 3
    assert {answer.status_code for answer in redirects} == {303}
    assert "code=" in followed.headers["location"]


async def test_an_error_leads_only_where_an_answer_would(world: World, bob: Person) -> None:
    """OA-15: every way to make an authorization fail ends at the registered URI, whatever else it names."""
    for more in (
        {"prompt": "none"},
        {"scope": "nonsense"},
        {"response_type": "token"},
        {"response_mode": "nonsense"},
        {"prompt": "none", "response_mode": "fragment"},
        {"tkn": "x"},
        {"request_uri": f"https://{EVIL}/"},
        {"request": "eyJhbGciOiJub25lIn0.e30."},
        {"error_uri": f"https://{EVIL}/"},
        {"redirect_to": f"https://{EVIL}/"},
        {"origin": f"https://{EVIL}"},
        {"login_hint": f"https://{EVIL}"},
        {"provider": f"https://{EVIL}"},
        {"state": f"https://{EVIL}"},
    ):
        answer = await bob.authorize(**{"prompt": "none", **more})
        location = httpx2.URL(answer.headers["location"])
        assert f"{location.scheme}://{location.netloc.decode()}{location.path}" == CALLBACK, more
        if "state" not in more:
            assert EVIL not in str(location)
