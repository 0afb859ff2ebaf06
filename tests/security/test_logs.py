"""No code, token, cookie, password or full phone number in anything that is kept or shown (OTP-13)."""

import contextlib
import io
import json
import logging
import re
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from ostiary.core import messages
from ostiary.core.login.model import PasswordLogin
from ostiary.drivers.outbox import Outbox
from ostiary.drivers.telemetry import configure_logs
from ostiary.terms.contact import Channel
from ostiary.terms.ids import ClientId
from ostiary.terms.secret import MasterKeys, Secret, Token
from ostiary.wire.reachfive.routes import ENDPOINTS
from tests.conftest import MakeWorld
from tests.running import Server
from tests.security.lab import (
    BACKEND,
    ERIN,
    NEW_PHONE,
    PATIENT,
    PHONE,
    WEB_SECRET,
    all_rows,
    project,
    wrong,
)
from tests.world import AUTHORIZATION, CALLBACK, CLIENT, COOKIE, Person, World

V1 = "/identity/v1"
TYPED = "a password typed by mistake, 8731"
NEW = "a brand-new horse with a staple, 5521"
SECRET_FIELDS = {
    "tkn",
    "token",
    "step_up",
    "challenge_id",
    "code",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "verification_code",
    "password",
    "old_password",
    "client_secret",
    "phone_number",
    "r5_request_token",
    "session_token",
    "session_jwt",
}


class Ears:
    """Hears every secret that goes over the wire, and keeps every error that is told."""

    def __init__(self) -> None:
        self.secrets: set[str] = {BACKEND[1], WEB_SECRET, PHONE, NEW_PHONE}
        self.told: list[str] = []
        self.statuses: list[int] = []

    async def hear(self, response: httpx2.Response) -> None:
        await response.aread()
        request = response.request
        for text in (request.content, response.content):
            self._of_json(text)
        for url in (str(request.url), response.headers.get("location", "")):
            for name, value in httpx2.URL(url).params.items():
                self._of_field(name, value)
        for cookie in (COOKIE, "__Host-trusted-device-id"):
            self._of_field("token", response.cookies.get(cookie) or "")
        self.statuses.append(response.status_code)
        if response.status_code >= 400:
            self.told.append(f"{response.headers}\n{response.text}")

    def _of_json(self, text: bytes) -> None:
        with contextlib.suppress(ValueError):
            self._of_value(json.loads(text))

    def _of_value(self, value: Any) -> None:
        if isinstance(value, dict):
            for name, member in value.items():
                self._of_field(name, member)
                self._of_value(member)

    def _of_field(self, name: str, value: Any) -> None:
        if name in SECRET_FIELDS and isinstance(value, str) and len(value) >= 8:
            self.secrets.add(value)

    def spelled(self) -> Iterator[str]:
        """Every secret, and what would do instead of it."""
        for secret in self.secrets:
            yield secret
            if secret.startswith("+"):
                yield secret[1:]  # without its plus
                yield secret[3:]  # as it is dialled at home
            if secret.count(".") == 2:
                yield secret.rpartition(".")[2]  # a signature


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """Codes of ten digits, so that none is found by accident."""
    settings = {**PATIENT, "codes": {"length": 10}}
    return await make_world(project(settings), "long codes, patient")


@pytest.fixture
def ears(world: World, monkeypatch: pytest.MonkeyPatch) -> Ears:
    listening = Ears()

    def heard(make: Callable[[], httpx2.AsyncClient]) -> Callable[[], httpx2.AsyncClient]:
        def making() -> httpx2.AsyncClient:
            made = make()
            made.event_hooks = {"response": [listening.hear]}
            return made

        return making

    monkeypatch.setattr(world, "browser", heard(world.browser))
    monkeypatch.setattr(world, "back_end", heard(world.back_end))
    return listening


class Sinks:
    """Whatever could keep a secret: logs of ours and of others, what is printed, the journal, the metrics."""

    def __init__(
        self,
        world: World,
        capsys: pytest.CaptureFixture[str],
        logged: io.StringIO,
        handler: "_Kept",
    ) -> None:
        self.world, self.capsys, self.logged, self.handler = world, capsys, logged, handler

    async def read(self) -> dict[str, str]:
        printed = self.capsys.readouterr()
        journal = await all_rows(self.world, "SELECT * FROM journal ORDER BY id")
        metrics = await self.world.management.get("/metrics")
        return {
            "standard output": printed.out,
            "standard error": printed.err + self.logged.getvalue(),
            "libraries' logs": "\n".join(self.handler.lines),
            "journal": "\n".join(
                str(value.decode() if isinstance(value, bytes) else value)
                for row in journal
                for value in row.values()
            ),
            "metrics": metrics.text,
        }


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("httpx", "httpcore")):  # the test's own client
            self.lines.append(self.format(record))


@pytest.fixture(params=["for a person", "for a machine"])
def sinks(
    world: World, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[Sinks]:
    """Logging as it is set up in dev mode, and in production; everything at DEBUG."""
    handler = _Kept()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logged = io.StringIO()
    with contextlib.redirect_stderr(logged):
        configure_logs(readable=request.param == "for a person")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    yield Sinks(world, capsys, logged, handler)
    structlog.reset_defaults()
    root.removeHandler(handler)
    root.setLevel(level)


async def a_whole_day(world: World) -> AsyncGenerator[str, None]:
    """Every flow there is, with its mistakes. Yields after each: one that breaks does not end the day."""
    ann, bob, erin = (
        Person(world, email) for email in ("ann@demo.localhost", "bob@demo.localhost", ERIN)
    )
    await ann.post(
        "/signup", {"client_id": CLIENT, "data": {"email": "n@x.example", "password": NEW}}
    )
    await ann.post("/signup", {"client_id": CLIENT, "data": {"email": ann.email, "password": NEW}})
    yield "sign up"
    body = {"client_id": CLIENT, "email": ann.email, "password": TYPED}
    await ann.post("/password/login", body)
    await ann.post("/password/login", {**body, "email": TYPED})
    yield "log in wrongly"
    await ann.log_in()
    yield "log in"
    await ann.exchange("A" * 64, code_verifier=TYPED)
    await ann.http.post(
        "/oauth/introspect", json={"token": ann.tokens["access_token"]}, auth=BACKEND
    )
    await ann.http.post("/oauth/introspect", json={"token": "x"}, auth=(BACKEND[0], TYPED))
    yield "introspect"
    refresh = {
        "client_id": CLIENT,
        "grant_type": "refresh_token",
        "refresh_token": ann.tokens["refresh_token"],
    }
    await ann.http.post("/oauth/token", json=refresh)
    await ann.http.post("/oauth/token", data=refresh)
    yield "refresh, and again"
    await ann.log_in()
    await ann.post(
        "/mfa/credentials/phone-numbers", {"phone_number": NEW_PHONE}, headers=ann.bearer
    )
    code = await world.code(NEW_PHONE)
    for answer in (wrong(code), code, code):
        await ann.post(
            "/mfa/credentials/phone-numbers/verify",
            {"verification_code": answer},
            headers=ann.bearer,
        )
    yield "enrol"
    await bob.log_in()
    challenge = await bob.challenge(await bob.step_up_token(tkn=await bob.tkn()))
    code = await world.code(PHONE)
    for answer in (wrong(code), code, code):
        await bob.post(
            "/passwordless/verify",
            {"challenge_id": challenge, "verification_code": answer, "trust_device": True},
        )
    yield "step up"
    await bob.step_up()
    await bob.post("/mfa/credentials/emails", {}, headers=bob.bearer)
    await bob.http.request(
        "DELETE",
        f"{V1}/mfa/credentials/phone-numbers",
        json={"phone_number": PHONE},
        headers=bob.bearer,
    )
    yield "remove a factor"
    link = {"auth_type": "magic_link", "email": ann.email}
    await ann.post("/passwordless/start", {**AUTHORIZATION, **link})
    where = (await world.message(ann.email)).link
    assert where is not None
    await ann.http.get(httpx2.URL(where).path)
    await ann.http.post(httpx2.URL(where).path)
    await ann.http.post(httpx2.URL(where).path)
    yield "log in by link"
    await ann.post(
        "/forgot-password", {"client_id": CLIENT, "email": ann.email, "redirect_url": CALLBACK}
    )
    code = await world.code(ann.email)
    for answer in (wrong(code), code, code):
        await ann.post(
            "/update-password", {"email": ann.email, "verification_code": answer, "password": NEW}
        )
    yield "forget a password"
    await erin.log_in()
    await erin.post("/update-phone-number", {"phone_number": "+33677777777"}, headers=erin.bearer)
    await erin.post(
        "/verify-phone-number",
        {"phone_number": "+33677777777", "verification_code": await world.code("+33677777777")},
        headers=erin.bearer,
    )
    await erin.post(
        "/update-password",
        {"client_id": CLIENT, "old_password": TYPED, "password": NEW},
        headers=erin.bearer,
    )
    yield "change things"
    await a_back_end(world, ann.email)
    yield "a back end"
    await erin.http.post(
        "/oauth/revoke", json={"client_id": CLIENT, "token": erin.tokens["refresh_token"]}
    )
    await erin.http.get(
        f"{V1}/logout", params={"redirect_to": f"https://evil.example/?tkn={TYPED}"}
    )
    yield "log out"


async def a_back_end(world: World, email: str) -> None:
    """Links, a reset and a code, each used and used again."""
    back_end = world.back_end()
    session: dict[str, str] = {}
    for start, path, more in (
        ("/magic_links/email/send", "/magic_links/authenticate", {}),
        ("/passwords/email/reset/start", "/passwords/email/reset", {"password": NEW}),
    ):
        await back_end.post(start, json={"email": email})
        link = httpx2.URL(str((await world.message(email)).link))
        used = {"token": link.params["token"], "session_duration_minutes": 60, **more}
        answer = await back_end.post(path, json={**used, **session})
        session = {"session_token": answer.json()["session_token"]}
        await back_end.post(path, json={**used, **session})
    wrong_password = {"email": email, "password": TYPED, **session}
    await back_end.post("/passwords/authenticate", json=wrong_password)


async def live_through(world: World, ears: Ears) -> list[str]:
    """What was reached; a broken part of the server breaks steps, not the test."""
    reached = []
    day = a_whole_day(world)
    with contextlib.suppress(AssertionError, KeyError, StopAsyncIteration):
        while True:
            reached.append(await anext(day))
    await day.aclose()
    for message in world.carrier.messages:
        ears.secrets |= {secret for secret in (message.code, message.link) if secret}
        if message.link:
            ears.secrets.add(message.link.rpartition("/")[2])
    return reached


def clean(sinks: dict[str, str], ears: Ears) -> None:
    sinks["errors told"] = "\n".join(ears.told)
    assert len(ears.secrets) > 10
    for secret in ears.spelled():
        for name, text in sinks.items():
            assert secret not in text, f"{name}: {secret[:12]}…"


async def test_a_whole_day_leaves_no_secret_behind(world: World, ears: Ears, sinks: Sinks) -> None:
    """OTP-13: every flow with its mistakes and replays."""
    reached = await live_through(world, ears)
    assert reached[-1] == "log out", reached
    codes = [message.code for message in world.carrier.messages if message.code]
    assert len(codes) >= 6
    assert set(codes) <= ears.secrets
    heard = await sinks.read()
    assert len(heard["journal"]) > 5000
    assert 'route="/oauth/token"' in heard["metrics"]
    clean(heard, ears)


BREAKS = {  # what, and how often it still works: until there is something to lose
    "signing a token": ("ostiary.core.tokens.rules.sign", 4),
    "comparing a code": ("ostiary.core.keys.rules.matches", 4),
    "sealing a message": ("ostiary.core.keys.rules.seal", 4),
    "hashing a password": ("ostiary.core.factors.password.normalised", 5),
    "writing the journal": ("ostiary.core.journal.record", 40),
    "keeping a challenge": ("ostiary.core.challenges.store.add", 3),
    "keeping a session": ("ostiary.core.sessions.store.add", 3),
    "spelling a token": ("ostiary.terms.secret.urlsafe_b64encode", 60),
    "finding a user": ("ostiary.core.users.by_contact", 4),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_what_breaks_is_logged_without_what_it_was_working_on(
    world: World, ears: Ears, sinks: Sinks, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """OTP-13 for crashes: the log has the whole traceback and none of the values in it."""
    target, spared = BREAKS[broken]
    module, _, name = target.rpartition(".")
    real: Callable[..., Any] = getattr(sys.modules[module], name)
    calls = count()

    def bug(*arguments: Any, **named: Any) -> Any:
        if next(calls) < spared:
            return real(*arguments, **named)
        raise RuntimeError("a bug, planted by a test")

    monkeypatch.setattr(target, bug)
    await live_through(world, ears)
    monkeypatch.undo()
    assert 500 in ears.statuses
    heard = await sinks.read()
    assert "a bug, planted by a test" in heard["standard error"]
    assert "Traceback" in heard["standard error"]
    clean(heard, ears)
    assert not any("planted" in told or "Traceback" in told for told in ears.told)


async def test_a_message_that_fails_is_logged_without_its_contents(
    world: World, ears: Ears, sinks: Sinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTP-13 for the outbox: a carrier that is away, and one that breaks while it holds the message."""
    bob = Person(world, "bob@demo.localhost")
    await bob.log_in()
    await bob.challenge(await bob.step_up_token())
    outbox = Outbox(dict.fromkeys(Channel, world.carrier))
    world.carrier.out_of_order = True
    for _ in range(7):
        for ready in await messages.claim(world.open_work):
            assert ready.message.code is not None
            ears.secrets |= {ready.message.code, ready.message.rendered.text}
            await outbox._deliver(world.open_work, ready)
        world.clock.advance(3600)
    assert len(ears.secrets) > 5
    heard = await sinks.read()
    assert "message.given_up" in heard["journal"]
    clean(heard, ears)


@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if e.body is not None], ids=lambda e: e.path
)
async def test_an_error_repeats_nothing_that_was_sent(world: World, endpoint: Any) -> None:
    """OTP-13 for error bodies: a secret in the wrong place, or of the wrong type, is not read back."""
    canary = "canary-9137755501-canary"
    names = SECRET_FIELDS | {"client_id", "email", "auth_type", "grant_type"}
    if hasattr(endpoint.body, "__struct_fields__"):
        names |= set(endpoint.body.__struct_fields__)
    for name in sorted(names):
        for value in (canary, [canary], {canary: canary}, canary * 1000):
            answer = await world.http.request(
                endpoint.method,
                endpoint.path.replace("{id}", "x"),
                json={"client_id": CLIENT, name: value},
                headers={"authorization": f"Bearer {canary}", "cookie": f"{COOKIE}={canary}"},
            )
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert canary not in answer.text, name
                assert canary not in str(answer.headers)


def test_what_is_secret_does_not_print() -> None:
    """OTP-13: in a log line, a traceback's locals, an f-string, a container."""
    token = Token("00000000-0000-7000-8000-000000000000", bytes(range(32)))
    login = PasswordLogin(
        client_id=ClientId("x"), channel=Channel.EMAIL, address="a@x", password=Secret(TYPED)
    )
    for text in (
        repr(login),
        f"{login}",
        str(Secret(TYPED)),
        repr([Secret(TYPED)]),
        f"{Secret(TYPED)!r}",
    ):
        assert TYPED not in text
    assert str(token)[-20:] not in repr(token)
    assert bytes(range(32)).hex() not in repr(token)
    assert repr(b"k" * 32) not in repr(MasterKeys(b"k" * 32))


def test_a_real_server_says_nothing_secret(tmp_path: Path) -> None:
    """OTP-13 for a process as it is started: standard output, standard error, metrics; with a carrier out of
    order, and a database that loses a table under it, so that requests end in 500."""
    data = tmp_path / "data"
    with Server(data) as server:
        secrets: set[str] = set()
        with contextlib.nullcontext(server.client()) as browser:
            login = browser.post(
                f"{V1}/password/login",
                json={
                    "client_id": CLIENT,
                    "email": "bob@demo.localhost",
                    "password": "correct horse battery staple",
                },
            ).json()
            redirect = f"{server.shop_url}/callback"
            asked = {**AUTHORIZATION, "redirect_uri": redirect}
            answered = browser.get("/oauth/authorize", params={**asked, "tkn": login["tkn"]})
            cookie = browser.cookies.get(COOKIE)
            begun = browser.post(f"{V1}/mfa/stepup", json=asked).json()
            started = browser.post(
                f"{V1}/passwordless/start", json={"auth_type": "sms", "step_up": begun["token"]}
            ).json()
            code = server.code(to=PHONE)
            server.dev.post("/dev/carriers/sms", json={"mode": "fail"})
            browser.post(
                f"{V1}/passwordless/start", json={"auth_type": "sms", "step_up": begun["token"]}
            )
            secrets |= {
                login["tkn"],
                begun["token"],
                started["challenge_id"],
                code,
                str(cookie),
                httpx2.URL(answered.headers["location"]).params["code"],
                PHONE,
                TYPED,
            }
            with contextlib.closing(
                sqlite3.connect(next(data.glob("ostiary*.sqlite3")))
            ) as database:
                database.execute("DROP TABLE grants")
                database.execute("DROP TABLE challenges")
            failed = [
                browser.get("/oauth/authorize", params=asked),
                browser.post(
                    f"{V1}/passwordless/start",
                    json={"auth_type": "sms", "step_up": begun["token"]},
                ),
                browser.post(
                    f"{V1}/passwordless/verify",
                    json={"challenge_id": started["challenge_id"], "verification_code": code},
                ),
                browser.post(
                    "/oauth/token",
                    json={
                        "client_id": CLIENT,
                        "grant_type": "authorization_code",
                        "code": httpx2.URL(answered.headers["location"]).params["code"],
                        "code_verifier": TYPED,
                        "redirect_uri": redirect,
                    },
                ),
            ]
            assert {answer.status_code for answer in failed} == {500}
            metrics = server.dev.get("/metrics").text
        logged = data.with_suffix(".log").read_text(encoding="utf-8")
        printed = "\n".join(server.printed)
    assert logged.count("Traceback") >= 4
    told = "\n".join(f"{answer.headers}{answer.text}" for answer in failed)
    assert "server_error" in told
    for secret in secrets:
        for text in (logged, printed, metrics, told):
            assert secret not in text
    # a number by itself: not the middle of a measurement
    assert not re.search(r"(?<![\d.])\+?33\d{9}(?!\d)", logged + metrics)
    assert sys.executable not in told
