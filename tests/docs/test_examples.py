"""What the pages show can be used as it is printed: files are read, requests are sent, programs compile.

Those of docs/step-up.md and docs/mfa-with-stytch-sdk.md are run, in `tests/sdk/`.
"""

import json
import shlex
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from scripts.generated import ROOT
from tests.conftest import MakeWorld
from tests.docs.test_docs import PAGES, blocks
from tests.world import PROJECT, World, demo_configuration

BLOCKS = [
    pytest.param(language, code, id=f"{page.relative_to(ROOT)}, {language} {number}")
    for page in PAGES
    for language in ("json", "yaml", "python", "js")
    for number, code in enumerate(blocks(page, language))
]
COMMANDS = [
    line
    for page in PAGES
    for code in blocks(page, "sh")
    for line in code.replace("\\\n", "").splitlines()
]
AROUND = f"""\
project: {{project_id: {PROJECT}}}
clients: [{{client_id: shop, public: true, redirect_uris: ["https://shop.example.com/callback"]}}]
"""
REQUESTS = [line for line in COMMANDS if line.startswith("curl ")]


@pytest.mark.parametrize(("language", "code"), BLOCKS)
def test_it_is_what_it_says_it_is(language: str, code: str, tmp_path: Path) -> None:
    match language:
        case "json":
            assert isinstance(json.loads(code), dict)
        case "yaml":
            assert demo_configuration(f"{AROUND}{code}").templates
        case "python":
            compile(code, "page", "exec")
        case _:
            module = tmp_path / "page.mjs"
            module.write_text(code, encoding="utf-8")
            subprocess.run(["node", "--check", str(module)], check=True, timeout=30)


def test_a_line_for_python_compiles() -> None:
    lines = [shlex.split(line) for line in COMMANDS if line.startswith("python3 -c")]
    assert lines
    for words in lines:
        compile(words[2], "line", "exec")


@pytest.mark.parametrize("line", REQUESTS)
async def test_a_request_succeeds(line: str, make_world: MakeWorld) -> None:
    """As curl would send it, to the built-in demo project."""
    assert (await sent(line, await make_world())).status_code == 200


async def sent(line: str, world: World) -> httpx2.Response:
    words = iter(shlex.split(line)[1:])
    url, method, body, headers, user = "", "GET", None, {}, None
    for word in words:
        match word:
            case "-s":
                continue
            case "-X":
                method = next(words)
            case "-d":
                body, method = next(words), "POST" if method == "GET" else method
            case "-u":
                name, _, secret = next(words).partition(":")
                user = (name, secret)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name.lower()] = value
            case _:
                url = word
    if body is not None:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
    path = urlsplit(url if "://" in url else f"http://{url}").path
    return await world.http.request(method, path, content=body, headers=headers, auth=user)


async def test_a_refused_setting_is_told_as_printed(make_world: MakeWorld) -> None:
    [printed] = blocks(ROOT / "docs" / "admin-api.md", "json")
    world = await make_world()
    answer = await world.admin().patch("/settings", json={"mfa": {"facors": {}}})
    assert answer.json() == json.loads(printed)
