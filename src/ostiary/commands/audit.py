"""`ostiary audit`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import terminal
from .terminal import DATA, AsJson, Data, DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostiary.core.seals.model import Report
    from ostiary.core.work import OpenWork
    from ostiary.terms.time import Instant

commands = typer.Typer(no_args_is_help=True, help="The journal: what happened.")


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


@commands.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option(help="One that was noted earlier: it must still be there.")
    ] = None,
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Is every sealed line as it was? Exits with 1 where one was changed, removed or added."""
    from ostiary.core import seals

    report = terminal.beside(data, database, lambda open_work: seals.verify(open_work, noted=head))
    terminal.tell(_shown(report), _told(report), as_json=as_json)
    if not report.holds:
        raise typer.Exit(1)


@commands.command("forget")
def forget(
    before: Annotated[str, typer.Option(help="RFC 3339, or Unix seconds.")],
    data: Data = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Remove sealed lines that are older than this. The seals stay, and say that it was meant."""
    from ostiary.core import seals
    from ostiary.wire.admin.events import instant_of
    from ostiary.wire.checking import Nonsense

    try:
        until = instant_of(before)
    except Nonsense as nonsense:
        terminal.fail(f"--{nonsense.detail}".replace("since", "before"))
    if until is None:
        terminal.fail("--before: it is empty")

    async def remove(open_work: "OpenWork") -> int:
        gone = 0
        while True:
            async with open_work() as work:
                went = await seals.forget(work, until)
            if not went:
                return gone
            gone += went

    gone = terminal.beside(data, database, remove)
    line = f"the lines of {gone} seals were forgotten" if gone else "nothing is as old as that"
    terminal.tell({"seals": gone}, [line], as_json=as_json)


def _line(event: Any) -> str:
    whose = {"user": event.user, "client": event.client, "ip": event.ip, **event.data}
    facts = " ".join(f"{name}={value}" for name, value in whose.items() if value is not None)
    return f"{event.at}  {event.type:22} {facts}"


def _shown(report: "Report") -> dict[str, Any]:
    """As JSON: instants in RFC 3339."""
    from ostiary.terms.time import rfc3339

    def when(at: "Instant | None") -> str | None:
        return None if at is None else rfc3339(at)

    return {
        "holds": report.holds,
        "seals": report.seals,
        "lines": report.lines,
        "unsealed": {"lines": report.unsealed, "since": when(report.unsealed_since)},
        "forgotten": {"lines": report.forgotten, "until": when(report.forgotten_until)},
        "head": report.head,
        "findings": [
            {
                "fault": finding.fault,
                "seals": list(finding.seals),
                "since": when(finding.since),
                "until": when(finding.until),
                "lines": list(finding.lines),
            }
            for finding in report.findings
        ],
    }


def _told(report: "Report") -> "Iterator[str]":
    shown = _shown(report)
    for one in shown["findings"]:
        first, last = one["seals"]
        where = f"seal {first}" if first == last else f"seals {first} to {last}"
        when = f"{one['since'] or 'the beginning'} to {one['until'] or 'now'}"
        which = "".join(f"\n    {id}" for id in one["lines"])
        yield f"{one['fault'].replace('_', ' ')}: {where}, {when}{which}"
    if report.forgotten:
        yield f"{report.forgotten} lines up to {shown['forgotten']['until']} were forgotten on purpose"
    if report.unsealed:
        yield f"{report.unsealed} lines since {shown['unsealed']['since']} are not sealed yet"
    yield f"{report.lines} lines in {report.seals} seals; head {report.head or 'none yet'}"
    yield "the journal holds" if report.holds else "the journal does not hold"
