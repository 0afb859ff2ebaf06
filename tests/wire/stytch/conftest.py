"""A back end that speaks to the demo project."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from ostiary.wire.stytch.reference import by_status
from tests.world import World

EXPLAINED = by_status()
Ask: TypeAlias = Callable[..., Awaitable[Any]]


@pytest.fixture
def ask(world: World) -> Ask:
    return asker(world)


def asker(world: World) -> Ask:
    """`await ask("POST /otps/sms/send", {…})`: the answer's body, with its status among the rest."""
    back_end = world.back_end()

    async def asked(line: str, body: dict[str, Any] | None = None, **query: str) -> Any:
        method, path = line.split(" ")
        answer = await back_end.request(method, path, json=body, params=query)
        told = answer.json()
        assert told["status_code"] == answer.status_code
        assert told["request_id"].startswith("request-id-test-")
        if "error_type" in told:
            assert told["error_type"] in EXPLAINED[answer.status_code]
        return told

    return asked
