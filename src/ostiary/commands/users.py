"""`ostiary users`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from ostiary.core.users.model import User
    from ostiary.core.work import OpenWork, Work

commands = typer.Typer(no_args_is_help=True, help="People: find, unlock, delete them.")
Who = Annotated[str, typer.Argument(help="An id, an e-mail address or a phone number.")]


@commands.command("list")
def list_users(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """People, newest first."""
    from ostiary.core import users
    from ostiary.wire.admin.users import shown

    async def read(open_work: "OpenWork") -> list[Any]:
        async with open_work(reading=True) as work:
            return [shown(user) for user in await users.page(work, most=limit)]

    found = terminal.beside(data, database, read)
    lines = (f"{user.id}  {user.email or user.phone_number}{_lock(user)}" for user in found)
    terminal.tell(found, lines, as_json=as_json)


@commands.command("show")
def show_user(
    who: Who, data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Everything that is known of a person, but for secrets."""
    import msgspec

    from ostiary.wire.admin.users import shown_whole

    async def read(open_work: "OpenWork") -> Any:
        async with open_work(reading=True) as work:
            return await shown_whole(work, await _find(work, who))

    found = terminal.beside(data, database, read)
    facts = msgspec.to_builtins(found)
    lines = (f"{name:22} {value}" for name, value in facts.items() if value not in (None, [], {}))
    terminal.tell(found, lines, as_json=as_json)


@commands.command("delete")
def delete_user(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Remove a person, with their credentials, sessions and grants. The journal keeps what it told."""
    from ostiary.core import administration

    if not yes:
        typer.confirm(f"Delete {who}?", abort=True)

    async def remove(open_work: "OpenWork") -> None:
        async with open_work() as work:
            await administration.close(work, (await _find(work, who)).id)

    terminal.beside(data, database, remove)
    terminal.tell({"deleted": who}, ["deleted"], as_json=as_json)


@commands.command("unlock")
def unlock_user(
    who: Who, data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Forget a person's wrong answers, and lift the lock they led to."""
    from ostiary.core import administration

    async def unlock(open_work: "OpenWork") -> None:
        async with open_work() as work:
            await administration.unlock(work, (await _find(work, who)).id)

    terminal.beside(data, database, unlock)
    terminal.tell({"unlocked": who}, ["unlocked"], as_json=as_json)


async def _find(work: "Work", who: str) -> "User":
    from ostiary.core import users
    from ostiary.terms.contact import Channel, email_address, phone_number
    from ostiary.terms.failures import Malformed
    from ostiary.terms.ids import UserId

    try:
        if "@" in who:
            user = await users.by_contact(work, Channel.EMAIL, email_address(who))
        elif who.startswith("+"):
            user = await users.by_contact(work, Channel.SMS, phone_number(who))
        else:
            user = await users.get(work, UserId(who))
    except Malformed as malformed:
        terminal.fail(f"{who}: {malformed.reason.replace('_', ' ')}")
    if user is None:
        terminal.fail(f"{who}: there is no such person", code=1)
    return user


def _lock(user: Any) -> str:
    return f"  locked until {user.locked_until}" if user.locked_until else ""
