"""What is good once is good once, also where an application has it proved (OTP-5, OTP-7)."""

from secrets import token_hex
from typing import Any

import httpx2

from tests.drivers.arena import Answer, Arena, Shot, volley
from tests.world import PROJECT, PROJECT_SECRET

MANY = 50


def shot(path: str, **body: Any) -> Shot:
    return Shot("POST", f"/v1{path}", body, back_end=True)


async def ask(arena: Arena, path: str, **body: Any) -> Any:
    auth = httpx2.BasicAuth(PROJECT, PROJECT_SECRET)
    answer = await arena.browser().post(f"/v1{path}", json=body, auth=auth)
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
