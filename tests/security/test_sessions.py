"""Sessions and their cookie against who plants one, keeps an old one, or holds half a login (SES-1…4, SES-10)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from itertools import pairwise
from uuid import UUID

import httpx2
import pytest

from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.security.lab import (
    NEW_PHONE,
    OTHER,
    OTHER_CALLBACK,
    all_rows,
    claims,
    configure,
    cookie_of,
    dump,
    flat,
    log_in_by_email,
    parameters,
    scalar,
    unkeyed,
    wrong,
)
from tests.world import AUTHORIZATION, CLIENT, COOKIE, PASSWORD, SHOP, Person, World

ALWAYS = {"require_at_login": "always"}


def held(person: Person) -> str:
    """The session cookie in this browser."""
    value = person.http.cookies.get(COOKIE)
    assert value is not None
    return str(value)


async def with_cookie(world: World, cookie: str) -> Person:
    """Somebody with a copy of it."""
    thief = Person(world, "nobody@demo.localhost")
    thief.http.cookies.set(COOKIE, cookie)
    return thief


async def opens(world: World, cookie: str) -> bool:
    """Does this cookie still open a session, wherever one is taken?"""
    thief = await with_cookie(world, cookie)
    seen = await thief.http.get("/identity/v1/sso/data", params={"client_id": CLIENT})
    asked = await thief.authorize(prompt="none")
    stepped = await thief.post("/mfa/stepup", AUTHORIZATION)
    answers = {
        seen.json()["is_authenticated"],
        "code" in parameters(asked),
        stepped.json().get("error") != "login_required",
    }
    assert len(answers) == 1, "one place takes what another refuses"
    return answers == {True}


# --- what it is


async def test_a_session_is_named_by_256_random_bits_that_are_not_kept(
    world: World, bob: Person
) -> None:
    """SES-1: an id and 32 random bytes; the database holds neither them nor a token made of them."""
    cookies = set()
    for _ in range(20):
        await bob.log_in()
        cookies.add(held(bob))
    assert len(cookies) == 20
    secrets = [urlsafe_b64decode(cookie)[16:] for cookie in cookies]
    assert all(len(secret) == 32 for secret in secrets)
    assert len({secret[:8] for secret in secrets}) == 20
    blob = flat(await dump(world))
    for cookie, secret in zip(cookies, secrets, strict=False):
        for hidden in (cookie.encode(), secret, secret.hex().encode()):
            assert hidden not in blob
    digests = await all_rows(world, "SELECT digest FROM sessions")
    assert len({row["digest"] for row in digests}) == len(digests) >= 20
    # of a 256-bit secret a plain hash gives nothing away; this is it, and it is all there is
    kept = {row["digest"] for row in digests}
    assert all(kept & set(unkeyed(secret)) for secret in secrets)


async def test_every_secret_that_is_handed_out_is_kept_as_a_hash(world: World, bob: Person) -> None:
    """SES-1, S8: `tkn`, step-up token, challenge, code, refresh token; none lies in the database."""
    tkn = await bob.tkn()
    code = parameters(await bob.authorize(tkn=tkn))["code"]
    tokens = (await bob.exchange(code)).json()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    blob = flat(await dump(world))
    for token in (tkn, code, step_up, challenge, tokens["refresh_token"], tokens["access_token"]):
        assert token.encode() not in blob
        raw = urlsafe_b64decode(token.split(".")[-1] + "==")
        assert raw[16:] not in blob
        assert raw[-32:] not in blob
        assert len(raw) >= 48


@pytest.mark.parametrize("way", ["log in", "step up", "log in by code", "log out", "persistent"])
async def test_the_cookie_is_for_this_host_alone(world: World, bob: Person, way: str) -> None:
    """SES-4: `__Host-`, Secure, HttpOnly, Path=/, no Domain, SameSite=Lax, and it says nothing."""
    more = {"persistent": "true"} if way == "persistent" else {}
    answer = await bob.authorize(tkn=await bob.tkn(), **more)
    if way == "step up":
        challenge = await bob.challenge(await bob.step_up_token())
        answer = await bob.verify(challenge, await world.code())
    elif way == "log in by code":
        where = {"auth_type": "email", "email": bob.email}
        await bob.post("/passwordless/start", {**AUTHORIZATION, **where})
        body = {**where, "verification_code": await world.code(bob.email)}
        answer = await bob.post("/passwordless/verify", body)
    elif way == "log out":
        answer = await bob.http.get("/identity/v1/logout")
    (line,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE)]
    attributes = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
    assert line.startswith(f"{COOKIE}=")
    assert attributes - {"max-age", "expires"} == {"secure", "httponly", "path", "samesite"}
    morsel = SimpleCookie(line)[COOKIE]
    assert (morsel["path"], morsel["samesite"].lower()) == ("/", "lax")
    if way == "log out":
        assert morsel["max-age"] == "0"
        assert morsel.value == ""
        return
    assert len(morsel.value) == 64
    assert bob.email.encode() not in urlsafe_b64decode(morsel.value)


# --- a new one at every change, the old one dead at once


Change = Callable[[Person], Awaitable[httpx2.Response]]


async def log_in_again(person: Person) -> httpx2.Response:
    return await person.authorize(tkn=await person.tkn())


async def log_in_by_code(person: Person) -> httpx2.Response:
    where = {"auth_type": "email", "email": person.email}
    await person.post("/passwordless/start", {**AUTHORIZATION, **where})
    code = await person.world.code(person.email)
    return await person.post("/passwordless/verify", {**where, "verification_code": code})


async def step_up_with_the_cookie(person: Person) -> httpx2.Response:
    challenge = await person.challenge(await person.step_up_token())
    return await person.verify(challenge, await person.world.code())


async def step_up_with_a_login(person: Person) -> httpx2.Response:
    challenge = await person.challenge(await person.step_up_token(tkn=await person.tkn()))
    return await person.verify(challenge, await person.world.code())


async def step_up_with_another_sessions_token(person: Person) -> httpx2.Response:
    elsewhere = Person(person.world, person.email)
    await elsewhere.log_in()
    begun = await person.post("/mfa/stepup", AUTHORIZATION, headers=elsewhere.bearer)
    challenge = await person.challenge(begun.json()["token"])
    return await person.verify(challenge, await person.world.code())


async def log_out(person: Person) -> httpx2.Response:
    return await person.http.get("/identity/v1/logout")


@pytest.mark.parametrize(
    "change",
    [
        log_in_again,
        log_in_by_code,
        step_up_with_the_cookie,
        step_up_with_a_login,
        step_up_with_another_sessions_token,
        log_out,
    ],
)
async def test_the_old_cookie_is_dead_at_once(world: World, bob: Person, change: Change) -> None:
    """SES-2, S7: at login, at each factor added, at logout; whoever had a copy has nothing."""
    await bob.log_in()
    old = held(bob)
    assert await opens(world, old)
    answer = await change(bob)
    assert answer.status_code in (200, 303), answer.text
    new = cookie_of(answer)
    assert not await opens(world, old)
    if change is log_out:
        assert not new
    else:
        assert new is not None
        assert new != old
        assert await opens(world, new)
    alive = await scalar(
        world,
        "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL AND id = :id",
        id=str(_id_of(old)),
    )
    kept = 1 if change is step_up_with_the_cookie else 0
    assert alive == kept


def _id_of(cookie: str) -> UUID:
    return UUID(bytes=urlsafe_b64decode(cookie)[:16])


async def test_a_planted_cookie_is_not_taken_over(world: World, ann: Person, bob: Person) -> None:
    """SES-2 (CVE-2024-7341): an attacker's own session in the victim's browser ends when the victim logs in."""
    await ann.log_in()
    planted = held(ann)
    bob.http.cookies.set(COOKIE, planted, domain="id.demo.localhost", path="/")
    answer = await bob.authorize(tkn=await bob.tkn())
    new = cookie_of(answer)
    assert new is not None
    assert new[:22] != planted[:22]  # not even the id
    assert not await opens(world, planted)
    whose = await (await with_cookie(world, new)).http.get(
        "/identity/v1/sso/data", params={"client_id": CLIENT}
    )
    assert whose.json()["email"] == bob.email


@pytest.mark.parametrize("invented", ["A" * 64, "x", "", "../../etc/passwd", "A" * 4096, "é"])
async def test_an_invented_cookie_is_nobodys(world: World, bob: Person, invented: str) -> None:
    """SES-2: it is neither taken up nor an error."""
    thief = Person(world, bob.email)
    headers = [(b"cookie", f"{COOKIE}={invented}".encode())]
    for path in ("/identity/v1/sso/data", "/identity/v1/logout"):
        answer = await thief.http.get(path, params={"client_id": CLIENT}, headers=headers)
        assert answer.status_code == 200
    answer = await thief.http.get(
        "/oauth/authorize", params={**AUTHORIZATION, "tkn": await bob.tkn()}, headers=headers
    )
    new = cookie_of(answer)
    assert new is not None
    assert new != invented


async def test_a_neighbours_secret_does_not_open_a_session(
    world: World, ann: Person, bob: Person
) -> None:
    """SES-1: Ann's id with Bob's secret, and a flipped bit, are nobody's."""
    await ann.log_in()
    await bob.log_in()
    hers, his = urlsafe_b64decode(held(ann)), urlsafe_b64decode(held(bob))
    for raw in (
        hers[:16] + his[16:],
        hers[:-1] + bytes([hers[-1] ^ 1]),
        hers[:16] + bytes(32),
        bytes([hers[0] ^ 1]) + hers[1:],
    ):
        assert not await opens(world, urlsafe_b64encode(raw).decode())
    assert await opens(world, held(ann))


async def test_each_step_up_gives_another_secret(world: World, bob: Person) -> None:
    """SES-2: five in a row; each cookie opens until the next, none after."""
    await bob.log_in()
    cookies = [held(bob)]
    for _ in range(5):
        await bob.step_up()
        cookies.append(held(bob))
    assert len(set(cookies)) == 6
    assert [await opens(world, cookie) for cookie in cookies] == [False] * 5 + [True]
    assert all(old[:20] == new[:20] for old, new in pairwise(cookies))  # the session stays the same


async def test_another_session_of_the_same_person_is_not_raised(world: World, bob: Person) -> None:
    """STP-10: two browsers; a step-up in one leaves the other, its cookie and its proofs as they were."""
    elsewhere = Person(world, bob.email)
    await elsewhere.log_in()
    await bob.log_in()
    cookie = held(elsewhere)
    await bob.step_up()
    assert held(elsewhere) == cookie
    answer = await elsewhere.authorize()
    tokens = (await elsewhere.exchange(parameters(answer)["code"])).json()
    assert claims(tokens["access_token"])["amr"] == ["pwd"]


# --- before the last required factor there is no session


async def test_half_a_login_is_no_session(world: World, bob: Person) -> None:
    """SES-3 (CVE-2026-76207, CVE-2026-109313): after the password no cookie is set, and the `tkn` opens a
    step-up and nothing else, not even a different client's, and not twice."""
    await configure(world, mfa=ALWAYS)
    answer = await bob.post(
        "/password/login", {"client_id": CLIENT, "email": bob.email, "password": PASSWORD}
    )
    assert answer.json()["mfa_required"] is True
    assert "set-cookie" not in answer.headers
    tkn = answer.json()["tkn"]
    for more in (
        {},
        {"prompt": "none"},
        {"response_mode": "web_message", "prompt": "none"},
        {"prompt": "login"},
        {"max_age": "0"},
        {"acr_values": "urn:ostiary:acr:1fa"},
        {"client_id": OTHER, "redirect_uri": OTHER_CALLBACK},
        {"mfa_required": "false"},
    ):
        refused = await bob.authorize(tkn=tkn, **more)
        assert "code=" not in refused.headers.get("location", "")
        assert '"code"' not in refused.text
        assert "set-cookie" not in refused.headers
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 0
    assert await scalar(world, "SELECT COUNT(*) FROM grants") == 0

    # it was not spent by any of that; the step-up takes it once
    other = await bob.post(
        "/mfa/stepup",
        {**AUTHORIZATION, "tkn": tkn, "client_id": OTHER, "redirect_uri": OTHER_CALLBACK},
    )
    assert other.status_code == 401
    begun = await bob.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
    assert begun.status_code == 200
    assert "set-cookie" not in begun.headers
    again = await bob.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})
    assert again.status_code == 401
    started = await bob.post(
        "/passwordless/start", {"auth_type": "sms", "step_up": begun.json()["token"]}
    )
    assert "set-cookie" not in started.headers
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 0
    code = await world.code()
    refused = await bob.verify(started.json()["challenge_id"], wrong(code))
    assert "set-cookie" not in refused.headers
    verified = await bob.verify(started.json()["challenge_id"], code)
    assert cookie_of(verified) is not None
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 1


async def test_a_code_instead_of_a_password_is_half_a_login_too(world: World, cleo: Person) -> None:
    """SES-3: where a second factor must follow, the first one earns a `tkn` and no cookie."""
    await configure(world, mfa=ALWAYS)
    where = {"auth_type": "email", "email": cleo.email}
    await cleo.post("/passwordless/start", {**AUTHORIZATION, **where})
    body = {**where, "verification_code": await world.code(cleo.email)}
    answer = await cleo.post("/passwordless/verify", body)
    assert answer.json()["mfa_required"] is True
    assert "code" not in answer.json()
    assert "set-cookie" not in answer.headers
    refused = await cleo.authorize(tkn=answer.json()["tkn"])
    assert "code" not in parameters(refused)
    begun = await cleo.post("/mfa/stepup", {**AUTHORIZATION, "tkn": answer.json()["tkn"]})
    assert begun.json()["amr"] == ["sms"]  # the mailbox was proved already


async def test_no_answer_before_the_second_factor_sets_any_cookie(
    world: World, bob: Person
) -> None:
    """SES-3: with the pre-MFA `tkn` in every field, header and cookie of every route."""
    await configure(world, mfa=ALWAYS)
    for endpoint in ENDPOINTS:
        tkn = await bob.tkn()
        body = {**AUTHORIZATION, "token": tkn, "step_up": tkn, "challenge_id": tkn, "code": tkn}
        answer = await bob.http.request(
            endpoint.method,
            endpoint.path.replace("{name}", "en.json").replace("{id}", "x"),
            params={**AUTHORIZATION, "tkn": tkn, "prompt": "none"},
            json=None if endpoint.method == "GET" else body,
            headers={"authorization": f"Bearer {tkn}", "cookie": f"{COOKIE}={tkn}"},
        )
        assert cookie_of(answer) in (None, ""), endpoint.path
    assert await scalar(world, "SELECT COUNT(*) FROM sessions") == 0


async def test_a_login_that_waits_does_not_outlive_its_terms(world: World, ann: Person) -> None:
    """S4 (CVE-2024-45042): one factor was enough when the password was given; before the `tkn` is redeemed,
    a second one is enrolled elsewhere: now it is not."""
    await configure(world, mfa=ALWAYS)
    elsewhere = Person(world, ann.email)
    await elsewhere.log_in()
    waiting = await ann.tkn()
    await elsewhere.post("/mfa/credentials/emails", {}, headers=elsewhere.bearer)
    assert "code" not in parameters(await ann.authorize(tkn=waiting))
    late = await ann.post(
        "/password/login", {"client_id": CLIENT, "email": ann.email, "password": PASSWORD}
    )
    assert late.json()["mfa_required"] is True


async def test_a_tkn_is_good_once_and_for_a_minute(world: World, ann: Person) -> None:
    """S8: and for the client that it was given to."""
    tkn = await ann.tkn()
    stranger = {"client_id": OTHER, "redirect_uri": OTHER_CALLBACK}
    assert "code" not in parameters(await ann.authorize(tkn=tkn, **stranger))
    assert "code" in parameters(await ann.authorize(tkn=tkn))
    assert "code" not in parameters(await Person(world, ann.email).authorize(tkn=tkn))
    tkn = await ann.tkn()
    world.clock.advance(60)
    assert "code" not in parameters(await Person(world, ann.email).authorize(tkn=tkn))
    tkn = await ann.tkn()
    world.clock.advance(59)
    assert "code" in parameters(await ann.authorize(tkn=tkn))


# --- whose it is


async def test_a_step_up_is_not_finished_in_anothers_session(
    world: World, ann: Person, bob: Person
) -> None:
    """SES-10 (CVE-2023-6787): Bob's code, given in Ann's browser: refused, nothing counted, her session as it was;
    and Bob can still give it in his own."""
    await ann.log_in()
    await bob.log_in()
    hers = held(ann)
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    for answer in (
        await ann.verify(challenge, code),
        await ann.verify(challenge, wrong(code)),
        await ann.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up}),
    ):
        assert answer.status_code == 403
        assert answer.json()["error_message_key"] == "error.user.mismatch"
        assert "set-cookie" not in answer.headers
    assert held(ann) == hers
    assert await opens(world, hers)
    seen = await ann.http.get("/identity/v1/sso/data", params={"client_id": CLIENT})
    assert seen.json()["email"] == ann.email
    assert await scalar(world, "SELECT SUM(attempts) FROM transactions") == 0
    assert (await bob.verify(challenge, code)).status_code == 200


@pytest.mark.parametrize("pair", ["tkn and cookie", "token and cookie", "tkn and token"])
async def test_evidence_of_two_people_is_evidence_of_none(
    world: World, bob: Person, cleo: Person, pair: str
) -> None:
    """SES-10: nobody's login is spent, nobody's session touched."""
    await bob.log_in()
    await cleo.log_in()
    tkn = await cleo.tkn()
    body = {**AUTHORIZATION, **({"tkn": tkn} if "tkn" in pair else {})}
    headers = {}
    if pair == "token and cookie":
        headers = cleo.bearer
    elif pair == "tkn and token":
        headers = bob.bearer
        bob.http.cookies.clear()
    answer = await bob.post("/mfa/stepup", body, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error_message_key"] == "error.user.mismatch"
    assert (await cleo.post("/mfa/stepup", {**AUTHORIZATION, "tkn": tkn})).status_code == 200


async def test_a_session_that_was_ended_cannot_be_raised(world: World, bob: Person) -> None:
    """SES-2: logging out kills a step-up that began in the session, and the code that was sent for it."""
    await bob.log_in()
    step_up = await bob.step_up_token()
    challenge = await bob.challenge(step_up)
    code = await world.code()
    await bob.http.get("/identity/v1/logout")
    assert (await bob.verify(challenge, code)).status_code == 401
    again = await bob.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    assert again.status_code == 401
    assert await scalar(world, "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL") == 0


async def test_a_password_change_ends_every_other_session(world: World, bob: Person) -> None:
    """SES-8, TD-2: the thief's cookie, refresh token, and what they had begun."""
    thief = Person(world, bob.email)
    await thief.log_in()
    step_up = await thief.step_up_token()
    stolen = held(thief)
    await bob.log_in()
    changed = await bob.post(
        "/update-password",
        {"client_id": CLIENT, "old_password": PASSWORD, "password": "another horse, a battery"},
        headers=bob.bearer,
    )
    assert changed.status_code == 204
    assert not await opens(world, stolen)
    assert await opens(world, held(bob))
    refreshed = await thief.http.post(
        "/oauth/token",
        json={
            "client_id": CLIENT,
            "grant_type": "refresh_token",
            "refresh_token": thief.tokens["refresh_token"],
        },
    )
    assert refreshed.status_code == 400
    assert (
        await thief.post("/passwordless/start", {"auth_type": "sms", "step_up": step_up})
    ).status_code == 401
    read = await thief.http.get("/identity/v1/userinfo", headers=thief.bearer)
    assert read.status_code == 401


async def test_no_page_of_another_origin_reads_a_session(world: World, bob: Person) -> None:
    """SES-4 needs CORS to be exact: the shop's origin and no other, never `*`, never `null`."""
    await bob.log_in()
    for origin, allowed in (
        (SHOP, SHOP),
        (SHOP.upper(), None),
        (f"{SHOP}.evil.example", None),
        ("https://evil.example", None),
        ("null", None),
        (f"{SHOP}/", None),
        (SHOP.replace("https", "http"), None),
        (SHOP.removesuffix(":8443"), None),
        ("https://x.shop.demo.localhost:8443", None),
    ):
        for method in ("GET", "OPTIONS"):
            answer = await bob.http.request(
                method,
                "/identity/v1/sso/data",
                params={"client_id": CLIENT},
                headers={"origin": origin, "access-control-request-method": "GET"},
            )
            assert answer.headers.get("access-control-allow-origin") == allowed, origin
            assert "origin" in answer.headers["vary"].lower()


async def test_a_new_phone_in_anothers_session_is_that_ones(
    world: World, ann: Person, bob: Person
) -> None:
    """SES-10 for enrolment: the bearer's token says whose the factor is, not the cookie beside it."""
    await ann.log_in()
    await bob.log_in()
    ann.http.cookies.set(COOKIE, held(bob), domain="id.demo.localhost", path="/")
    await ann.post(
        "/mfa/credentials/phone-numbers", {"phone_number": NEW_PHONE}, headers=ann.bearer
    )
    await ann.post(
        "/mfa/credentials/phone-numbers/verify",
        {"verification_code": await world.code(NEW_PHONE)},
        headers=ann.bearer,
    )
    (owner,) = await all_rows(
        world, "SELECT user_id FROM credentials WHERE address = :phone", phone=NEW_PHONE
    )
    assert owner["user_id"] == claims(ann.tokens["access_token"])["sub"]


async def test_a_session_without_a_password_is_one_factor(world: World, bob: Person) -> None:
    """SES-6: the mailbox alone is `1fa`, and says which."""
    said = claims((await log_in_by_email(bob))["access_token"])
    assert (said["amr"], said["acr"]) == (["email"], "urn:ostiary:acr:1fa")
