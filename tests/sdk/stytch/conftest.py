"""The vendor's SDKs for back ends, unmodified, pointed at a running server."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import stytch
from stytch.core.response_base import StytchError

from tests.running import Server

PROJECT = "project-test-11111111-1111-4111-8111-111111111111"
SECRET = "secret-test-anything"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("stytch") / "data") as started:
        yield started


@pytest.fixture(autouse=True)
def _present(server: Server) -> None:
    """No SDK takes a token of the future, as they are where a test before moved the server's clock."""
    if server.now() > time.time() + 2:
        server.reset()


@pytest.fixture
def client(server: Server) -> stytch.Client:
    return stytch.Client(
        project_id=PROJECT, secret=SECRET, environment=server.http_url, suppress_warnings=True
    )


@pytest.fixture
def email() -> str:
    """Nobody's yet."""
    return f"person{next(_people)}@example.com"


@pytest.fixture
def phone() -> str:
    """Nobody's yet."""
    return f"+336{next(_people) + 12_000_000:08}"


_people = count(1)


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    """The status and the type of the error that this call ends in."""
    with pytest.raises(StytchError) as caught:
        call(**arguments)
    details = caught.value.details
    assert details.request_id.startswith("request-id-test-")
    return details.status_code, str(details.error_type)


def told_by_node(server: Server, conversation: str, **given: Any) -> Any:
    """What the Node SDK saw in one of the conversations kept beside this file."""
    given = {
        "project_id": PROJECT,
        "secret": SECRET,
        "url": f"{server.http_url}/",
        "inbox": f"{server.management_url}/dev/inbox.json",
        "password": PASSWORD,
    } | given
    script = Path(__file__).parent / "node" / f"{conversation}.mjs"
    done = subprocess.run(
        ["node", str(script), json.dumps(given)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{conversation}:\n{done.stderr}\n{server.log()}"
    return json.loads(done.stdout)
