"""What every command shares: its options, how it fails in one line, how it works beside a running server."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from ostiary.app import Deployment
    from ostiary.core.work import OpenWork
    from ostiary.wire.configuration.model import Configuration

T = TypeVar("T")

Data = Annotated[Path, typer.Option("--data", help="Folder of the SQLite file, keys, certificate.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database", help="sqlite:///… or postgresql://…")
]
File = Annotated[Path, typer.Option("-f", "--file", help="A configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

DATA = Path(".ostiary")


def fail(message: str, code: int = 2) -> NoReturn:
    """One line: what, where, and what to do."""
    typer.echo(f"ostiary: {message}", err=True)
    raise typer.Exit(code)


def guarded(action: Any) -> Any:
    """What an operator can mend is one line and exit code 2; anything else is a bug, shown whole."""
    from ostiary.settings import BadEnvironment
    from ostiary.terms.failures import Unavailable
    from ostiary.wire.configuration.read import Misconfigured

    try:
        return action()
    except (Misconfigured, BadEnvironment) as error:
        fail(str(error))
    except Unavailable as unavailable:
        fail(
            f"{unavailable.reason.replace('_', ' ')}: {unavailable.detail or 'see ostiary doctor'}"
        )
    except OSError as error:
        fail(f"{error.strerror}: {error.filename or error}")


def parsed(file: Path) -> "Configuration":
    from ostiary.wire.configuration.read import Misconfigured, parse

    try:
        return parse(file.read_bytes(), os.environ)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except Misconfigured as error:
        fail(f"{file}: {error}")


def database_url(data: Path, given: str | None) -> str:
    from ostiary.settings import BadEnvironment, read

    try:
        return given or read(os.environ).database_url or f"sqlite:///{data / 'ostiary.sqlite3'}"
    except BadEnvironment as error:
        fail(str(error))


def deployment(data: Path, database: str | None, *, looking: bool = False) -> "Deployment":
    """The deployment that a data folder, or the environment, describes. `looking`: nothing is made."""
    from ostiary.dev import deployment_of
    from ostiary.drivers import telemetry

    # a command says in one line what is wrong, and prints nothing but what it was asked for
    telemetry.configure_logs(readable=True, least=logging.ERROR)
    url = database_url(data, database)
    return guarded(lambda: deployment_of(data, url, looking=looking))  # type: ignore[no-any-return]


def beside(data: Path, database: str | None, use: Callable[["OpenWork"], Awaitable[T]]) -> T:
    """What this does with the database, beside a running server. Where there is none, none is made."""
    from ostiary.app import opened
    from ostiary.drivers.database import missing

    described = deployment(data, database, looking=missing(database_url(data, database)))

    async def work() -> T:
        async with opened(described) as open_work:
            return await use(open_work)

    return guarded(lambda: asyncio.run(work()))  # type: ignore[no-any-return]


def tell(found: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """The whole as JSON, or a line for each."""
    import msgspec

    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for line in lines:
        typer.echo(line)
