"""`ostiary config`."""

import json
from typing import TYPE_CHECKING

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl, File

if TYPE_CHECKING:
    from ostiary.core.projects.model import Settings
    from ostiary.core.work import OpenWork

commands = typer.Typer(no_args_is_help=True, help="Check and show configuration.")


@commands.command("validate")
def validate(file: File, as_json: AsJson = False) -> None:
    """Check a file without touching a database."""
    terminal.parsed(file)
    terminal.tell({"file": str(file), "fine": True}, [f"{file}: fine"], as_json=as_json)


@commands.command("show")
def show(
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,  # noqa: ARG001 - it is JSON either way
) -> None:
    """The effective settings, as JSON; secrets are not among them."""
    from ostiary.core import projects

    async def read(open_work: "OpenWork") -> "Settings":
        async with open_work(reading=True) as work:
            return await projects.settings(work)

    terminal.tell(terminal.beside(data, database, read), [], as_json=True)


@commands.command("schema")
def schema(as_json: AsJson = False) -> None:  # noqa: ARG001 - it is JSON either way
    """The JSON Schema of a configuration file."""
    from ostiary.wire.configuration.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
