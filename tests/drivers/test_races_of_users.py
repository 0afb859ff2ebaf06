"""Who is made once is made once; what may not be empty is not emptied; and no change is lost."""

import hashlib
from secrets import token_hex
from typing import Any

from tests.drivers.arena import Arena, Shot, volley
from tests.drivers.test_races_of_back_ends import ask, granted, post, shot

MANY = 30
STRONG = "a staple of battery horse"


def somebody() -> str:
    return f"{token_hex(8)}@demo.localhost"


def change(method: str, path: str, **body: Any) -> Shot:
    return Shot(method, f"/v1{path}", body, back_end=True)


async def test_one_user_for_one_address_and_one_external_id(arena: Arena) -> None:
    for _ in range(arena.rounds):
        email = somebody()
        same_address = [shot("/users", email=email)] * MANY
        made = [a for a in await volley(arena, same_address) if a.status == 201]
        assert len(made) == 1
        own = token_hex(8)
        same_id = [shot("/users", email=somebody(), external_id=own) for _ in range(MANY)]
        answers = await volley(arena, same_id)
        assert sorted(a.status for a in answers) == [201] + [400] * (MANY - 1)
        refused = {a.body["error_type"] for a in answers if a.status == 400}
        assert refused == {"duplicate_user_external_id"}


async def test_no_change_is_lost(arena: Arena) -> None:
    for _ in range(arena.rounds):
        id = (await post(arena, "/users", email=somebody())).json()["user_id"]
        changes = [
            change("PUT", f"/users/{id}", trusted_metadata={f"k{number}": number})
            for number in range(15)
        ]
        assert len(granted(await volley(arena, changes))) == 15
        after = await volley(arena, [change("PUT", f"/users/{id}")])
        assert len(after[0].body["user"]["trusted_metadata"]) == 15


async def test_somebody_keeps_an_address(arena: Arena) -> None:
    """Of the last two, one goes."""
    for _ in range(arena.rounds):
        phone = f"+3361{int(token_hex(4), 16) % 10**7:07}"
        made = (await post(arena, "/users", email=somebody(), phone_number=phone)).json()
        both = [
            change("DELETE", f"/users/emails/{made['email_id']}"),
            change("DELETE", f"/users/phone_numbers/{made['phone_id']}"),
        ]
        answers = await volley(arena, both * (MANY // 2))
        assert len(granted(answers)) == 1
        assert {a.status for a in answers} == {200, 400, 404}


async def test_a_password_is_replaced_once_by_who_knows_it(arena: Arena) -> None:
    email = somebody()
    await ask(arena, "/passwords", email=email, password=STRONG)
    others = [f"{STRONG} {token_hex(4)}" for _ in range(6)]
    answers = await volley(
        arena,
        [
            shot(
                "/passwords/existing_password/reset",
                email=email,
                existing_password=STRONG,
                new_password=other,
            )
            for other in others
        ],
    )
    (won,) = [other for other, a in zip(others, answers, strict=True) if a.status == 200]
    await ask(arena, "/passwords/authenticate", email=email, password=won)


async def test_a_hash_is_brought_along_once(arena: Arena) -> None:
    for known in (True, False):
        email = somebody()
        if known:
            await post(arena, "/users", email=email)
        olds = [f"{STRONG} {number}" for number in range(MANY)]
        answers = await volley(
            arena,
            [
                shot(
                    "/passwords/migrate",
                    email=email,
                    hash_type="sha_1",
                    hash=hashlib.sha1(old.encode()).hexdigest(),
                )
                for old in olds
            ],
        )
        (won,) = [old for old, a in zip(olds, answers, strict=True) if a.status == 200]
        await ask(arena, "/passwords/authenticate", email=email, password=won)
