from ostiary.terms.time import Instant, Seconds

from ..work import Work

USE = """
INSERT INTO limits (bucket, started_at, used) VALUES (:bucket, :now, 1)
ON CONFLICT (bucket) DO UPDATE SET
    used = CASE WHEN limits.started_at <= :expired THEN 1 ELSE limits.used + 1 END,
    started_at = CASE WHEN limits.started_at <= :expired THEN excluded.started_at ELSE limits.started_at END
RETURNING started_at, used
"""
FORGET = "DELETE FROM limits WHERE bucket = :bucket"
SWEEP = """
DELETE FROM limits WHERE bucket IN (
    SELECT bucket FROM limits WHERE started_at < :before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
)
"""


async def use(work: Work, bucket: str, length: Seconds) -> tuple[Instant, int]:
    row = await work.sql.one(USE, bucket=bucket, now=work.now, expired=work.now - length)
    assert row is not None  # noqa: S101  an upsert returns its row
    return row["started_at"], row["used"]


async def forget(work: Work, bucket: str) -> None:
    """What was used counts no longer."""
    await work.sql.run(FORGET, bucket=bucket)


async def sweep(work: Work, before: Instant) -> int:
    """Forget the windows that began before this instant; none is longer than a day."""
    return await work.sql.run(SWEEP, before=before)
