"""`ostiary templates`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from ostiary.core.messages.model import Template, TemplateKey
    from ostiary.core.work import OpenWork

commands = typer.Typer(no_args_is_help=True, help="Message templates.")

Name = Annotated[str, typer.Argument(help="mfa_step_up, or mfa_step_up.fr for one language.")]
Way = Annotated[str, typer.Argument(help="sms or email")]
OfFile = Annotated[
    Path | None,
    typer.Option("-f", "--file", help="A configuration file, instead of what is saved."),
]


@commands.command("lint")
def lint(
    file: OfFile = None, data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Check every template as if it were saved now; exit code 1 where one is wrong."""
    if file is not None:
        terminal.parsed(file)  # says what is wrong, and where
        terminal.tell([], [f"{file}: fine"], as_json=as_json)
        return
    wrongs = terminal.beside(data, database, _wrongs)
    terminal.tell(wrongs, map(str, wrongs) if wrongs else ["fine"], as_json=as_json)
    if wrongs:
        raise typer.Exit(1)


@commands.command("preview")
def preview(
    name: Name,
    channel: Way,
    file: OfFile = None,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What a template says, of an example."""
    from ostiary.core import messages
    from ostiary.core.messages.model import Rendered
    from ostiary.wire.admin.templates import shown

    key = _key(name, channel)
    written = _written(file, key)

    async def render(open_work: "OpenWork") -> Any:
        async with open_work(reading=True) as work:
            template = written or await messages.template(work, key)
            return await messages.preview(work, key, template)

    rendered = terminal.beside(data, database, render)
    if not isinstance(rendered, Rendered):
        terminal.fail(f"{name}.{rendered.field}: {rendered.message}", code=1)
    head = {"From": rendered.sender, "Subject": rendered.subject}
    lines = [f"{label}: {value}" for label, value in head.items() if value]
    terminal.tell(shown(rendered), [*lines, rendered.text], as_json=as_json)


@commands.command("send-test")
def send_test(
    name: Name,
    channel: Way,
    to: Annotated[str, typer.Option(help="Where to.")],
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put an example of a template in the outbox; the running server sends it."""
    from ostiary.core import messages
    from ostiary.wire.checking import Nonsense
    from ostiary.wire.sections.users import address_from

    key = _key(name, channel)
    try:
        address = address_from(key.channel, to, "--to")
    except Nonsense as nonsense:
        terminal.fail(str(nonsense.wrongs[0]))

    async def send(open_work: "OpenWork") -> None:
        async with open_work() as work:
            await messages.send_trial(work, key, await messages.template(work, key), address)

    terminal.beside(data, database, send)
    terminal.tell({"to": str(address)}, ["in the outbox"], as_json=as_json)


async def _wrongs(open_work: "OpenWork") -> list[Any]:
    import msgspec

    from ostiary.core import clients, messages
    from ostiary.wire.checking import Nonsense, Wrong
    from ostiary.wire.sections.templates import template_from

    found: list[Wrong] = []
    async with open_work(reading=True) as work:
        links = (await clients.registry(work)).links
        for key, template in (await messages.templates(work)).items():
            where = f"{key.purpose}.{key.locale}" if key.locale else key.purpose
            try:
                template_from(msgspec.to_builtins(template), key, links, f"{where}.{key.channel}")
            except Nonsense as nonsense:
                found += nonsense.wrongs
    return found


def _key(name: str, channel: str) -> "TemplateKey":
    from ostiary.core import messages
    from ostiary.core.messages.model import Purpose, TemplateKey
    from ostiary.terms.contact import ADDRESSES, Channel
    from ostiary.wire.checking import unknown

    purpose, _, locale = name.partition(".")
    if purpose not in set(Purpose):
        terminal.fail(str(unknown(purpose, Purpose, purpose, "purpose")))
    if channel not in ADDRESSES:
        terminal.fail(str(unknown(channel, ADDRESSES, channel, "channel")))
    return TemplateKey(Purpose(purpose), Channel(channel), messages.locale_of(locale))


def _written(file: Path | None, key: "TemplateKey") -> "Template | None":
    from ostiary.wire.configuration.read import templates_of

    if file is None:
        return None
    found = templates_of(terminal.parsed(file)).get(key)
    if found is None:
        terminal.fail(f"{file}: it has no template of this name", code=1)
    return found
