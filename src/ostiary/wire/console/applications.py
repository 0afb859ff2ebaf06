"""Clients: made, changed, removed; their secrets are shown once."""

from base64 import urlsafe_b64encode
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import administration, clients
from ostiary.core.clients.model import Client, GrantType
from ostiary.core.keys.model import Algorithm
from ostiary.core.work import Work
from ostiary.terms.failures import Conflict, Failure, NotFound

from ..checking import checked
from ..http import see_other
from ..sections.clients import ClientSection, check_client, client_from, section_of
from .accounts import check_sure
from .doors import HOME, Visit, status_of, wrongs_of

CLIENTS = f"{HOME}/clients"
SECRET = 32  # bytes
_GRANTS = {
    GrantType.AUTHORIZATION_CODE: "Somebody logs in here, and the application exchanges a code. What step-ups end in.",
    GrantType.REFRESH_TOKEN: "New tokens without asking the person again, until the grant ends.",
    GrantType.CLIENT_CREDENTIALS: "The application for itself, with nobody behind it. Confidential ones only.",
    GrantType.PASSWORD: "The application asks for the password and hands it on. For what cannot be changed any more.",
}
_LINES = ("redirect_uris", "post_logout_redirect_uris", "origins")
_KIND = "kind"  # public or confidential


async def listed(work: Work, visit: Visit) -> Response:
    """Every client."""
    known = (await clients.registry(work)).by_id
    return visit.html("clients.html", clients=list(known.values()))


async def blank(work: Work, visit: Visit) -> Response:
    """A form for a new client."""
    return _page(visit, None, _fields(ClientSection(client_id="new", name="")) | {"client_id": ""})


async def blank_again(work: Work, visit: Visit, failure: Failure) -> Response:
    return _page(visit, None, visit.form, failure)


async def show(work: Work, visit: Visit) -> Response:
    """One client, as it can be changed."""
    return _shown(visit, await _known(work, visit), saved="saved" in visit.call.parameters)


async def show_again(work: Work, visit: Visit, failure: Failure) -> Response:
    client = await _known(work, visit)
    typed = _fields(section_of(client)) if set(visit.form) <= {"csrf", "code"} else visit.form
    return _page(visit, client, typed, failure)


async def create(work: Work, visit: Visit) -> Response:
    """A new client; a confidential one with a secret, shown this once."""
    section = checked(_values(visit.form), ClientSection)
    secret = None if section.public else _new_secret(work)
    section = replace(section, client_secret=secret)
    check_client(section)
    if await clients.lock(work, section.client_id) is not None:
        raise Conflict("client_taken", field="client_id")
    client = client_from(work, section, None)
    await clients.register(work, client)
    return _secret_or_back(visit, client, secret)


async def save(work: Work, visit: Visit) -> Response:
    """Everything of it but its id. One that becomes confidential gets a secret, shown this once."""
    before = await _lock(work, visit)
    values = _values({**visit.form, "client_id": before.id})
    section = checked(values, ClientSection)
    secret = None
    if not section.public and before.secret_digest is None:
        secret = _new_secret(work)
    section = replace(section, client_secret=secret)
    check_client(section, has_secret=before.secret_digest is not None)
    client = client_from(work, section, before)
    if client != before:
        await clients.register(work, client)
    return _secret_or_back(visit, client, secret)


async def renew_secret(work: Work, visit: Visit) -> Response:
    """A new secret, shown this once: only a digest of it is kept (ADM-4)."""
    client = await _lock(work, visit)
    if client.public:
        raise NotFound("route_not_found")
    secret = _new_secret(work)
    wanted = replace(client, secret_digest=clients.digest_secret(work, secret))
    await clients.register(work, wanted)
    return _shown(visit, wanted, secret=secret)


async def remove(work: Work, visit: Visit) -> Response:
    """The client, and every grant that anybody gave it."""
    check_sure(visit)
    await administration.remove_client(work, await _lock(work, visit))
    return see_other(CLIENTS)


def _new_secret(work: Work) -> str:
    return urlsafe_b64encode(work.entropy(SECRET)).rstrip(b"=").decode()


def _secret_or_back(visit: Visit, client: Client, secret: str | None) -> Response:
    if secret is not None:
        return _shown(visit, client, secret=secret)
    return see_other(f"{CLIENTS}/{quote(client.id)}?saved")


async def _known(work: Work, visit: Visit) -> Client:
    client = (await clients.registry(work)).by_id.get(visit.call.path_values["id"])
    if client is None:
        raise NotFound("route_not_found")
    return client


async def _lock(work: Work, visit: Visit) -> Client:
    client = await clients.lock(work, visit.call.path_values["id"])
    if client is None:
        raise NotFound("route_not_found")
    return client


def _values(form: dict[str, str]) -> dict[str, Any]:
    """The section that the form spells; an empty field is one that is not said."""
    values: dict[str, Any] = {
        "client_id": form.get("client_id", "").strip(),
        "name": form.get("name", "").strip() or None,
        "public": form.get(_KIND) != "confidential",
        "grants": [grant.value for grant in GrantType if f"grants.{grant.value}" in form],
        "login_url": form.get("login_url", "").strip() or None,
        "scopes": form.get("scopes", "").split(),
        "default_scope": " ".join(form.get("default_scope", "").split()) or None,
        "id_token_signed_response_alg": form.get("id_token_signed_response_alg", ""),
        "step_up_by_access_token": "step_up_by_access_token" in form,
    }
    return values | {name: form.get(name, "").split() for name in _LINES}


def _fields(section: ClientSection) -> dict[str, str]:
    """As the form holds them: a box is there where it is ticked."""
    values = msgspec.to_builtins(section)
    fields = {name: values[name] or "" for name in ("client_id", "name", "login_url")}
    fields |= {name: "\n".join(values[name]) for name in _LINES}
    fields |= {f"grants.{grant}": "on" for grant in values["grants"]}
    if section.step_up_by_access_token:
        fields["step_up_by_access_token"] = "on"
    return fields | {
        _KIND: "public" if section.public else "confidential",
        "scopes": " ".join(section.scopes),
        "default_scope": section.default_scope or "",
        "id_token_signed_response_alg": section.id_token_signed_response_alg,
    }


def _shown(
    visit: Visit, client: Client, *, secret: str | None = None, saved: bool = False
) -> Response:
    fields = _fields(section_of(client))
    return _page(visit, client, fields, secret=secret, saved=saved or secret is not None)


def _page(
    visit: Visit,
    client: Client | None,
    fields: dict[str, str],
    failure: Failure | None = None,
    *,
    secret: str | None = None,
    saved: bool = False,
) -> Response:
    wrongs = () if failure is None else wrongs_of(failure)
    return visit.html(
        "client.html",
        200 if failure is None else status_of(failure),
        here=CLIENTS,
        client=client,
        fields=defaultdict(str, fields),
        grants=list(_GRANTS.items()),
        algorithms=list(Algorithm),
        secret=secret,
        saved=saved,
        wrongs=wrongs,
        told=defaultdict(str, {one.path.partition("[")[0]: one.message for one in wrongs}),
    )
