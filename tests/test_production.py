"""`ostiary serve` refuses what is only good for development, in one line that says what to do."""

import os
import secrets
import subprocess
from pathlib import Path

import httpx2
import pytest

from ostiary import app, production
from ostiary.drivers.folder import Folder
from tests.ports import free_port
from tests.running import OSTIARY
from tests.world import ISSUER, PROJECT, PROJECT_SECRET, deployment_at

KEY = secrets.token_urlsafe(32)
FINE = {
    "OSTIARY_PUBLIC_URL": "https://id.example.com",
    "OSTIARY_MASTER_KEY": KEY,
    "OSTIARY_SMTP__HOST": "127.0.0.1",
    "OSTIARY_SMS__URL": "http://127.0.0.1:9/",
}


def bare() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("OSTIARY_")}


def serve(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    database = {"OSTIARY_DATABASE_URL": f"sqlite:///{folder / 'x.sqlite3'}"}
    return subprocess.run(
        [OSTIARY, "serve"],
        env=bare() | database | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"OSTIARY_PUBLIC_URL": "http://id.example.com"}, "OSTIARY_PUBLIC_URL"),
        ({"OSTIARY_MASTER_KEY": "short"}, "OSTIARY_MASTER_KEY"),
        ({"OSTIARY_ADMIN_TOKEN": "dev-admin-token"}, "OSTIARY_ADMIN_TOKEN"),
        ({"OSTIARY_SMTP__HOTS": "x"}, "OSTIARY_SMTP__HOTS"),
        ({"OSTIARY_GEOIP_FILE": "/nowhere/countries.mmdb"}, "OSTIARY_GEOIP_FILE"),
        ({"OSTIARY_TRUSTED_PROXIES": "everyone"}, "OSTIARY_TRUSTED_PROXIES"),
    ],
)
def test_a_wrong_environment_is_named(tmp_path: Path, wrong: dict[str, str], named: str) -> None:
    """OPS-3: no default secret, no plain public address."""
    done = serve(tmp_path, FINE | wrong)
    assert done.returncode == 2
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert KEY not in done.stderr


@pytest.mark.parametrize("option", ["--data", "--database"])
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_the_command_line_names_the_database(tmp_path: Path, command: str, option: str) -> None:
    """It goes before the environment; a folder's own key is taken where no other is set."""
    folder = Folder(tmp_path / "data")
    folder.make()
    url = f"sqlite:///{folder.path / 'ostiary.sqlite3'}"
    environment = {**bare(), **FINE}
    if option == "--data":
        del environment["OSTIARY_MASTER_KEY"]
        folder.master_key()
        words = [option, str(folder.path)]
    else:
        environment["OSTIARY_DATABASE_URL"] = "sqlite:////nowhere/x.sqlite3"
        words = [option, url]
    subprocess.run([OSTIARY, "migrate", "--database", url], env=environment, check=True)
    listeners = (
        ["--port", str(free_port()), "--management-port", str(free_port())]
        if command == "serve"
        else []
    )
    with subprocess.Popen(
        [OSTIARY, command, *words, *listeners],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.terminate()
        assert running.wait(timeout=30) == 0


async def test_a_code_that_no_carrier_can_bring_is_refused(tmp_path: Path) -> None:
    """SND-10: by WhatsApp, for which there is none; whoever asked is told to ask again, another way."""
    described = deployment_at(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    await app.prepare(described)
    async with app.run(described, carriers=production.carriers(FINE)) as running:
        back_end = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(running.identity),
            base_url=ISSUER,
            auth=(PROJECT, PROJECT_SECRET),
        )
        async with back_end:
            body = {"phone_number": "+33644600003"}
            answer = await back_end.post("/v1/otps/whatsapp/login_or_create", json=body)
    assert (answer.status_code, answer.json()["error_type"]) == (503, "server_unavailable")
