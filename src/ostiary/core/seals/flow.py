"""Seal what is old enough that nothing comes before it any more; verify the chain; forget what was kept for long."""

from msgspec.structs import replace

from ostiary.terms.time import Instant

from .. import journal, keys
from ..work import OpenWork, Work
from . import rules, store
from .model import Fault, Finding, Head, Report, Seal

SEAL, HEAD, RETENTION = (
    "journal seal",
    "journal head",
    "journal retention",
)  # what keys are derived for
MOST = 1000  # lines of one seal
PAGE = 20  # seals looked at in one unit of work


async def waiting(work: Work, until: Instant) -> bool:
    """Is there anything from before this instant that is not sealed yet?"""
    last = await store.newest(work)
    return bool(await journal.span(work, last.until if last else "", journal.first_id(until), 1))


async def seal(work: Work, until: Instant) -> int:
    """Seal what was written before this instant, or the oldest part of it; how many lines that were.

    Nothing may still be written with an earlier instant: else it is found inserted.
    """
    await work.sql.hold("journal seals")
    last, head = await store.newest(work), await store.head(work)
    first, bound = last.until if last else "", journal.first_id(until)
    lines = await journal.span(work, first, bound, MOST + 1)
    if len(lines) > MOST:
        lines, bound = lines[:MOST], lines[MOST].id
    if not lines:
        return 0
    entries = rules.written(lines)
    made = Seal(
        number=rules.following(last, head, head_holds=head is not None and _head_holds(work, head)),
        at=work.now,
        until=bound,
        lines=len(lines),
        first_at=min(line.at for line in lines),
        last_at=max(line.at for line in lines),
        entries=entries,
        entries_digest=rules.digest(entries),
        mac=b"",
    )
    made = replace(made, mac=keys.digest(work, SEAL, rules.said(made, last.mac if last else b"")))
    await store.add(work, made)
    signed = keys.digest(work, HEAD, rules.pointed(made.number, made.mac))
    await store.point(work, Head(number=made.number, mac=made.mac, signed=signed))
    return len(lines)


async def forget(work: Work, before: Instant) -> int:
    """Remove lines that are all from before this instant; of how many seals, a few at a time.

    The seals stay, and say that it was meant.
    """
    await work.sql.hold("journal seals")
    gone = 0
    found = await store.old(work, before, PAGE)
    for old in found:
        previous = await store.before(work, old.number)
        gone += await journal.remove(work, previous.until if previous else "", old.until)
        meant = keys.digest(work, RETENTION, rules.pointed(old.number, old.mac))
        await store.forget(work, old.number, meant)
    if found:
        await journal.record(work, "journal.forgotten", lines=gone, before=before)
    return len(found)


async def verify(open_work: OpenWork, *, noted: str | None = None) -> Report:
    """Look at every seal and every line. `noted`: a head that was written down earlier."""
    looking = _Looking(noted)
    async with open_work(reading=True) as work:
        head = await store.head(work)
    more = True
    while more:
        async with open_work(reading=True) as work:
            seals = await store.after(work, looking.last.number if looking.last else 0, PAGE)
            for one in seals:
                await looking.at(work, one)
            more = bool(seals)
            if not more:
                looking.at_the_end(work, head)
                unsealed = await journal.since(work, looking.last.until if looking.last else "")
    return looking.report(unsealed)


class _Looking:
    """What was seen so far, on the way along the chain."""

    def __init__(self, noted: str | None) -> None:
        self.last: Seal | None = None
        self._noted, self._noted_seen = noted, noted is None
        self._macs: dict[int, bytes] = {}
        self._lines = self._forgotten = 0
        self._forgotten_until: Instant | None = None
        self._findings: list[Finding] = []

    async def at(self, work: Work, seal: Seal) -> None:
        before, whole = self.last, True
        if seal.number != (expected := before.number + 1 if before else 1):
            self._find(Fault.SEALS_MISSING, expected, seal.number - 1, before, seal)
            whole = False
        said = rules.said(seal, before.mac if before else b"")
        if whole and not keys.digest_matches(work, SEAL, said, seal.mac):
            self._findings.append(rules.about(seal, Fault.SEAL_ALTERED))
        else:
            found = await self._compare(work, seal, before.until if before else "")
            # what the missing seals covered is not known to be too much
            self._findings += [one for one in found if whole or one.fault is not Fault.INSERTED]
        self.last = seal
        self._macs[seal.number] = seal.mac
        self._noted_seen = self._noted_seen or rules.spelled(seal.number, seal.mac) == self._noted

    async def _compare(self, work: Work, seal: Seal, first: str) -> list[Finding]:
        if seal.forgotten is not None:
            said = rules.pointed(seal.number, seal.mac)
            intact = keys.digest_matches(work, RETENTION, said, seal.forgotten)
        else:
            intact = rules.whole(seal)
        if not intact:
            return [rules.about(seal, Fault.SEAL_ALTERED)]
        if seal.forgotten is None:
            self._lines += seal.lines
        else:
            self._forgotten += seal.lines
            self._forgotten_until = seal.last_at
        lines = await journal.span(work, first, seal.until, 2 * seal.lines + MOST)
        return list(rules.differences(seal, lines))

    def at_the_end(self, work: Work, head: Head | None) -> None:
        """The head was read first: the chain may have grown since, and not shrunk."""
        last = self.last.number if self.last else 0
        if head is None:
            if last:
                self._find(Fault.HEAD_ALTERED, last, last, self.last, None)
        elif not _head_holds(work, head):
            self._find(Fault.HEAD_ALTERED, head.number, head.number, self.last, None)
        elif head.number > last:
            self._find(Fault.SEALS_MISSING, last + 1, head.number, self.last, None)
        elif self._macs.get(head.number) != head.mac:
            self._find(Fault.HEAD_ALTERED, head.number, head.number, self.last, None)
        if not self._noted_seen:
            self._find(Fault.HEAD_UNKNOWN, last, last, self.last, None)

    def _find(
        self, fault: Fault, first: int, last: int, before: Seal | None, then: Seal | None
    ) -> None:
        self._findings.append(
            Finding(
                fault=fault,
                seals=(first, last),
                since=before.last_at if before else None,
                until=then.first_at if then else None,
            )
        )

    def report(self, unsealed: tuple[int, Instant | None]) -> Report:
        return Report(
            holds=not self._findings,
            seals=len(self._macs),
            lines=self._lines,
            unsealed=unsealed[0],
            unsealed_since=unsealed[1],
            forgotten=self._forgotten,
            forgotten_until=self._forgotten_until,
            head=rules.spelled(self.last.number, self.last.mac) if self.last else None,
            findings=tuple(self._findings),
        )


def _head_holds(work: Work, head: Head) -> bool:
    return keys.digest_matches(work, HEAD, rules.pointed(head.number, head.mac), head.signed)
