"""Signing keys, without their private parts."""

import msgspec
from msgspec import Struct
from starlette.responses import Response

from ostiary.core import keys, projects
from ostiary.core.keys.model import Algorithm, Stage, StoredKey
from ostiary.core.work import Work
from ostiary.terms.time import Seconds, rfc3339

from ..http import Call
from .words import perhaps, whole


class KeyItem(Struct, frozen=True, kw_only=True):
    kid: str
    alg: Algorithm
    stage: Stage
    created_at: str
    activated_at: str | None
    retired_at: str | None
    public: msgspec.Raw  # a JWK (RFC 7517)


def shown(key: StoredKey) -> KeyItem:
    return KeyItem(
        kid=key.kid,
        alg=key.alg,
        stage=key.stage,
        created_at=rfc3339(key.created_at),
        activated_at=perhaps(key.activated_at),
        retired_at=perhaps(key.retired_at),
        public=msgspec.Raw(key.public),
    )


async def listed(work: Work, call: Call) -> Response:
    """Every signing key and its stage."""
    return whole(map(shown, (await keys.ring(work)).stored))


async def rotate(work: Work, call: Call) -> Response:
    """Next becomes current, current becomes previous, a new next is published; answers every key."""
    await keys.rotate(work, Seconds((await projects.settings(work)).tokens.access))
    return await listed(work, call)
