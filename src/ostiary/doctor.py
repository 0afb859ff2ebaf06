"""What is wrong with a deployment, and what to do about it."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from ostiary import app, migrations
from ostiary.core import clients, clock, keys, projects
from ostiary.core.clients.model import GrantType
from ostiary.core.keys.model import Stage
from ostiary.core.work import OpenWork
from ostiary.drivers import database
from ostiary.settings import BadEnvironment
from ostiary.terms.failures import Unavailable

# host and port of each provider, by the variable that names it; `BadEnvironment` where one is wrong
Providers: TypeAlias = Callable[[], dict[str, tuple[str, int]]]

PATIENCE = 5.0  # seconds that a provider has to answer
MARKS = {"good": "ok  ", "note": "note", "bad": "BAD "}


class Finding(Struct, frozen=True):
    level: str  # "good", "note" or "bad"
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{MARKS[self.level]} {self.what}" + (f"\n     {self.do}" if self.do else "")

    def as_dict(self) -> dict[str, str]:
        return {"level": self.level, "what": self.what, "do": self.do}


async def examine(deployment: app.Deployment, providers: Providers) -> list[Finding]:
    """Reads only: a database that is behind is named, not migrated."""
    try:
        connected = await database.connect(deployment.database_url)
    except Unavailable as unavailable:
        return [
            Finding(
                "bad",
                f"database: cannot be reached ({unavailable.detail})",
                "Start it, or correct OSTIARY_DATABASE_URL.",
            )
        ]
    try:
        found = await connected.revision()
        if found != migrations.HEAD:
            what = "empty" if found is None else f"at revision {found}, not {migrations.HEAD}"
            return [Finding("bad", f"database: {what}", "Run `ostiary migrate`.")]
        findings = [Finding("good", f"database: at revision {found}")]
        findings.append(_public_url(deployment))
        open_work = app.unit_of_work(deployment, connected)
        for examined in (_project, _keys, _clients, _clock):
            findings += await examined(open_work)
        return findings + await _providers(deployment, providers)
    finally:
        await connected.close()


def _public_url(deployment: app.Deployment) -> Finding:
    if deployment.public_url.startswith("https://"):
        return Finding("good", f"public URL: {deployment.public_url}")
    return Finding(
        "bad",
        f"public URL: {deployment.public_url} is not https",
        "Set OSTIARY_PUBLIC_URL to the https address that browsers use.",
    )


async def _project(open_work: OpenWork) -> list[Finding]:
    async with open_work(reading=True) as work:
        try:
            settings = await projects.settings(work)
        except Unavailable:
            return [Finding("bad", "project: none", "Run `ostiary apply -f FILE`.")]
    findings = [Finding("good", "project: configured")]
    if projects.dependent_pair(settings):
        findings.append(
            Finding(
                "note",
                "e-mail counts as a second factor next to a password that e-mail can reset",
                "Such a pair is not independent: consider settings.mfa.require_independent: true.",
            )
        )
    return findings


async def _keys(open_work: OpenWork) -> list[Finding]:
    async with open_work(reading=True) as work:
        try:
            stored = (await keys.ring(work)).stored
        except Unavailable as unavailable:
            if unavailable.reason == "wrong_master_key":
                do = "Set OSTIARY_MASTER_KEY to the key it was sealed under."
                return [Finding("bad", "keys: sealed under another master key", do)]
            return [
                Finding("bad", "keys: none", "Start the server once, or `ostiary keys rotate`.")
            ]
    current = [key.alg.value for key in stored if key.stage is Stage.CURRENT]
    return [Finding("good", f"keys: {', '.join(sorted(current))} ready to sign")]


async def _clients(open_work: OpenWork) -> list[Finding]:
    findings = []
    async with open_work(reading=True) as work:
        for client in (await clients.registry(work)).by_id.values():
            plain = [uri for uri in client.redirect_uris if _unsafe(uri)]
            if plain:
                do = "Use https, or a loopback address in development."
                findings.append(Finding("bad", f"client {client.id}: redirects to {plain[0]}", do))
            elif client.redirect_uris:
                what = f"client {client.id}: redirects to safe addresses alone"
                findings.append(Finding("good", what))
            if client.step_up_by_access_token and client.redirect_uris:
                findings.append(
                    Finding(
                        "note",
                        f"client {client.id}: a step-up may be started with an access token",
                        "A leaked token can then ask for codes: consider step_up_by_access_token: false.",
                    )
                )
            if GrantType.PASSWORD in client.grants:
                findings.append(
                    Finding(
                        "note",
                        f"client {client.id}: passwords are exchanged for tokens",
                        "OAuth 2.1 leaves this grant out (RFC 9700 §2.4): consider taking `password` from its grants.",
                    )
                )
    return findings


def _unsafe(uri: str) -> bool:
    loopback = ("http://127.0.0.1", "http://[::1]", "http://localhost")
    return uri.startswith("http://") and not uri.startswith(loopback)


async def _clock(open_work: OpenWork) -> list[Finding]:
    async with open_work(reading=True) as work:
        offset = await clock.offset(work)
    if offset == 0:
        return [Finding("good", "clock: real time")]
    return [Finding("note", f"clock: {offset} s ahead (dev mode)", "POST /dev/reset sets it back.")]


async def _providers(deployment: app.Deployment, providers: Providers) -> list[Finding]:
    try:
        known = providers()
    except BadEnvironment as error:
        return [Finding("bad", f"providers: {error}", "Correct it.")]
    if deployment.inbox is not None and not known:
        return [Finding("good", "providers: the inbox of dev mode")]
    findings = []
    for kind, name in (("mail", "OSTIARY_SMTP__HOST"), ("SMS", "OSTIARY_SMS__URL")):
        if name not in known:
            do = f"Set {name} before `ostiary serve`; `ostiary dev` has an inbox."
            findings.append(Finding("note", f"providers: none for {kind}", do))
    for name, (host, port) in known.items():
        if await _answers(host, port):
            findings.append(Finding("good", f"providers: {host}:{port} takes connections"))
        else:
            do = f"Start it, or correct {name}."
            findings.append(Finding("bad", f"providers: {host}:{port} cannot be reached", do))
    return findings


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
