"""The project these tests attack, and what an attacker who has read the database would see."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import yaml
from joserfc import jws
from msgspec import json
from msgspec.structs import replace

from ostiary.core import projects
from ostiary.core.projects.model import Settings
from ostiary.dev import DEMO_PROJECT
from tests.world import AUTHORIZATION, Person, World

OTHER = "other-shop"  # public, like the demo shop, and not it
OTHER_CALLBACK = "https://other.demo.localhost/callback"
WEB = "web-app"  # confidential
WEB_CALLBACK = "https://web.demo.localhost/callback"
WEB_SECRET = "a secret of the web application"
RSA = "rsa-shop"  # public, signed for with RS256
BACKEND = ("backend", "backend-secret")
FINN = "finn@demo.localhost"  # has no password
ERIN = "erin@demo.localhost"  # has verified nothing
PHONE = "+33612345678"  # Bob's
NEW_PHONE = "+33611111111"
OWNED_PHONE = "+33622222222"  # of somebody who has no e-mail address


def project(settings: dict[str, Any] | None = None) -> str:
    """The demo project with three more clients and two more people, as YAML."""
    document = yaml.safe_load(DEMO_PROJECT.read_text(encoding="utf-8"))
    shop = document["clients"][0]
    document["clients"] += [
        {"client_id": OTHER, "redirect_uris": [OTHER_CALLBACK], "origins": []},
        {
            "client_id": WEB,
            "public": False,
            "client_secret": WEB_SECRET,
            "redirect_uris": [WEB_CALLBACK],
        },
        {**shop, "client_id": RSA, "id_token_signed_response_alg": "RS256"},
    ]
    password = document["users"][0]["password"]
    document["users"] += [
        {"email": ERIN, "password": password, "given_name": "Erin"},
        {"email": FINN, "email_verified": True},
        {"phone_number": OWNED_PHONE, "phone_number_verified": True, "password": password},
    ]
    if settings is not None:
        document["settings"] = settings
    return yaml.safe_dump(document)


async def configure(world: World, **settings: Any) -> None:
    """Change some settings while the server runs: `mfa={"require_at_login": "always"}`."""
    async with world.open_work() as work:
        present = await projects.current(work)
        merged: dict[str, Any] = msgspec.to_builtins(present.settings)
        for section, values in settings.items():
            merged[section] = {**merged[section], **values}
        wanted = msgspec.convert(merged, Settings)
        await projects.configure(work, replace(present, settings=wanted))


PATIENT = {
    "lockout": {"consecutive_failures": 100},
    "sends": {
        "per_step_up": 1000,
        "per_recipient_per_hour": 100_000,
        "per_recipient_per_day": 100_000,
    },
}


def claims(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.decode(jws.extract_compact(token.encode()).payload)
    return decoded


def header_of(token: str) -> dict[str, Any]:
    return dict(jws.extract_compact(token.encode()).headers())


async def all_rows(world: World, statement: str, **values: Any) -> list[dict[str, Any]]:
    async with world.open_work(reading=True) as work:
        return [dict(row) for row in await work.sql.all(statement, **values)]


async def run(world: World, statement: str, **values: Any) -> None:
    async with world.open_work() as work:
        await work.sql.run(statement, **values)


async def scalar(world: World, statement: str, **values: Any) -> Any:
    (row,) = await all_rows(world, statement, **values)
    (value,) = row.values()
    return value


async def events(world: World, event: str) -> list[dict[str, Any]]:
    """The journal's records of one kind, oldest first."""
    rows = await all_rows(world, "SELECT * FROM journal WHERE event = :event", event=event)
    return [{**row, **json.decode(row["data"])} for row in rows]


async def dump(world: World) -> dict[str, list[Any]]:
    """Every value of every table."""
    names = await all_rows(world, "SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {}
    for row in names:
        rows = await all_rows(world, f'SELECT * FROM "{row["name"]}"')
        tables[row["name"]] = [value for found in rows for value in found.values()]
    return tables


def flat(tables: dict[str, list[Any]]) -> bytes:
    """The dump as one blob, numbers as text."""
    values = (value for table in tables.values() for value in table if value is not None)
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for value in values
    )


def unkeyed(text: bytes) -> Iterator[bytes]:
    """Every spelling of every hash that needs no key."""
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"):
        digest = hashlib.new(name, text).digest()
        yield digest
        yield digest.hex().encode()
        yield b64encode(digest).rstrip(b"=")
        yield urlsafe_b64encode(digest).rstrip(b"=")


def wrong(code: str, by: int = 1) -> str:
    """Another code of the same length."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}d}"


def parameters(response: httpx2.Response) -> dict[str, str]:
    """What a redirect carries in its query."""
    assert response.status_code == 303, response.text
    return dict(httpx2.URL(response.headers["location"]).params)


def cookie_of(response: httpx2.Response) -> str | None:
    """The session cookie this response sets, if it sets one."""
    return response.cookies.get("__Host-Session")


async def log_in_by_email(person: Person) -> dict[str, Any]:
    """A code instead of a password: the tokens."""
    address = {"auth_type": "email", "email": person.email}
    started = await person.post("/passwordless/start", {**AUTHORIZATION, **address})
    assert started.status_code == 204, started.text
    code = await person.world.code(person.email)
    verified = await person.post("/passwordless/verify", {**address, "verification_code": code})
    assert verified.status_code == 200, verified.text
    person.tokens = (await person.exchange(verified.json()["code"])).json()
    return person.tokens
