"""Relying parties. Their secrets are taken and never given back (ADM-4)."""

from typing import Any

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from ostiary.core import administration, clients
from ostiary.core.clients.model import Client
from ostiary.core.work import Work
from ostiary.terms.failures import Conflict, NotFound
from ostiary.terms.merge_patch import patched

from ..checking import Nonsense, Wrong, check_names, checked
from ..http import Call, json, no_content
from ..sections.clients import ClientSection, check_client, client_from, section_of
from .words import whole


def shown(client: Client) -> dict[str, Any]:
    """The section of the configuration file, without the secret."""
    told: dict[str, Any] = msgspec.to_builtins(section_of(client))
    del told["client_secret"]
    return told


async def listed(work: Work, call: Call) -> Response:
    """Every client."""
    return whole(shown(client) for client in (await clients.registry(work)).by_id.values())


async def show(work: Work, call: Call) -> Response:
    """One client."""
    client = (await clients.registry(work)).by_id.get(call.path_values["client_id"])
    if client is None:
        raise NotFound("client_not_found")
    return json(shown(client))


async def create(work: Work, call: Call) -> Response:
    """A new client; 409 where there is one of this id."""
    section = checked(call.body, ClientSection)
    check_client(section)
    if await clients.lock(work, section.client_id) is not None:
        raise Conflict("client_taken", field="client_id")
    client = client_from(work, section, None)
    await clients.register(work, client)
    return json(shown(client), 201)


async def change(work: Work, call: Call) -> Response:
    """A JSON merge patch (RFC 7396). A secret that is not named stays."""
    patch: dict[str, Any] = call.body
    check_names(patch, ClientSection)
    before = await _found(work, call)
    if patch.get("client_id", before.id) != before.id:
        raise Nonsense(Wrong(path="client_id", message="cannot be changed: make another client"))
    section = checked(patched(_base(before, patch), patch), ClientSection)
    secret = patch.get("client_secret", UNSET)
    kept = before.secret_digest is not None and secret is not None
    check_client(section, has_secret=kept)
    client = client_from(work, section, before)
    if client != before:
        await clients.register(work, client)
    return json(shown(client))


async def remove(work: Work, call: Call) -> Response:
    """The client, and every grant that anybody gave it."""
    await administration.remove_client(work, await _found(work, call))
    return no_content()


async def _found(work: Work, call: Call) -> Client:
    client = await clients.lock(work, call.path_values["client_id"])
    if client is None:
        raise NotFound("client_not_found")
    return client


def _base(client: Client, patch: dict[str, Any]) -> dict[str, Any]:
    """What the patch is laid on. Other scopes have another default, unless it is named."""
    base = shown(client)
    if "scopes" in patch:
        base["default_scope"] = None
    return base
