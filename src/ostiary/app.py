"""The composition root: the one module that knows every concrete part."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from msgspec.structs import replace
from starlette.types import ASGIApp, Receive, Scope, Send

from ostiary import migrations, settings
from ostiary.core import credentials, keys, operators, projects, proving
from ostiary.core.challenges.model import LINK_PATH
from ostiary.core.messages.model import Carrier
from ostiary.core.operators.model import SET_UP_PATH
from ostiary.core.work import Actor, OpenWork, acting
from ostiary.drivers import database, sealer, sweeper
from ostiary.drivers.inbox import Inbox, InboxCarrier
from ostiary.drivers.outbox import Outbox
from ostiary.drivers.telemetry import Telemetry
from ostiary.drivers.threads import Threads
from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel
from ostiary.terms.entropy import Entropy
from ostiary.terms.failures import Unavailable
from ostiary.terms.ids import NOBODY
from ostiary.terms.secret import MasterKeys, Secret
from ostiary.terms.time import Seconds
from ostiary.wire.admin import routes as admin
from ostiary.wire.configuration.apply import apply
from ostiary.wire.configuration.model import Configuration
from ostiary.wire.console import routes as console
from ostiary.wire.console.doors import HOME as CONSOLE
from ostiary.wire.http import Server
from ostiary.wire.links import routes as links
from ostiary.wire.management import routes as management
from ostiary.wire.peers import Network
from ostiary.wire.reachfive import routes as reachfive
from ostiary.wire.stytch import reference
from ostiary.wire.stytch import routes as stytch
from ostiary.wire.stytch.sdk import routes as sdk

COMMAND_LINE = Actor("command-line")  # also who seeds a database at start
AT_ONCE = 500  # users looked up together


class Deployment(Struct, frozen=True, kw_only=True):
    """Where this server runs and what it leans on. `inbox`: the dev inbox's file, in dev mode only."""

    database_url: str
    public_url: str
    master: MasterKeys
    trusted_proxies: tuple[Network, ...] = ()
    admin_token: Secret | None = None  # opens the admin API; None: nothing does
    country_of: Callable[[str], str] | None = None  # of an IP address, by the operator's file
    inbox: Path | None = None
    configuration: Configuration | None = None  # applied at start and after a reset
    clock: Callable[[], float] = time.time
    entropy: Entropy = secrets.token_bytes


class Running(Struct, frozen=True):
    """The two applications of one process, and a way to do work in it."""

    identity: ASGIApp
    management: ASGIApp
    open_work: OpenWork
    database: database.Database


@asynccontextmanager
async def run(
    deployment: Deployment, *, carriers: Mapping[Channel, Carrier] | None = None
) -> AsyncIterator[Running]:
    """Everything but the listeners: open, seeded where it has to be, delivering."""
    connected = await database.connect(deployment.database_url)
    threads = Threads()
    inbox = Inbox(str(deployment.inbox)) if deployment.inbox else None
    if carriers is None:
        carriers = {channel: InboxCarrier(inbox, channel) for channel in Channel} if inbox else {}
    outbox = Outbox(carriers)
    telemetry = Telemetry(connected.tally)
    open_work = unit_of_work(deployment, connected, outbox)
    server = Server(
        open_work=open_work,
        crunch=threads,
        entropy=deployment.entropy,
        public_url=deployment.public_url,
        trusted_proxies=deployment.trusted_proxies,
        country_of=deployment.country_of,
        dev=inbox is not None,
        admin_token=deployment.admin_token,
        taken=outbox.taken if carriers else None,
        observe=telemetry.observe,
    )

    async def reset() -> None:
        await start_over(open_work)
        if inbox is not None:
            inbox.clear()
            inbox.carriers_ok()
        await seed(open_work, deployment.configuration)

    background = [
        asyncio.create_task(sweeper.run(open_work)),
        asyncio.create_task(sealer.run(open_work)),
    ]
    if carriers:
        background.append(asyncio.create_task(outbox.run(open_work)))
    try:
        yield Running(
            by_prefix(
                {
                    LINK_PATH: links.dialect(server),
                    CONSOLE: console.dialect(server),
                    admin.PREFIX: admin.dialect(server),
                    stytch.PREFIX: stytch.dialect(server),
                    sdk.PREFIX: sdk.dialect(server),
                    reference.PREFIX: reference.dialect(server),
                },
                reachfive.dialect(server),
            ),
            management.dialect(
                server,
                metrics=telemetry.render,
                inbox=inbox,
                reset=reset,
            ),
            open_work,
            connected,
        )
    finally:
        for task in background:
            task.cancel()
        await asyncio.wait(background)  # none may find the database closed
        await outbox.drain(open_work)
        threads.close()
        if inbox is not None:
            inbox.close()
        await connected.close()


def countries(file: Path | None) -> Callable[[str], str] | None:
    """Tells the country of an IP address by this file, read where one is configured."""
    if file is None:
        return None
    from ostiary.drivers.geoip import Countries, Unreadable

    try:
        return Countries(file).of
    except Unreadable as unreadable:
        raise settings.BadEnvironment(f"{settings.PREFIX}GEOIP_FILE: {unreadable}") from unreadable


def unit_of_work(
    deployment: Deployment, connected: database.Database, outbox: Outbox | None = None
) -> OpenWork:
    return database.unit_of_work(
        connected,
        clock=deployment.clock,
        entropy=deployment.entropy,
        master=deployment.master,
        issuer=deployment.public_url,
        committed=outbox.wake if outbox else lambda work: None,
        delivers=outbox is not None and outbox.delivers,
    )


async def prepare(deployment: Deployment) -> list[str]:
    """Bring the database up to date, make its keys, apply the configuration; what changed, line by line."""
    await migrate(deployment.database_url)
    async with opened(deployment) as open_work:
        return await seed(open_work, deployment.configuration)


@asynccontextmanager
async def opened(deployment: Deployment) -> AsyncIterator[OpenWork]:
    """Units of work and nothing else: for the commands that work beside a running server."""
    if database.missing(deployment.database_url):
        raise Unavailable("database_empty", detail="run `ostiary migrate`")
    connected = await database.connect(deployment.database_url)
    try:
        if await connected.revision() is None:
            raise Unavailable("database_empty", detail="run `ostiary migrate`")
        yield acting(unit_of_work(deployment, connected), COMMAND_LINE)
    finally:
        await connected.close()


@asynccontextmanager
async def rehearsal(deployment: Deployment) -> AsyncIterator[OpenWork]:
    """As `opened`, for who only looks: nothing is made and nothing migrated.

    Where there is no database yet, an empty one stands in that is thrown away.
    """
    revision = await _revision(deployment.database_url)
    if revision is not None:
        if revision != migrations.HEAD:
            raise Unavailable("database_behind", detail="run `ostiary migrate`")
        async with opened(deployment) as open_work:
            yield open_work
        return
    with TemporaryDirectory(prefix="ostiary-") as folder:
        stand_in = replace(deployment, database_url=f"sqlite:///{folder}/ostiary.sqlite3")
        await migrate(stand_in.database_url)
        async with opened(stand_in) as open_work:
            yield open_work


async def _revision(url: str) -> str | None:
    """The revision of the database, none of an empty one; a file that is not there is not made."""
    if database.missing(url):
        return None
    connected = await database.connect(url)
    try:
        return await connected.revision()
    finally:
        await connected.close()


async def migrate(url: str) -> bool:
    """True where there was something to do."""
    connected = await database.connect(url)
    try:
        behind = await connected.revision() != migrations.HEAD
    finally:
        await connected.close()
    if behind:
        await _upgrade(url)
    return behind


async def _upgrade(url: str) -> None:
    """In a process of its own: Alembic would keep its 60 MiB for as long as the server lives."""
    upgrading = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ostiary.migrations"), stdin=subprocess.PIPE
    )
    await upgrading.communicate(url.encode())
    if upgrading.returncode:
        raise Unavailable("database_unreachable", detail="it could not be brought up to date")


async def start_over(open_work: OpenWork, *, everyone: bool = False) -> None:
    """An empty database. `everyone`: without its administrators, too, who otherwise stay signed in."""
    async with open_work() as work:
        await database.empty(work)
        if everyone:
            await operators.forget_all(work)


async def seed(open_work: OpenWork, configuration: Configuration | None) -> list[str]:
    changes = [] if configuration is None else await apply(open_work, configuration)
    async with open_work() as work:
        await keys.ensure(work)
        await keys.ring(work)  # sealed under another master key? better said now than later
    return changes


async def console_link(
    open_work: OpenWork, email: str | None = None, *, usual: str | None = None, first: bool = False
) -> str | None:
    """A one-time link that makes an administrator: of this address, else the first the project names, else the usual.

    Whoever is one already may have a new start. `first`: only while there is none yet. None where there is
    nobody to make it for.
    """
    async with open_work() as work:
        named = (await projects.current(work)).administrators or ((usual,) if usual else ())
        wanted = (email.strip().lower() if email else None) or next(iter(named), "").lower()
        known = {one.email for one in await operators.everyone(work)}
        if wanted not in known | {name.lower() for name in named}:
            return None
        if first and await operators.any_enrolled(work):
            return None
        return f"{work.issuer}{SET_UP_PATH}{await operators.invite(work, wanted)}"


async def rotate_keys(open_work: OpenWork) -> None:
    async with open_work() as work:
        longest = (await projects.settings(work)).tokens.access
        await keys.rotate(work, Seconds(longest))


async def reseal(open_work: OpenWork) -> int:
    """Whatever outlives a day and is sealed, sealed anew under the present master key; how many users had any."""
    async with open_work() as work:
        await keys.reseal(work)
        await operators.reseal(work)
    last, users = NOBODY, 0
    while True:
        async with open_work(reading=True) as work:
            found = await credentials.owners(work, Kind.TOTP, last, AT_ONCE)
        for last in found:
            async with open_work() as work:
                await proving.totps.reseal(work, last)
        users += len(found)
        if len(found) < AT_ONCE:
            return users


def by_prefix(apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """One name, several dialects: told apart by how the path begins."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        app = next((app for prefix, app in apps.items() if path.startswith(prefix)), otherwise)
        await app(scope, receive, send)

    return dispatch


def by_host(apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """One listener, several names: told apart by the `Host` header."""
    by_name = {name.encode(): app for name, app in apps.items()}

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        app = by_name.get(host.partition(b":")[0].lower(), otherwise)
        await app(scope, receive, send)

    return dispatch
