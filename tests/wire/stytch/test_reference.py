"""Where `error_url` leads: a page of this server, which tells what every error means."""

import pytest

from ostiary.wire.stytch.reference import by_status
from tests.wire.stytch.conftest import Ask
from tests.world import World


async def test_an_error_says_where_it_is_explained(world: World, ask: Ask) -> None:
    """GET /docs/reference/stytch-errors/{status}: nobody is asked for a secret."""
    said = await ask("POST /otps/sms/send", {"phone_number": "+33600000000"})
    address, _, anchor = said["error_url"].partition("#")
    assert address.startswith("https://id.demo.localhost:8443/docs/")
    page = await world.http.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert anchor == said["error_type"] == "phone_number_not_found"
    assert f'id="{anchor}"' in page.text
    assert said["error_message"] in page.text


@pytest.mark.parametrize("status", [str(status) for status in by_status()])
async def test_every_status_has_its_page(world: World, status: str) -> None:
    page = await world.http.get(f"/docs/reference/stytch-errors/{status}")
    assert page.status_code == 200
    for error_type in by_status()[int(status)]:
        assert page.text.count(f'id="{error_type}"') == 1


@pytest.mark.parametrize("status", ["200", "0404", "nonsense", "404/"])
async def test_another_status_has_none(world: World, status: str) -> None:
    answer = await world.http.get(f"/docs/reference/stytch-errors/{status}")
    assert (answer.status_code, answer.json()["error_type"]) == (404, "route_not_found")


async def test_a_page_is_read_and_nothing_else(world: World) -> None:
    answer = await world.http.post("/docs/reference/stytch-errors/404", json={})
    assert (answer.status_code, answer.json()["error_type"]) == (405, "method_not_allowed")
