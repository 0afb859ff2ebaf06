from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from ostiary.terms.contact import Channel
from ostiary.terms.time import Instant

from ..work import Row, Work
from .model import EmailTemplate, Purpose, SmsTemplate, Template, TemplateKey, Version

TEMPLATES = "SELECT purpose, channel, locale, body FROM templates ORDER BY id"
ADD_TEMPLATE = """
INSERT INTO templates (id, purpose, channel, locale, body, saved_at)
VALUES (:id, :purpose, :channel, :locale, :body, :now)
"""
_VERSIONS = "SELECT id, channel, body, saved_at FROM templates"
_NAMED = " WHERE purpose = :purpose AND channel = :channel AND locale = :locale"
NEWEST_VERSIONS = f"{_VERSIONS}{_NAMED} ORDER BY id DESC LIMIT :most"
OLDER_VERSIONS = f"{_VERSIONS}{_NAMED} AND id < :before ORDER BY id DESC LIMIT :most"
VERSION = f"{_VERSIONS}{_NAMED} AND id = :id"
QUEUE = """
INSERT INTO outbox (id, channel, purpose, sealed, queued_at, due_at, attempts, sent_at)
VALUES (:id, :channel, :purpose, :sealed, :now, :due, :attempts, :sent_at)
"""
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE due_at <= :now AND sent_at IS NULL AND failed_at IS NULL
    ORDER BY due_at, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE outbox SET attempts = attempts + 1, due_at = :lease
WHERE id IN (SELECT id FROM due)
RETURNING id, channel, purpose, sealed, attempts
"""
_SENT = "UPDATE outbox SET sent_at = :now, sealed = NULL WHERE id IN ({ids})"
AT_ONCE = (
    8  # messages of one statement: each number of them is a statement of its own, kept prepared
)
GIVEN_UP = "UPDATE outbox SET failed_at = :now, sealed = NULL WHERE id = :id"
LATER = "UPDATE outbox SET due_at = :due WHERE id = :id"
WAITING = """
SELECT COUNT(*) AS messages, MIN(queued_at) AS oldest FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL
"""
FORGET = """
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE queued_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""


class Claimed(NamedTuple):
    id: str
    channel: Channel
    purpose: Purpose
    sealed: bytes
    attempts: int


async def templates(work: Work) -> Mapping[TemplateKey, Template]:
    """The newest version of each."""
    found: dict[TemplateKey, Template] = {}
    for row in await work.sql.all(TEMPLATES):
        key = TemplateKey(Purpose(row["purpose"]), Channel(row["channel"]), row["locale"])
        found[key] = _template(row)
    return found


def _template(row: Row) -> Template:
    kind: type[Template] = SmsTemplate if row["channel"] == Channel.SMS else EmailTemplate
    return msgspec.json.decode(row["body"], type=kind)


def _version(row: Row) -> Version:
    return Version(id=row["id"], saved_at=row["saved_at"], template=_template(row))


async def versions(
    work: Work, key: TemplateKey, *, before: str | None = None, most: int
) -> tuple[Version, ...]:
    """The newest versions of one template, or those before one of them."""
    named = {"purpose": key.purpose.value, "channel": key.channel.value, "locale": key.locale}
    if before is None:
        rows = await work.sql.all(NEWEST_VERSIONS, most=most, **named)
    else:
        rows = await work.sql.all(OLDER_VERSIONS, before=before, most=most, **named)
    return tuple(_version(row) for row in rows)


async def version(work: Work, key: TemplateKey, id: str) -> Version | None:
    row = await work.sql.one(
        VERSION,
        id=id,
        purpose=key.purpose.value,
        channel=key.channel.value,
        locale=key.locale,
    )
    return None if row is None else _version(row)


async def add_template(work: Work, key: TemplateKey, template: Template) -> None:
    await work.sql.run(
        ADD_TEMPLATE,
        id=work.new_id(),
        purpose=key.purpose.value,
        channel=key.channel.value,
        locale=key.locale,
        body=msgspec.json.encode(template),
        now=work.now,
    )


async def queue(
    work: Work,
    id: str,
    channel: Channel,
    purpose: Purpose,
    sealed: bytes,
    *,
    sent_at: Instant | None,
    lease: Instant | None = None,
) -> None:
    """`lease`: until when nobody else takes it, where whoever queues it has claimed it."""
    await work.sql.run(
        QUEUE,
        id=id,
        channel=channel.value,
        purpose=purpose.value,
        sealed=sealed if sent_at is None else None,
        now=work.now,
        due=lease or work.now,
        attempts=0 if lease is None else 1,
        sent_at=sent_at,
    )


async def claim(work: Work, most: int, lease: Instant) -> tuple[Claimed, ...]:
    """Take what is due, so that no other worker takes it before the lease is over."""
    rows = await work.sql.all(CLAIM, now=work.now, most=most, lease=lease)
    claimed = (
        Claimed(
            row["id"],
            Channel(row["channel"]),
            Purpose(row["purpose"]),
            row["sealed"],
            row["attempts"],
        )
        for row in rows
    )
    return tuple(sorted(claimed))


async def sent(work: Work, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), AT_ONCE):
        some = {f"id{n}": id for n, id in enumerate(ids[start : start + AT_ONCE])}
        await work.sql.run(_marking(len(some)), now=work.now, **some)


@cache
def _marking(messages: int) -> str:
    return _SENT.format(ids=", ".join(f":id{n}" for n in range(messages)))


async def given_up(work: Work, id: str) -> None:
    await work.sql.run(GIVEN_UP, id=id, now=work.now)


async def later(work: Work, id: str, due: Instant) -> None:
    await work.sql.run(LATER, id=id, due=due)


async def waiting(work: Work) -> tuple[int, Instant | None]:
    """How many messages no carrier has taken yet, and since when the oldest of them waits."""
    row = await work.sql.one(WAITING)
    return (0, None) if row is None else (row["messages"], row["oldest"])


async def sweep(work: Work, before: Instant) -> int:
    """Forget what was queued before this instant; its body is long erased."""
    return await work.sql.run(FORGET, before=before)
