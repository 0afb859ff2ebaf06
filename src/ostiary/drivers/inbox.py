"""Carriers that carry nothing away: every message is kept where a developer can read it.

The inbox has a SQLite file of its own beside the database: a code must never lie readable in that one, and
with several workers all of them must see it.
"""

import asyncio
import sqlite3
from typing import Any

from ostiary.core.messages.model import Outgoing
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Unavailable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, channel TEXT, recipient TEXT,
    sender TEXT, subject TEXT, text TEXT, html TEXT, purpose TEXT, locale TEXT, sent_at INTEGER,
    code TEXT, link TEXT
);
CREATE TABLE IF NOT EXISTS carriers (channel TEXT PRIMARY KEY, mode TEXT, seconds REAL);
"""
_KEEP = """
INSERT OR IGNORE INTO messages
    (id, channel, recipient, sender, subject, text, html, purpose, locale, sent_at, code, link)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FIND = """
SELECT * FROM messages
WHERE (:to IS NULL OR recipient = :to) AND (:channel IS NULL OR channel = :channel)
    AND (:purpose IS NULL OR purpose = :purpose)
ORDER BY position DESC LIMIT :limit
"""
_MODE = "INSERT OR REPLACE INTO carriers (channel, mode, seconds) VALUES (?, ?, ?)"


class Inbox:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):  # no waiting for the disk
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    def keep(self, message: Outgoing) -> None:
        rendered = message.rendered
        self._connection.execute(
            _KEEP,
            (
                message.id,
                rendered.channel.value,
                rendered.to,
                rendered.sender,
                rendered.subject,
                rendered.text,
                rendered.html,
                rendered.purpose.value,
                rendered.locale,
                message.sent_at,
                message.code,
                message.link,
            ),
        )

    def find(
        self, *, to: str | None, channel: str | None, purpose: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Newest first."""
        values = {"to": to, "channel": channel, "purpose": purpose, "limit": limit}
        return [dict(row) for row in self._connection.execute(_FIND, values)]

    def clear(self) -> None:
        self._connection.execute("DELETE FROM messages")

    def set_mode(self, channel: Channel, mode: str, seconds: float) -> None:
        self._connection.execute(_MODE, (channel.value, mode, seconds))

    def mode(self, channel: Channel) -> tuple[str, float]:
        row = self._connection.execute(
            "SELECT mode, seconds FROM carriers WHERE channel = ?", (channel.value,)
        ).fetchone()
        return (row["mode"], row["seconds"]) if row else ("ok", 0.0)

    def carriers_ok(self) -> None:
        self._connection.execute("DELETE FROM carriers")

    def close(self) -> None:
        self._connection.close()


class InboxCarrier:
    """One channel of the inbox; fails or dawdles when it is told to."""

    def __init__(self, inbox: Inbox, channel: Channel) -> None:
        self._inbox = inbox
        self._channel = channel

    async def send(self, message: Outgoing) -> None:
        mode, seconds = self._inbox.mode(self._channel)
        if mode == "fail":
            raise Unavailable("carrier_unavailable")
        if mode == "slow":
            await asyncio.sleep(seconds)  # the dawdling that was asked for
        self._inbox.keep(message)
