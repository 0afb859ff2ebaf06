"""What a stranger learns of who has an account here: nothing, by answer or by work (AB-1, AB-2, PW-4)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from msgspec import inspect

from ostiary.core.factors import password
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.security.conftest import CHEAP
from tests.security.lab import ERIN, FINN, OWNED_PHONE, PATIENT, all_rows, configure
from tests.security.test_passwords import Counting
from tests.world import AUTHORIZATION, CALLBACK, CLIENT, PASSWORD, SHOP, Person, World

V1 = "/identity/v1"
EMAILS = {
    "unknown": "nobody@demo.localhost",
    "unknown, elsewhere": "nobody@nowhere.example",
    "no second factor": "ann@demo.localhost",
    "a phone": "bob@demo.localhost",
    "phone and mailbox": "cleo@demo.localhost",
    "unverified": ERIN,
    "no password": FINN,
    "known, in capitals": "ANN@Demo.LocalHost",
}
PHONES = {
    "unknown": "+33655555555",
    "known": OWNED_PHONE,
    "a second factor": "+33612345678",
    "known, otherwise spelled": "0033 6 22 22 22 22",
}

SAME_PERSON = {"known, in capitals", "known, otherwise spelled"}  # who asks for the second time

Ask = Callable[[World, dict[str, str]], Awaitable[httpx2.Response]]


async def post(world: World, path: str, body: dict[str, Any]) -> httpx2.Response:
    async with world.browser() as browser:
        return await browser.post(f"{V1}{path}", json=body)


async def log_in(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(
        world, "/password/login", {**who, "client_id": CLIENT, "password": "a wrong guess"}
    )


async def ask_for_a_code(world: World, who: dict[str, str]) -> httpx2.Response:
    auth_type = "email" if "email" in who else "sms"
    return await post(
        world, "/passwordless/start", {**AUTHORIZATION, **who, "auth_type": auth_type}
    )


async def ask_for_a_link(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(
        world, "/passwordless/start", {**AUTHORIZATION, **who, "auth_type": "magic_link"}
    )


async def forget_a_password(world: World, who: dict[str, str]) -> httpx2.Response:
    body = {**who, "client_id": CLIENT, "redirect_url": CALLBACK}
    return await post(world, "/forgot-password", body)


async def recover(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(world, "/account-recovery", {**who, "client_id": CLIENT})


async def ask_for_a_passkey(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(
        world, "/webauthn/authentication-options", {**who, "client_id": CLIENT, "origin": SHOP}
    )


# answered alike, and after the same work
ASKED = {
    "password/login": log_in,
    "passwordless/start": ask_for_a_code,
    "passwordless/start, a link": ask_for_a_link,
    "forgot-password": forget_a_password,
    "account-recovery": recover,
}


async def guess_a_code(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(world, "/passwordless/verify", {**who, "verification_code": "123456"})


async def look_at_a_code(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(world, "/verify-auth-code", {**who, "verification_code": "123456"})


async def reset_a_password(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(
        world,
        "/update-password",
        {
            **who,
            "client_id": CLIENT,
            "verification_code": "123456",
            "password": "a brand-new horse with a staple",
        },
    )


async def reset_passkeys(world: World, who: dict[str, str]) -> httpx2.Response:
    return await post(
        world,
        "/webauthn/reset-options",
        {
            **who,
            "client_id": CLIENT,
            "origin": SHOP,
            "friendly_name": "x",
            "verification_code": "123456",
        },
    )


# a guess at what was sent, or was not, or to nobody: answered alike
ANSWERED = {
    "passwordless/verify": guess_a_code,
    "verify-auth-code": look_at_a_code,
    "update-password": reset_a_password,
    "webauthn/reset-options": reset_passkeys,
}
OPEN = {  # routes that take an address and say whether it is taken, as their SDK needs it to be
    f"{V1}/signup",
    f"{V1}/webauthn/signup-options",
    f"{V1}/webauthn/signup",
    f"{V1}/update-email",  # for who is logged in
    f"{V1}/update-phone-number",
    f"{V1}/verify-email",
    f"{V1}/verify-phone-number",
}


def test_every_route_that_takes_an_address_is_here() -> None:
    """AB-1 grows with the route table."""

    def names(shape: object) -> set[str]:
        if shape is None:
            return set()
        kind = inspect.type_info(shape)
        return (
            {f.encode_name for f in kind.fields} if isinstance(kind, inspect.StructType) else set()
        )

    taking = {
        endpoint.path
        for endpoint in ENDPOINTS
        if {"email", "phone_number"} & (names(endpoint.body) | names(endpoint.query))
    }
    tried = {f"{V1}/{name.partition(',')[0]}" for name in (*ASKED, *ANSWERED)}
    others = {f"{V1}/webauthn/authentication-options", f"{V1}/webauthn/reset"}
    enrolling = {
        path for path in taking if "/mfa/credentials/" in path
    }  # with a token of one's own
    assert taking - OPEN - enrolling <= tried | others
    assert tried <= taking


def told(answer: httpx2.Response) -> dict[str, Any]:
    """Everything that a stranger sees, but for the random id of an error."""
    body = answer.json() if answer.content else None
    if isinstance(body, dict):
        body.pop("error_id", None)
    return {
        "status": answer.status_code,
        "length": len(answer.content),
        "body": body,
        "headers": sorted(answer.headers.items()),
        "cookies": dict(answer.cookies),
    }


class Scales:
    """Weighs what a request costs."""

    def __init__(self, world: World, hasher: Counting) -> None:
        self.world, self.hasher = world, hasher

    async def weigh(self, ask: Ask, who: dict[str, str]) -> tuple[dict[str, Any], dict[str, int]]:
        tally = self.world.database.tally
        self.hasher.calls.clear()
        statements, transactions = tally.statements, tally.transactions
        answer = await ask(self.world, who)
        return told(answer), {
            "statements": tally.statements - statements,
            "transactions": tally.transactions - transactions,
            "hashes": len(self.hasher.calls),
        }


@pytest.fixture
def scales(world: World, monkeypatch: pytest.MonkeyPatch) -> Scales:
    hasher = Counting(CHEAP)
    monkeypatch.setattr(password, "HASHER", hasher)
    return Scales(world, hasher)


def everybody() -> list[tuple[str, dict[str, str]]]:
    emails = [(f"e-mail {name}", {"email": email}) for name, email in EMAILS.items()]
    return emails + [(f"phone {name}", {"phone_number": phone}) for name, phone in PHONES.items()]


@pytest.mark.parametrize("named", ["email", "phone_number"])
@pytest.mark.parametrize("endpoint", ASKED)
async def test_a_stranger_is_answered_like_a_friend(
    world: World, scales: Scales, endpoint: str, named: str
) -> None:
    """AB-1, PW-4 (CVE-2023-39522): same status, length, headers and cookies, after the same number of
    statements, units of work and hashes; the first time and the second."""
    if endpoint.endswith("a link") and named == "phone_number":
        return  # there is no such thing
    await configure(world, **PATIENT)
    await ASKED[endpoint](world, {named: "warm@up.example" if named == "email" else "+33666666666"})
    for round in ("first", "second"):
        seen = {
            name: await scales.weigh(ASKED[endpoint], who)
            for name, who in everybody()
            if named in who and not (round == "first" and SAME_PERSON & {name.split(" ", 1)[1]})
        }
        answers = {name: answer for name, (answer, _) in seen.items()}
        works = {name: work for name, (_, work) in seen.items()}
        first = next(iter(answers.values()))
        assert all(answer == first for answer in answers.values()), (round, answers)
        assert len({tuple(work.values()) for work in works.values()}) == 1, (round, works)
        assert works[f"{'e-mail' if named == 'email' else 'phone'} unknown"]["statements"] > 3


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("endpoint", ANSWERED)
async def test_a_wrong_answer_is_wrong_for_everybody(
    world: World, scales: Scales, endpoint: str, sent: bool
) -> None:
    """AB-1: whether a code was sent, whether anybody has the address: the same answer after the same work."""
    await configure(world, **PATIENT)
    await ANSWERED[endpoint](world, {"email": "warm@up.example"})
    seen = {}
    for name, who in everybody():
        if sent:
            for ask in (ask_for_a_code, forget_a_password, recover):
                assert (await ask(world, who)).status_code == 204
        seen[name] = await scales.weigh(ANSWERED[endpoint], who)
    answers = [answer for answer, _ in seen.values()]
    assert all(answer == answers[0] for answer in answers), seen
    assert answers[0]["status"] == 401
    assert len({tuple(work.values()) for _, work in seen.values()}) == 1, seen


@pytest.mark.parametrize("endpoint", ANSWERED)
async def test_nobodys_code_is_never_right(
    world: World, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    """AB-1: a code was made for the unknown address, too; who guesses it is nobody still."""
    monkeypatch.setattr(
        "ostiary.core.factors.one_time_code.digits", lambda entropy, length: "123456"
    )
    for who, right in (
        ({"email": EMAILS["unknown"]}, False),
        ({"email": EMAILS["unverified"]}, True),
    ):
        for ask in (ask_for_a_code, forget_a_password, recover):
            assert (await ask(world, who)).status_code == 204
        answer = await ANSWERED[endpoint](world, who)
        assert (answer.status_code in (200, 204)) is right
    assert len(await all_rows(world, "SELECT id FROM sessions")) == (
        endpoint == "passwordless/verify"
    )


async def test_nothing_is_sent_to_nobody(world: World) -> None:
    """AB-1: alike as the answers are, only who exists gets a message; and only at an address of their account."""
    await configure(world, **PATIENT)
    for _, who in everybody():
        for ask in (ask_for_a_code, forget_a_password, recover):
            assert (await ask(world, who)).status_code == 204
    await world.deliver()
    reached = {message.rendered.to for message in world.carrier.messages}
    strangers = {EMAILS["unknown"], EMAILS["unknown, elsewhere"], PHONES["unknown"]}
    assert not reached & strangers
    assert PHONES["a second factor"] not in reached
    assert reached >= {"ann@demo.localhost", "cleo@demo.localhost", FINN, OWNED_PHONE}
    users = await all_rows(world, "SELECT COUNT(*) AS n FROM users")
    assert users[0]["n"] == 6


@pytest.mark.parametrize("endpoint", ["passwordless/start", "forgot-password", "account-recovery"])
async def test_a_stranger_is_throttled_like_a_friend(world: World, endpoint: str) -> None:
    """AB-1: the limits count for nobody, too, and say the same."""
    ask = ASKED[endpoint]
    counts = {}
    for name in ("unknown", "no second factor", "unverified"):
        answers = [await ask(world, {"email": EMAILS[name]}) for _ in range(12)]
        counts[name] = [(a.status_code, a.headers.get("retry-after")) for a in answers]
    assert len({tuple(c) for c in counts.values()}) == 1, counts
    assert counts["unknown"][0][0] == 204
    assert counts["unknown"][-1][0] == 429


async def test_what_is_no_address_is_nobodys(world: World, scales: Scales) -> None:
    """AB-1: a login that names no possible address costs and says what a wrong password does."""
    await log_in(world, {"email": "warm@up.example"})
    known = await scales.weigh(log_in, {"email": EMAILS["a phone"]})
    for who in (
        {"email": "not an address"},
        {"email": "@"},
        {"email": "a@b@c"},
        {"email": "x" * 2000},
        {"email": "ann@demo.localhost\r\nbcc: x"},
        {"phone_number": "12"},
        {"phone_number": "+33899000000"},  # premium rate
        {"custom_identifier": "ann"},
        {"email": "ann@demo.localhost.evil.example"},
    ):
        assert await scales.weigh(log_in, who) == known, who


async def test_only_a_lock_tells(world: World, scales: Scales) -> None:
    """AB-6: an account that is locked says so, to a right password as to a wrong one; nobody's never locks."""
    for _ in range(12):
        stranger = await log_in(world, {"email": EMAILS["unknown"]})
        friend = await log_in(world, {"email": EMAILS["a phone"]})
    assert stranger.status_code == 401
    assert friend.status_code == 403
    right = await post(
        world,
        "/password/login",
        {"client_id": CLIENT, "email": EMAILS["a phone"], "password": PASSWORD},
    )
    assert told(right) == told(friend)
    _, locked = await scales.weigh(log_in, {"email": EMAILS["a phone"]})
    assert locked["hashes"] == 1


async def test_a_lock_does_not_keep_its_owner_from_getting_back_in(world: World) -> None:
    """AB-1, AB-4: forgotten passwords of a locked account are answered, and mailed, as ever."""
    for _ in range(10):
        await log_in(world, {"email": EMAILS["a phone"]})
    unknown = await forget_a_password(world, {"email": EMAILS["unknown"]})
    locked = await forget_a_password(world, {"email": EMAILS["a phone"]})
    assert told(unknown) == told(locked)
    body = {
        "client_id": CLIENT,
        "email": EMAILS["a phone"],
        "verification_code": await world.code(EMAILS["a phone"]),
        "password": "a brand-new horse with a staple",
    }
    assert (await post(world, "/update-password", body)).status_code == 204
    bob = Person(world, EMAILS["a phone"], body["password"])
    await bob.log_in()


async def test_passkeys_of_nobody_look_like_somebodys(world: World) -> None:
    """AB-2: an unknown address is offered a credential as one without a passkey is: the same each time, and
    no two the same."""
    offered = {}
    for name, who in everybody():
        once, again = [await ask_for_a_passkey(world, who) for _ in range(2)]
        first, second = once.json()["public_key"], again.json()["public_key"]
        assert once.status_code == 200
        assert first["challenge"] != second["challenge"]
        assert first["allow_credentials"] == second["allow_credentials"], name
        (credential,) = first["allow_credentials"]
        assert set(credential) == {"id", "type"}
        offered[name] = credential["id"]
        first.pop("challenge")
        first.pop("allow_credentials")
        assert first == {
            "rp_id": first["rp_id"],
            "timeout": 120_000,
            "user_verification": "preferred",
        }
    assert len(set(offered.values())) == len(offered) - len(SAME_PERSON)


async def by_password_grant(world: World, who: dict[str, str]) -> httpx2.Response:
    (username,) = who.values()
    body = {"client_id": CLIENT, "grant_type": "password", "username": username, "password": "no"}
    return await world.http.post("/oauth/token", json=body)


async def test_a_password_for_tokens_tells_a_stranger_no_more(world: World, scales: Scales) -> None:
    """AB-1, PW-4: the token endpoint, too, for a client that has this grant."""
    allowed = {"grants": ["authorization_code", "refresh_token", "password"]}
    assert (await world.admin().patch(f"/clients/{CLIENT}", json=allowed)).status_code == 200
    await by_password_grant(world, {"email": "nobody@demo.localhost"})  # reads the settings, too
    weighed = [(name, *await scales.weigh(by_password_grant, who)) for name, who in everybody()]
    _, said, cost = weighed[0]
    assert said["status"] == 401
    for name, also, costs in weighed:
        assert (also, costs) == (said, cost), name
