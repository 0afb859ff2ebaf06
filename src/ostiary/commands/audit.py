"""`ostiary audit`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from ostiary.core.work import OpenWork

commands = typer.Typer(no_args_is_help=True, help="The journal: what happened.")


@commands.callback()
def _more_to_come() -> None:
    """One command alone would swallow the group's name."""


@commands.command("tail")
def tail(
    most: Annotated[int, typer.Option("-n", min=1, help="The newest so many.")] = 20,
    user: Annotated[str | None, typer.Option(help="Of this user's id alone.")] = None,
    event: Annotated[str | None, typer.Option("--type", help="As session.started.")] = None,
    since: Annotated[str | None, typer.Option(help="RFC 3339, or Unix seconds.")] = None,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """The newest events, the last one at the end."""
    from ostiary.core import journal
    from ostiary.core.journal.model import Filter
    from ostiary.terms.ids import UserId
    from ostiary.wire.admin.events import instant_of, shown
    from ostiary.wire.checking import Nonsense

    try:
        start = instant_of(since)
    except Nonsense as nonsense:
        terminal.fail(f"--{nonsense.detail}")
    wanted = Filter(user=UserId(user) if user else None, event=event, since=start)

    async def read(open_work: "OpenWork") -> list[Any]:
        async with open_work(reading=True) as work:
            found = await journal.page(work, wanted, most=most)
            return [shown(event) for event in reversed(found)]

    found = terminal.beside(data, database, read)
    terminal.tell(found, map(_line, found), as_json=as_json)


def _line(event: Any) -> str:
    whose = {"user": event.user, "client": event.client, "ip": event.ip, **event.data}
    facts = " ".join(f"{name}={value}" for name, value in whose.items() if value is not None)
    return f"{event.at}  {event.type:22} {facts}"
