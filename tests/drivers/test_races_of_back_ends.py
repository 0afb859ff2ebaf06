"""What is good once is good once, also where an application has it proved (OTP-5, OTP-7)."""

from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.authenticator import Authenticator
from tests.drivers.arena import Answer, Arena, Shot, volley
from tests.wire.stytch.apps import STEP, code_of
from tests.wire.stytch.passkeys import DOMAIN, Browser
from tests.world import PROJECT, PROJECT_SECRET

MANY = 50


def shot(path: str, **body: Any) -> Shot:
    return Shot("POST", f"/v1{path}", body, back_end=True)


async def post(arena: Arena, path: str, **body: Any) -> httpx2.Response:
    auth = httpx2.BasicAuth(PROJECT, PROJECT_SECRET)
    return await arena.browser().post(f"/v1{path}", json=body, auth=auth)


async def ask(arena: Arena, path: str, **body: Any) -> Any:
    answer = await post(arena, path, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def granted(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.status == 200]


async def test_a_code_is_good_once(arena: Arena) -> None:
    """For one session of all that are begun with it."""
    email = f"{token_hex(8)}@demo.localhost"
    for _ in range(arena.rounds):
        sent = await ask(arena, "/otps/email/login_or_create", email=email)
        code = await arena.code(email)
        answers = await volley(
            arena,
            [
                shot(
                    "/otps/authenticate",
                    method_id=sent["email_id"],
                    code=code,
                    session_duration_minutes=5,
                )
            ]
            * MANY,
        )
        assert len(granted(answers)) == 1


async def secret(arena: Arena, to: str) -> str:
    """What the link of the newest message brings back."""
    return str(httpx2.URL(await arena.link(to)).params["token"])


async def test_a_link_is_good_once(arena: Arena) -> None:
    """ML-4: whoever sent it, for one session of all that are begun with it."""
    email = f"{token_hex(8)}@demo.localhost"
    for _ in range(arena.rounds):
        sent = await ask(arena, "/magic_links/email/login_or_create", email=email)
        made = await ask(arena, "/magic_links", user_id=sent["user_id"])
        for token in (await secret(arena, email), made["token"]):
            once = shot("/magic_links/authenticate", token=token, session_duration_minutes=5)
            assert len(granted(await volley(arena, [once] * MANY))) == 1


async def test_of_links_that_are_asked_for_at_once_one_is_good(arena: Arena) -> None:
    email = f"{token_hex(8)}@demo.localhost"
    await ask(arena, "/magic_links/email/login_or_create", email=email)
    for _ in range(arena.rounds):
        again = shot("/magic_links/email/send", email=email)
        assert len(granted(await volley(arena, [again] * 10))) == 10
        open_ones = (
            "SELECT count(*) AS n FROM transactions t JOIN contacts c ON c.id = t.about"
            " WHERE c.address = :email AND t.kind = 'magic_link' AND t.ended_at IS NULL"
        )
        async with arena.database.begin(reading=True) as sql:
            row = await sql.one(open_ones, email=email)
        assert row is not None
        assert row["n"] == 1


async def test_who_is_new_is_made_once(arena: Arena) -> None:
    """However many ask for a link or a code at once, they all ask for one user's."""
    for _ in range(arena.rounds):
        email = f"{token_hex(8)}@demo.localhost"
        answers = await volley(
            arena,
            [
                shot("/magic_links/email/login_or_create", email=email),
                shot("/otps/email/login_or_create", email=email),
            ]
            * 2,
        )
        assert len(granted(answers)) == 4
        assert len({answer.body["user_id"] for answer in answers}) == 1
        assert [answer.body["user_created"] for answer in answers].count(True) == 1


async def test_a_password_is_reset_once(arena: Arena) -> None:
    """Of many new passwords one holds, and nobody else is let in (REC-11)."""
    email = f"{token_hex(8)}@demo.localhost"
    await ask(arena, "/magic_links/email/login_or_create", email=email)
    await ask(arena, "/passwords/email/reset/start", email=email)
    token = await secret(arena, email)
    passwords = [f"a staple of battery horse {token_hex(4)}" for _ in range(MANY)]
    answers = await volley(
        arena,
        [
            shot(
                "/passwords/email/reset",
                token=token,
                password=password,
                session_duration_minutes=5,
            )
            for password in passwords
        ],
    )
    (won,) = [password for password, a in zip(passwords, answers, strict=True) if a.status == 200]
    await ask(arena, "/passwords/authenticate", email=email, password=won)


async def test_two_who_step_up_at_once(arena: Arena) -> None:
    """One of them has the session's new token; what they raised is one session."""
    email = f"{token_hex(8)}@demo.localhost"
    sent = await ask(arena, "/otps/email/login_or_create", email=email)
    session = await ask(
        arena,
        "/otps/authenticate",
        method_id=sent["email_id"],
        code=await arena.code(email),
        session_duration_minutes=60,
    )
    for _ in range(arena.rounds):
        token = session["session_token"]
        await ask(arena, "/otps/email/send", email=email, session_token=token)
        code = await arena.code(email)
        won = granted(
            await volley(
                arena,
                [
                    shot(
                        "/otps/authenticate",
                        method_id=sent["email_id"],
                        code=code,
                        session_token=token,
                    )
                ]
                * MANY,
            )
        )
        assert len(won) == 1
        session = won[0].body
        assert len(session["session"]["authentication_factors"]) == 1


class Owner(NamedTuple):
    """Of an authenticator app that is active, and of a session of one factor."""

    user: str
    secret: str
    recovery_codes: list[str]
    token: str


async def offered(arena: Arena) -> Owner:
    email = f"{token_hex(8)}@demo.localhost"
    sent = await ask(arena, "/otps/email/login_or_create", email=email)
    session = await ask(
        arena,
        "/otps/authenticate",
        method_id=sent["email_id"],
        code=await arena.code(email),
        session_duration_minutes=60,
    )
    made = await ask(arena, "/totps", user_id=sent["user_id"])
    return Owner(sent["user_id"], made["secret"], made["recovery_codes"], session["session_token"])


async def active(arena: Arena) -> Owner:
    """By the code of the step before, so that the present one is not used."""
    owner = await offered(arena)
    for _ in range(2):  # a step may end on the way
        before = code_of(owner.secret, arena.now() - STEP)
        answer = await post(arena, "/totps/authenticate", user_id=owner.user, totp_code=before)
        if answer.status_code == 200:
            break
    assert answer.status_code == 200, answer.text
    return owner


@pytest.mark.parametrize("begin", [offered, active])
@pytest.mark.parametrize("in_session", [True, False])
async def test_a_step_of_an_app_is_good_once(
    arena: Arena, begin: Callable[[Arena], Awaitable[Owner]], in_session: bool
) -> None:
    """TOTP-3: also the one that activates it."""
    for _ in range(arena.rounds):
        owner = await begin(arena)
        more = {"session_token": owner.token} if in_session else {}
        code = code_of(owner.secret, arena.now())
        proof = shot("/totps/authenticate", user_id=owner.user, totp_code=code, **more)
        won = granted(await volley(arena, [proof] * MANY))
        assert len(won) == 1
        factors = (won[0].body["session"] or {}).get("authentication_factors", [])
        assert [factor["type"] for factor in factors] == ["otp", "totp"] * in_session


async def test_a_recovery_code_is_good_once(arena: Arena) -> None:
    """REC-3: of two that are used at once, each."""
    for _ in range(arena.rounds):
        owner = await active(arena)
        first, second, *others = owner.recovery_codes
        answers = await volley(
            arena,
            [
                shot("/totps/recover", user_id=owner.user, recovery_code=code)
                for code in (first, second)
            ]
            * (MANY // 2),
        )
        assert len(granted(answers)) == 2
        listed = await ask(arena, "/totps/recovery_codes", user_id=owner.user)
        assert listed["totps"][0]["recovery_codes"] == others


async def test_one_app_comes_of_many_offers(arena: Arena) -> None:
    """The last offer is the one that counts."""
    owner = await offered(arena)
    answers = granted(await volley(arena, [shot("/totps", user_id=owner.user)] * MANY))
    assert len(answers) == MANY
    code = {a.body["totp_id"]: code_of(a.body["secret"], arena.now()) for a in answers}
    shown = await ask(arena, "/totps/recovery_codes", user_id=owner.user)
    [totp] = shown["totps"]
    await ask(arena, "/totps/authenticate", user_id=owner.user, totp_code=code[totp["totp_id"]])


async def test_a_passkeys_answer_is_good_once(arena: Arena) -> None:
    """WA-1: one is made of all that are sent at once, and begins one session of all that it is used for."""
    email = f"{token_hex(8)}@demo.localhost"
    sent = await ask(arena, "/otps/email/login_or_create", email=email)
    code = await arena.code(email)
    await ask(arena, "/otps/authenticate", method_id=sent["email_id"], code=code)
    user, browser = sent["user_id"], Browser(Authenticator(email))
    begun = await ask(arena, "/webauthn/register/start", user_id=user, domain=DOMAIN)
    made = browser.make(begun["public_key_credential_creation_options"])
    once = shot("/webauthn/register", user_id=user, public_key_credential=made)
    assert len(granted(await volley(arena, [once] * MANY))) == 1
    for _ in range(arena.rounds):
        asked = await ask(arena, "/webauthn/authenticate/start", domain=DOMAIN)
        given = browser.get(asked["public_key_credential_request_options"])
        once = shot(
            "/webauthn/authenticate", public_key_credential=given, session_duration_minutes=5
        )
        assert len(granted(await volley(arena, [once] * MANY))) == 1
