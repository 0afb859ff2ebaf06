"""`ostiary keys`."""

from typing import TYPE_CHECKING, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from ostiary.core.work import OpenWork

commands = typer.Typer(no_args_is_help=True, help="Signing keys: next, current, previous.")


@commands.command("list")
def list_keys(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Every signing key and its stage, without private parts."""
    from ostiary.core import keys

    async def read(open_work: "OpenWork") -> list[dict[str, Any]]:
        async with open_work(reading=True) as work:
            return [
                {"kid": key.kid, "alg": key.alg, "stage": key.stage, "created": key.created_at}
                for key in (await keys.ring(work)).stored
            ]

    found = terminal.beside(data, database, read)
    lines = [f"{key['alg']}  {key['stage']:8}  {key['kid']}" for key in found]
    terminal.tell(found, lines, as_json=as_json)


@commands.command("rotate")
def rotate_keys(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Next becomes current, current becomes previous, a new next is published."""
    from ostiary.app import rotate_keys as rotate

    terminal.beside(data, database, rotate)
    terminal.tell({"rotated": True}, ["rotated"], as_json=as_json)


@commands.command("reseal")
def reseal_keys(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Seal anew, under the present master key, what was sealed under an earlier one."""
    from ostiary.app import reseal

    users = terminal.beside(data, database, reseal)
    line = f"sealed anew: signing keys, administrators, and the apps of {users} users"
    terminal.tell({"users": users}, [line], as_json=as_json)
