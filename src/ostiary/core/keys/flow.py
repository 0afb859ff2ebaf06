"""Make the first keys, rotate them, hand out the ring; seal and digest for whoever keeps a secret."""

import msgspec
from msgspec.structs import replace

from ostiary.terms.failures import Unavailable
from ostiary.terms.time import Instant, Seconds

from .. import journal
from ..work import Work
from . import rules, store
from .model import Algorithm, KeyRing, Stage, StoredKey, VerifyingKey

PUBLISHED_AFTER = Seconds(
    86_400
)  # a retired key stays published this long after its last token (KEY-3)
_PRIVATE = "signing key"


async def ensure(work: Work) -> None:
    """A current and a next key of each algorithm; made at the first start."""
    if not await _missing(work):
        return
    await work.changed()  # first, so that another process waits here and then finds them made
    for alg, stage in await _missing(work):
        await _make(work, alg, stage)


async def _missing(work: Work) -> list[tuple[Algorithm, Stage]]:
    have = {(key.alg, key.stage) for key in await store.all_keys(work)}
    return [
        (alg, stage)
        for alg in Algorithm
        for stage in (Stage.CURRENT, Stage.NEXT)
        if (alg, stage) not in have
    ]


async def rotate(work: Work, longest_token: Seconds) -> None:
    """Next becomes current, current becomes previous, a new next is published.

    A previous key is removed once the longest-lived token it can have signed is long expired.
    """
    await work.changed()  # first, so that two who rotate at once do so one after the other
    await ensure(work)
    for key in await store.all_keys(work):
        if key.stage is Stage.CURRENT:
            await store.move(work, replace(key, stage=Stage.PREVIOUS, retired_at=work.now))
        elif key.stage is Stage.NEXT:
            await store.move(work, replace(key, stage=Stage.CURRENT, activated_at=work.now))
    for alg in Algorithm:
        await _make(work, alg, Stage.NEXT)
    await store.remove_retired(work, Instant(work.now - longest_token - PUBLISHED_AFTER))
    await journal.record(work, "keys.rotated")


async def reseal(work: Work) -> None:
    """Every private key, sealed anew under the present master key."""
    for key in await store.all_keys(work):
        await store.reseal(work, key.kid, seal(work, _PRIVATE, key.kid, _open(work, key)))


async def ring(work: Work) -> KeyRing:
    """Every key, ready to use; remembered until one changes."""
    known: KeyRing | None = work.memo.get("keys")
    if known is None:
        stored = await store.all_keys(work)
        known = KeyRing(
            stored=stored,
            signing={
                key.alg: rules.read_private(_open(work, key))
                for key in stored
                if key.stage is Stage.CURRENT
            },
            verifying={
                key.kid: VerifyingKey(key.alg, rules.read_public(key.public)) for key in stored
            },
            jwks=msgspec.json.encode({"keys": [msgspec.Raw(key.public) for key in stored]}),
        )
        if not known.signing:
            raise Unavailable("no_signing_key")
        work.memo["keys"] = known
    return known


async def certificates(work: Work, alg: Algorithm) -> tuple[tuple[StoredKey, bytes], ...]:
    """The keys of this algorithm, each with the certificate it signs for itself (DER); remembered like the ring."""
    known: tuple[tuple[StoredKey, bytes], ...] | None = work.memo.get(f"certificates {alg}")
    if known is None:
        stored = (await ring(work)).stored
        known = work.memo[f"certificates {alg}"] = tuple(
            (key, rules.certificate(_open(work, key), key.kid, key.created_at))
            for key in stored
            if key.alg is alg
        )
    return known


async def _make(work: Work, alg: Algorithm, stage: Stage) -> None:
    key = rules.generate(alg)
    kid = rules.thumbprint(key)
    private = msgspec.json.encode({**key.as_dict(private=True), "kid": kid})
    await store.add(
        work,
        StoredKey(
            kid=kid,
            alg=alg,
            stage=stage,
            public=msgspec.json.encode(rules.public_jwk(key, alg)),
            sealed=seal(work, _PRIVATE, kid, private),
            created_at=work.now,
            activated_at=work.now if stage is Stage.CURRENT else None,
        ),
    )


def _open(work: Work, key: StoredKey) -> bytes:
    return unseal(work, _PRIVATE, key.kid, key.sealed)


def seal(work: Work, purpose: str, bound_to: str, plain: bytes) -> bytes:
    return rules.seal(work.master, purpose, bound_to, plain, work.entropy)


def unseal(work: Work, purpose: str, bound_to: str, sealed: bytes) -> bytes:
    return rules.unseal(work.master, purpose, bound_to, sealed)


def veil(work: Work, purpose: str, id: str) -> str:
    return rules.veil(work.master, purpose, id)


def unveil(work: Work, purpose: str, veiled: str) -> str:
    return rules.unveil(work.master, purpose, veiled)


def digest(work: Work, purpose: str, text: bytes) -> bytes:
    return rules.keyed_digest(work.master, purpose, text)


def digest_matches(work: Work, purpose: str, text: bytes, kept: bytes) -> bool:
    return rules.matches(work.master, purpose, text, kept)
