"""`ostiary serve` refuses what is only good for development, in one line that says what to do."""

import os
import secrets
import subprocess
from pathlib import Path

import pytest

from tests.running import OSTIARY

KEY = secrets.token_urlsafe(32)
FINE = {
    "OSTIARY_PUBLIC_URL": "https://id.example.com",
    "OSTIARY_MASTER_KEY": KEY,
    "OSTIARY_SMTP__HOST": "127.0.0.1",
    "OSTIARY_SMS__URL": "http://127.0.0.1:9/",
}


def serve(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("OSTIARY_")}
    database = {"OSTIARY_DATABASE_URL": f"sqlite:///{folder / 'x.sqlite3'}"}
    return subprocess.run(
        [OSTIARY, "serve"],
        env=surroundings | database | environment,
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
