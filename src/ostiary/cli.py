"""The command line. Every command imports what it needs when it runs: `--help` is quick.

Exit codes: 0 fine, 1 what was asked for does not hold, 2 bad usage or bad configuration.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ostiary.commands import (
    audit,
    clients,
    configuration,
    keys,
    templates,
    terminal,
    users,
)
from ostiary.commands.terminal import DATA, AsJson, Data, DatabaseUrl, File

ServedData = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the SQLite file and the master key, where none is set."),
]

EPILOG = """Examples:

  ostiary dev                          everything on this machine, with a demo shop\n
  ostiary dev --config my.yaml --reset start over with your own project\n
  ostiary apply -f my.yaml --dry-run   what a file would change\n
  ostiary doctor                       what is wrong, and what to do
"""

app = typer.Typer(
    name="ostiary",
    help="Multi-factor and step-up authentication that you host yourself.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(configuration.commands, name="config")
app.add_typer(keys.commands, name="keys")
app.add_typer(users.commands, name="users")
app.add_typer(clients.commands, name="clients")
app.add_typer(templates.commands, name="templates")
app.add_typer(audit.commands, name="audit")
console_commands = typer.Typer(no_args_is_help=True, help="The operator's console at /console.")
app.add_typer(console_commands, name="console")


def main() -> None:
    """Bad usage is one line, as everything is that an operator can mend."""
    from typer._click.exceptions import ClickException, NoArgsIsHelpError  # Typer carries its own

    try:
        sys.exit(app(standalone_mode=False))
    except NoArgsIsHelpError as help:
        help.show()
        sys.exit(help.exit_code)
    except ClickException as error:
        told = " ".join(error.format_message().split())
        typer.echo(f"ostiary: {told}", err=True)
        sys.exit(error.exit_code)


@app.command()
def dev(
    host: str = "127.0.0.1",
    https_port: int = 8443,
    http_port: int = 8080,
    management_port: int = 9000,
    data: Data = DATA,
    config: Annotated[Path | None, typer.Option(help="Default: the demo project.")] = None,
    reset: Annotated[bool, typer.Option(help="Start from an empty database.")] = False,
    database: DatabaseUrl = None,
    valkey: Annotated[str | None, typer.Option(help="valkey://…")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
    worker: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Everything on this machine: identity server, demo shop, inbox, virtual clock."""
    from ostiary import dev as development

    options = development.Options(
        host=host,
        https_port=https_port,
        http_port=http_port,
        management_port=management_port,
        data=data,
        config=config,
        reset=reset,
        database_url=terminal.database_url(data, database),
        workers=workers,
        worker=worker,
    )
    if valkey is not None:
        typer.echo(
            "ostiary: --valkey: counters live in the database; Valkey is not used yet", err=True
        )
    raise typer.Exit(terminal.guarded(lambda: development.run(options)))


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    management_port: int = 9000,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM chain, to speak TLS itself.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM key of the certificate.")] = None,
    worker: Annotated[bool, typer.Option(help="Deliver messages in this process, too.")] = True,
    data: ServedData = None,
    database: DatabaseUrl = None,
) -> None:
    """Production, configured by the environment; refuses what is only good for development."""
    from ostiary import production

    options = production.Options(
        host=host,
        port=port,
        management_port=management_port,
        certificate=certificate,
        key=key,
        worker=worker,
    )
    raise typer.Exit(
        terminal.guarded(
            lambda: production.run(options, production.surroundings(os.environ, data, database))
        )
    )


@app.command()
def worker(data: ServedData = None, database: DatabaseUrl = None) -> None:
    """Deliver the outbox and sweep what has expired, beside `serve --no-worker`."""
    from ostiary import production

    raise typer.Exit(
        terminal.guarded(
            lambda: production.work(production.surroundings(os.environ, data, database))
        )
    )


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Stop after the walk-through.")] = False,
    https_port: int = 8443,
    http_port: int = 8080,
    management_port: int = 9000,
    data: Data = DATA,
) -> None:
    """The eleven steps of a step-up, played and told; then everything keeps running."""
    from ostiary import dev as development

    raise typer.Exit(
        development.demo(
            once=once,
            https_port=https_port,
            http_port=http_port,
            management_port=management_port,
            data=data,
        )
    )


@app.command("apply")
def apply_file(
    file: File,
    dry_run: Annotated[bool, typer.Option(help="Only print the difference.")] = False,
    prune: Annotated[bool, typer.Option(help="Remove clients the file does not name.")] = False,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make the database agree with a configuration file."""
    from ostiary.app import migrate, opened, rehearsal
    from ostiary.wire.configuration.apply import apply

    wanted = terminal.parsed(file)
    deployment = terminal.deployment(data, database, looking=dry_run)

    async def work() -> list[str]:
        if not dry_run:
            await migrate(deployment.database_url)
        async with (rehearsal if dry_run else opened)(deployment) as open_work:
            return await apply(open_work, wanted, dry=dry_run, prune=prune)

    changes = terminal.guarded(lambda: asyncio.run(work()))
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "changes": changes}))
        return
    for change in changes:
        typer.echo(change)
    if not changes:
        typer.echo("nothing to change")


@app.command()
def migrate(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring the database up to date."""
    from ostiary.app import migrate as bring_up_to_date

    url = terminal.deployment(data, database).database_url
    done = terminal.guarded(lambda: asyncio.run(bring_up_to_date(url)))
    line = "migrated" if done else "the database is up to date"
    terminal.tell({"migrated": done}, [line], as_json=as_json)


@app.command()
def doctor(data: Data = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Check database, keys, settings and clock; say what to fix."""
    from functools import partial

    from ostiary import production
    from ostiary.doctor import examine

    described = terminal.deployment(data, database, looking=True)
    providers = partial(production.providers, os.environ)
    findings = terminal.guarded(lambda: asyncio.run(examine(described, providers)))
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings]))
    else:
        for finding in findings:
            typer.echo(str(finding))
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Version, commit, Python, database."""
    import platform
    import sqlite3

    from ostiary import __version__

    facts = {
        "version": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "database": f"SQLite {sqlite3.sqlite_version}",
    }
    typer.echo(
        json.dumps(facts)
        if as_json
        else "\n".join(f"{name:8} {value}" for name, value in facts.items())
    )


@console_commands.command("link")
def console_link(
    email: Annotated[
        str | None,
        typer.Option(help="One of `administrators:`, or one already. Default: the first."),
    ] = None,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """A link, good once and for a day, that makes an administrator or gives one a new start."""
    from ostiary.app import console_link as link
    from ostiary.app import opened
    from ostiary.dev import ADMINISTRATOR

    deployment = terminal.deployment(data, database)
    usual = ADMINISTRATOR if deployment.inbox is not None else None

    async def work() -> str | None:
        async with opened(deployment) as open_work:
            return await link(open_work, email, usual=usual)

    made = terminal.guarded(lambda: asyncio.run(work()))
    if made is None:
        whom = f"{email} is not among them" if email else "name somebody there"
        terminal.fail(f"`administrators:` of the configuration: {whom}")
    terminal.tell({"link": made}, [made], as_json=as_json)


def _commit() -> str:
    import subprocess

    if commit := os.environ.get("OSTIARY_COMMIT"):
        return commit
    here = Path(__file__).resolve().parent
    told = subprocess.run(
        ["git", "-C", str(here), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
