"""Somebody is always left who can come in, however many are removed at the same moment."""

import asyncio

import pytest

from ostiary.core.operators import store
from ostiary.core.operators.model import Administrator
from tests.conftest import MakeWorld

MANY = 8


@pytest.mark.parametrize("round", range(3))
async def test_the_last_administrator_stays(make_world: MakeWorld, round: int) -> None:
    world = await make_world()
    async with world.open_work() as work:
        ids = [work.new_id() for _ in range(MANY)]
        for id in ids:
            one = Administrator(
                id=id,
                email=f"{id}@example.com",
                password=b"hash",
                sealed=b"sealed",
                last_step=0,
                created_at=work.now,
            )
            await store.add(work, one)
    api = world.admin()
    answers = await asyncio.gather(*(api.delete(f"/administrators/{id}") for id in ids))
    assert sorted(answer.status_code for answer in answers) == [204] * (MANY - 1) + [409]
    assert len((await api.get("/administrators")).json()["items"]) == 1
