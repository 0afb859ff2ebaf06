"""Production: refuses to start on anything that is only good enough for development."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from ostiary import app, settings
from ostiary.core.messages.model import Carrier
from ostiary.drivers import telemetry
from ostiary.drivers.folder import Folder
from ostiary.drivers.listeners import Certificate, Listener, listen, serve
from ostiary.drivers.preference import InOrder
from ostiary.terms.contact import Channel
from ostiary.terms.secret import Secret

T = TypeVar("T")
DEV_SECRETS = {"dev-admin-token"}
CHOICES = ("", "_2")  # OSTIARY_SMTP__…, then OSTIARY_SMTP_2__…, in order of preference


def surroundings(
    environment: Mapping[str, str], data: Path | None, database: str | None
) -> dict[str, str]:
    """The environment, with the database and the folder that the command line names instead."""
    found = dict(environment)
    known = settings.read(environment)
    if database is None and data is not None and known.database_url is None:
        database = f"sqlite:///{data / 'ostiary.sqlite3'}"
    if database is not None:
        found["OSTIARY_DATABASE_URL"] = database
    if data is not None and known.master is None and (folder := Folder(data)).has_master_key:
        found["OSTIARY_MASTER_KEY"] = folder.master_key()
    return found


class Options(Struct, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: int = 8000
    management_port: int = 9000
    certificate: Path | None = None
    key: Path | None = None
    worker: bool = True  # deliver and sweep in this process, too


def deployment(environment: Mapping[str, str]) -> app.Deployment:
    """What the environment describes; `BadEnvironment` names what is missing and how to give it."""
    known = settings.read(environment)
    if known.database_url is None:
        raise settings.BadEnvironment(
            "OSTIARY_DATABASE_URL: not set; postgresql://… or sqlite:///…"
        )
    if known.public_url is None or not known.public_url.startswith("https://"):
        raise settings.BadEnvironment(
            "OSTIARY_PUBLIC_URL: set it to the https address that browsers use"
        )
    if known.master is None:
        raise settings.BadEnvironment(
            "OSTIARY_MASTER_KEY: not set; make one with "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`"
        )
    if known.admin_token is not None and known.admin_token.reveal() in DEV_SECRETS:
        raise settings.BadEnvironment("OSTIARY_ADMIN_TOKEN: this one is everybody's; make your own")
    return app.Deployment(
        database_url=known.database_url,
        public_url=known.public_url,
        master=known.master,
        trusted_proxies=known.trusted_proxies,
        country_of=app.countries(known.geoip_file),
        admin_token=known.admin_token,
    )


def carriers(environment: Mapping[str, str]) -> dict[Channel, Carrier]:
    """A carrier for each channel, from `OSTIARY_SMTP__*` and `OSTIARY_SMS__*`; imported where configured."""
    mail: list[Carrier] = []
    sms: list[Carrier] = []
    for choice in CHOICES:
        if values := settings.section(environment, f"SMTP{choice}"):
            from ostiary.drivers.smtp import SmtpCarrier, SmtpServer

            mail.append(SmtpCarrier(_read(values, SmtpServer, f"SMTP{choice}")))
        if values := settings.section(environment, f"SMS{choice}"):
            from ostiary.drivers.sms_http import SmsCarrier, SmsProvider

            sms.append(SmsCarrier(_read(values, SmsProvider, f"SMS{choice}")))
    missing = [name for name, found in (("SMTP__HOST", mail), ("SMS__URL", sms)) if not found]
    if missing:
        raise settings.BadEnvironment(
            f"OSTIARY_{missing[0]}: not set; without it no code reaches anybody"
        )
    nobody = InOrder([])  # refuses: none is there for WhatsApp yet
    return {Channel.EMAIL: InOrder(mail), Channel.SMS: InOrder(sms), Channel.WHATSAPP: nobody}


def providers(environment: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Where the configured carriers hand messages over: host and port, by the variable that names them."""
    found: dict[str, tuple[str, int]] = {}
    for choice in CHOICES:
        if mail := settings.section(environment, f"SMTP{choice}"):
            from ostiary.drivers.smtp import SmtpServer

            server = _read(mail, SmtpServer, f"SMTP{choice}")
            found[f"OSTIARY_SMTP{choice}__HOST"] = server.host, server.port
        if sms := settings.section(environment, f"SMS{choice}"):
            from ostiary.drivers.sms_http import SmsProvider

            url = urlsplit(_read(sms, SmsProvider, f"SMS{choice}").url)
            usual = 80 if url.scheme == "http" else 443
            found[f"OSTIARY_SMS{choice}__URL"] = url.hostname or "", url.port or usual
    return found


def _read(values: dict[str, str], type_: type[T], name: str) -> T:
    unknown = set(values) - set(_fields(type_))
    if unknown:
        known = ", ".join(sorted(field.upper() for field in _fields(type_)))
        raise settings.BadEnvironment(
            f"OSTIARY_{name}__{min(unknown).upper()}: unknown; there are {known}"
        )
    try:
        return msgspec.convert(values, type_, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise settings.BadEnvironment(f"OSTIARY_{name}__*: {error}") from error


def _fields(type_: Any) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(type_))


def _secret(type_: type[Any], value: Any) -> Any:
    if type_ is Secret:
        return Secret(value)
    raise TypeError(type_)


def run(options: Options, environment: Mapping[str, str]) -> int:
    """Serve until SIGTERM or SIGINT; 0 when that is how it ended."""
    import uvloop

    telemetry.configure_logs(readable=False)
    described = deployment(environment)
    ways = carriers(environment)
    asyncio.run(app.prepare(described))
    return uvloop.run(_serve(options, described, ways))


async def _serve(
    options: Options, described: app.Deployment, ways: Mapping[Channel, Carrier]
) -> int:
    stop = _on_signals()
    certificate = (
        Certificate(options.certificate, options.key)
        if options.certificate and options.key
        else None
    )
    public = listen(options.host, options.port)
    management = listen("127.0.0.1", options.management_port)
    async with app.run(described, carriers=ways if options.worker else {}) as running:
        print("ready", flush=True)  # noqa: T201  the word that whoever started us waits for
        await serve(
            [
                Listener(running.identity, public, certificate),
                Listener(running.management, management),
            ],
            stop,
        )
    return 0


def work(environment: Mapping[str, str]) -> int:
    """Deliver and sweep, without answering anybody."""
    import uvloop

    telemetry.configure_logs(readable=False)
    described, ways = deployment(environment), carriers(environment)

    async def deliver() -> int:
        stop = _on_signals()
        async with app.run(described, carriers=ways):
            print("ready", flush=True)  # noqa: T201
            await stop.wait()
        return 0

    return uvloop.run(deliver())


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
