"""Dev mode: the identity server, the demo shop and the inbox on one machine, from one command."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

from msgspec import Struct
from starlette.types import ASGIApp

from ostiary import app, settings
from ostiary.drivers import telemetry
from ostiary.drivers.folder import Folder
from ostiary.drivers.listeners import Listener, listen, serve
from ostiary.terms.secret import MasterKeys, Secret
from ostiary.wire.configuration.model import Configuration
from ostiary.wire.configuration.read import Misconfigured, parse

IDENTITY, SHOP = "id.demo.localhost", "shop.demo.localhost"
ADMINISTRATOR = "admin@demo.localhost"  # where the configuration names none
DEMO_PROJECT = Path(__file__).parent / "wire" / "configuration" / "demo.yaml"
CLIENT, BACKEND = "demo-shop", ("backend", "backend-secret")  # as demo.yaml has them
PROJECT = ("project-test-11111111-1111-4111-8111-111111111111", "secret-test-anything")
ADMIN_TOKEN = "dev-admin-token"  # known to everybody: `ostiary serve` refuses it
BUNDLE = Path("node_modules/@reachfive/identity-core/umd/identity-core.min.js")


class Options(Struct, frozen=True, kw_only=True):
    """`worker` is 0 in the process that was started, and counts up in those it starts."""

    host: str = "127.0.0.1"
    https_port: int = 8443
    http_port: int = 8080
    management_port: int = 9000
    data: Path = Path(".ostiary")
    config: Path | None = None
    reset: bool = False
    database_url: str
    workers: int = 1
    worker: int = 0

    @property
    def identity_url(self) -> str:
        return f"https://{IDENTITY}{_suffix(self.https_port)}"

    @property
    def shop_url(self) -> str:
        return f"https://{SHOP}{_suffix(self.https_port)}"


def _suffix(port: int) -> str:
    return "" if port == 443 else f":{port}"  # a browser leaves the default port out of an origin


def run(options: Options) -> int:
    """Serve until SIGTERM or SIGINT; 0 when that is how it ended."""
    import uvloop

    telemetry.configure_logs(readable=True)
    folder = Folder(options.data)
    folder.make()
    configuration = configured(options)
    environment = settings.read(os.environ)
    deployment = app.Deployment(
        database_url=options.database_url,
        public_url=options.identity_url,
        master=master_keys(folder),
        trusted_proxies=environment.trusted_proxies,
        country_of=app.countries(environment.geoip_file),
        admin_token=Secret(ADMIN_TOKEN),
        inbox=folder.inbox,
        configuration=configuration,
    )
    if options.worker == 0:
        folder.keep_public_url(options.identity_url)
        # before the loop starts: Alembic brings a loop of its own
        link = asyncio.run(_prepare(deployment, reset=options.reset))
        _announce(options, configuration, link)
    return uvloop.run(_serve(options, deployment, folder, configuration))


def configured(options: Options) -> Configuration:
    path = options.config or DEMO_PROJECT
    own = {"OSTIARY_DEMO_SHOP": options.shop_url}
    try:
        text = path.read_bytes()
        return parse(text, {**own, **os.environ} if options.config else own)
    except Misconfigured as error:
        raise Misconfigured(f"{path}: {error}") from error


def master_keys(folder: Folder) -> MasterKeys:
    """From the environment, else the folder's own."""
    return settings.read(os.environ).master or MasterKeys(settings.master_key(folder.master_key()))


def deployment_of(data: Path, database_url: str, *, looking: bool = False) -> app.Deployment:
    """What the other commands work on: the same database, beside a running server.

    `looking`: no folder is made, and no key but one that is thrown away.
    """
    environment = settings.read(os.environ)
    folder = Folder(data)
    if not looking and (environment.master is None or database_url.startswith(f"sqlite:///{data}")):
        folder.make()
    passing = looking and environment.master is None and not folder.has_master_key
    return app.Deployment(
        database_url=database_url,
        public_url=environment.public_url or folder.public_url or f"https://{IDENTITY}:8443",
        master=MasterKeys(secrets.token_bytes(32)) if passing else master_keys(folder),
        inbox=folder.inbox if folder.inbox.exists() else None,
    )


async def _prepare(deployment: app.Deployment, *, reset: bool) -> str | None:
    """The link that makes the first administrator, while there is none."""
    await app.migrate(deployment.database_url)
    if reset:
        async with app.opened(deployment) as open_work:
            await app.start_over(open_work, everyone=True)
    await app.prepare(deployment)
    async with app.opened(deployment) as open_work:
        return await app.console_link(open_work, usual=ADMINISTRATOR, first=True)


async def _serve(
    options: Options, deployment: app.Deployment, folder: Folder, configuration: Configuration
) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if options.worker != 0:
        _stop_without_parent(stop)
    certificate = folder.certificate(IDENTITY, SHOP, "localhost", "127.0.0.1")
    shared = options.workers > 1
    https = listen(options.host, options.https_port, shared=shared)
    http = listen(options.host, options.http_port, shared=shared)
    async with app.run(deployment) as running:
        names = {SHOP: _shop(options, configuration)}
        listeners = [
            Listener(app.by_host(names, running.identity), https, certificate),
            Listener(running.identity, http),
        ]
        if options.worker == 0:
            management = listen(options.host, options.management_port)
            listeners.append(Listener(running.management, management))
        serving = asyncio.create_task(serve(listeners, stop))
        others = await _start_others(options, stop)
        print("ready", flush=True)  # the word that whoever started us waits for
        await serving
        for process in others:
            process.terminate()
        for process in others:
            await asyncio.to_thread(process.wait)
    return 0


def _stop_without_parent(stop: asyncio.Event) -> None:
    """A worker ends when the pipe to the process that started it breaks: killed, it could not say good-bye."""
    loop, pipe = asyncio.get_running_loop(), sys.stdin.fileno()

    def broken() -> None:
        loop.remove_reader(pipe)
        stop.set()

    loop.add_reader(pipe, broken)


async def _start_others(options: Options, stop: asyncio.Event) -> list[subprocess.Popen[str]]:
    """The further workers, each with its own accept queue; waits until every one serves."""
    if options.worker != 0:
        return []
    others = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "ostiary", "dev", "--worker", str(number)),
                *("--host", options.host, "--https-port", str(options.https_port)),
                *("--http-port", str(options.http_port), "--data", str(options.data)),
                *("--management-port", str(options.management_port)),
                *("--database", options.database_url, "--workers", str(options.workers)),
                *(("--config", str(options.config)) if options.config else ()),
            ],
            stdin=subprocess.PIPE,  # never written to: it breaks when we end
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, options.workers)
    ]
    for process in others:
        assert process.stdout is not None  # noqa: S101  asked for above
        word = await asyncio.to_thread(process.stdout.readline)
        if word != "ready\n":
            stop.set()
    return others


def _shop(options: Options, configuration: Configuration) -> ASGIApp:
    from ostiary.demo.shop import shop

    people = [
        (user.email, user.password) for user in configuration.users if user.email and user.password
    ]
    return shop(
        issuer=options.identity_url,
        origin=options.shop_url,
        api=f"http://127.0.0.1:{options.http_port}",
        inbox=f"http://127.0.0.1:{options.management_port}",
        client_id=CLIENT,
        backend=BACKEND,
        admin_token=ADMIN_TOKEN,
        bundle=BUNDLE,
        credentials=people if options.config is None else [],
        project=(
            configuration.project.project_id,
            next(iter(configuration.project.secrets or ()), ""),
        ),
    )


def _announce(options: Options, configuration: Configuration, link: str | None) -> None:
    lines = [
        f"identity server  {options.identity_url}  (without TLS: http://127.0.0.1:{options.http_port})",
        f"demo shop        {options.shop_url}",
        f"inbox            http://127.0.0.1:{options.management_port}/dev/inbox",
        f"certificate of   {options.data / 'tls' / 'ca.pem'}",
    ]
    lines.append(f"admin API        {options.identity_url}/admin/v1  (token: {ADMIN_TOKEN})")
    lines.append(f"console          {link or f'{options.identity_url}/console'}")
    if options.config is None:
        project, secrets = configuration.project.project_id, configuration.project.secrets or ()
        lines.append(
            f"back ends        {project}, {', '.join(secrets)}  (Stytch's packages, at /v1)"
        )
        names = ", ".join(user.email or "" for user in configuration.users)
        lines.append(f"people           {names}; password: {configuration.users[0].password}")
    print("\n".join(lines), flush=True)


def demo(*, once: bool, https_port: int, http_port: int, management_port: int, data: Path) -> int:
    """`ostiary dev` in a process of its own, and the walk-through against it."""
    ports = ("--https-port", str(https_port), "--http-port", str(http_port))
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "ostiary", "dev", "--data", str(data), *ports),
            *("--management-port", str(management_port)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None  # noqa: S101  asked for above
    try:
        for line in server.stdout:
            if line == "ready\n":
                break
            print(line, end="", flush=True)
        else:
            return server.wait() or 1
        held = asyncio.run(_walk(https_port, management_port, data))
        held = asyncio.run(_walk_again(http_port, management_port)) and held
        if once:
            return 0 if held else 1
        print("\nEverything keeps running; Ctrl-C ends it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()
        return 0 if held else 1
    finally:
        server.terminate()
        server.wait()


async def _walk_again(http_port: int, management_port: int) -> bool:
    """The second half, by the vendor's package, which `make demo` installs."""
    try:
        from ostiary.demo.members import walk
    except ImportError as missing:
        print(f"\n  The second half needs {missing.name}: run `make demo`.\n", flush=True)
        return False
    return await walk(
        api=f"http://127.0.0.1:{http_port}",
        inbox=f"http://127.0.0.1:{management_port}",
        project=PROJECT,
    )


async def _walk(https_port: int, management_port: int, data: Path) -> bool:
    from ostiary.demo.walkthrough import walk

    options = Options(https_port=https_port, database_url="")
    return await walk(
        issuer=options.identity_url,
        shop=options.shop_url,
        inbox=f"http://127.0.0.1:{management_port}",
        authority=Folder(data).authority,
        client_id=CLIENT,
        backend=BACKEND,
    )
