from ostiary.terms.time import Instant

from ..work import Work
from .model import Algorithm, Stage, StoredKey

ALL = "SELECT * FROM signing_keys ORDER BY created_at, kid"
ADD = """
INSERT INTO signing_keys (kid, alg, stage, public, sealed, created_at, activated_at, retired_at)
VALUES (:kid, :alg, :stage, :public, :sealed, :created_at, :activated_at, :retired_at)
ON CONFLICT (kid) DO NOTHING
"""
MOVE = """
UPDATE signing_keys SET stage = :stage, activated_at = :activated_at, retired_at = :retired_at
WHERE kid = :kid
"""
RESEAL = "UPDATE signing_keys SET sealed = :sealed WHERE kid = :kid"
REMOVE = "DELETE FROM signing_keys WHERE stage = 'previous' AND retired_at < :before"


async def all_keys(work: Work) -> tuple[StoredKey, ...]:
    rows = await work.sql.all(ALL)
    return tuple(
        StoredKey(**{**row, "alg": Algorithm(row["alg"]), "stage": Stage(row["stage"])})
        for row in rows
    )


async def add(work: Work, key: StoredKey) -> None:
    await work.sql.run(
        ADD,
        kid=key.kid,
        alg=key.alg.value,
        stage=key.stage.value,
        public=key.public,
        sealed=key.sealed,
        created_at=key.created_at,
        activated_at=key.activated_at,
        retired_at=key.retired_at,
    )


async def move(work: Work, key: StoredKey) -> None:
    await work.sql.run(
        MOVE,
        kid=key.kid,
        stage=key.stage.value,
        activated_at=key.activated_at,
        retired_at=key.retired_at,
    )


async def reseal(work: Work, kid: str, sealed: bytes) -> None:
    await work.sql.run(RESEAL, kid=kid, sealed=sealed)


async def remove_retired(work: Work, before: Instant) -> int:
    return await work.sql.run(REMOVE, before=before)
