"""Find the client that asks; check that it is the one it says."""

from ostiary.terms.failures import Malformed, Unauthenticated
from ostiary.terms.ids import ClientId

from .. import journal, keys, projects
from ..work import Work
from . import store
from .model import Client, Registry

SECRET = "client secret"


async def registry(work: Work) -> Registry:
    known: Registry | None = work.memo.get("clients")
    if known is None:
        found = await store.all_clients(work)
        known = Registry(
            by_id={client.id: client for client in found},
            origins=frozenset(origin for client in found for origin in client.origins),
            links=frozenset(uri for client in found for uri in client.redirect_uris),
        )
        work.memo["clients"] = known
    return known


async def get(work: Work, id: str | None) -> Client:
    """The client of this id; `Malformed` where none is named, or no such one exists."""
    if not id:
        raise Malformed("client_missing", field="client_id")
    client = (await registry(work)).by_id.get(id)
    if client is None:
        raise Malformed("client_unknown", field="client_id")
    return client


async def name_of(work: Work, id: ClientId) -> str:
    """What a person knows it by. The project speaks for an application that has no client of its own."""
    client = (await registry(work)).by_id.get(id)
    return client.name if client is not None else (await projects.current(work)).name


async def authenticate(work: Work, id: str | None, secret: str | None) -> Client:
    """The client that proves itself: by its secret, or, being public, by nothing (RFC 6749 §2.3)."""
    client = (await registry(work)).by_id.get(id or "")
    if client is None or not _proves(work, client, secret):
        raise Unauthenticated("client_authentication_failed")
    return client


def _proves(work: Work, client: Client, secret: str | None) -> bool:
    if client.public:
        return secret is None
    if secret is None or client.secret_digest is None:
        return False
    return secret_matches(work, secret, client.secret_digest)


def secret_matches(work: Work, secret: str, kept: bytes) -> bool:
    return keys.digest_matches(work, SECRET, secret.encode(), kept)


def digest_secret(work: Work, secret: str) -> bytes:
    return keys.digest(work, SECRET, secret.encode())


async def register(work: Work, client: Client) -> None:
    await store.save(work, client)
    await journal.record(work, "client.registered", client=client.id)
    await work.changed()


async def remove(work: Work, client: Client) -> None:
    await store.remove(work, client)
    await journal.record(work, "client.removed", client=client.id)
    await work.changed()
