"""`ostiary clients`."""

from typing import TYPE_CHECKING, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from ostiary.core.work import OpenWork

commands = typer.Typer(no_args_is_help=True, help="Relying parties.")


@commands.callback()
def _more_to_come() -> None:
    """One command alone would swallow the group's name."""


@commands.command("list")
def list_clients(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Every client, as it would be written in a configuration file; secrets are not shown."""
    from ostiary.core import clients
    from ostiary.wire.admin.clients import shown

    async def read(open_work: "OpenWork") -> list[dict[str, Any]]:
        async with open_work(reading=True) as work:
            return [shown(client) for client in (await clients.registry(work)).by_id.values()]

    found = terminal.beside(data, database, read)
    lines = (
        f"{client['client_id']:20} {'public' if client['public'] else 'confidential':13} "
        f"{' '.join(client['grants'])}"
        for client in found
    )
    terminal.tell(found, lines, as_json=as_json)
