"""Clients: what each may do, its switch for step-up by access token, a new secret."""

from base64 import urlsafe_b64encode

from msgspec.structs import replace
from starlette.responses import Response

from ostiary.core import clients
from ostiary.core.clients.model import Client
from ostiary.core.work import Work
from ostiary.terms.failures import NotFound

from ..http import see_other
from .doors import HOME, Visit

CLIENT = f"{HOME}/clients/{{id}}"
SECRET = 32  # bytes


async def listed(work: Work, visit: Visit) -> Response:
    """Every client."""
    known = (await clients.registry(work)).by_id
    return visit.html("clients.html", clients=list(known.values()))


async def show(work: Work, visit: Visit) -> Response:
    """One client."""
    client = (await clients.registry(work)).by_id.get(visit.call.path_values["id"])
    if client is None:
        raise NotFound("route_not_found")
    saved = "saved" in visit.call.parameters
    return visit.html("client.html", client=client, secret=None, saved=saved)


async def save(work: Work, visit: Visit) -> Response:
    """Whether a step-up may begin with an access token alone."""
    client = await _lock(work, visit)
    wanted = replace(client, step_up_by_access_token="step_up_by_access_token" in visit.form)
    if wanted != client:
        await clients.register(work, wanted)
    return see_other(f"{CLIENT.format(id=client.id)}?saved")


async def renew_secret(work: Work, visit: Visit) -> Response:
    """A new secret, shown this once: only a digest of it is kept (ADM-4)."""
    client = await _lock(work, visit)
    if client.public:
        raise NotFound("route_not_found")
    secret = urlsafe_b64encode(work.entropy(SECRET)).rstrip(b"=").decode()
    wanted = replace(client, secret_digest=clients.digest_secret(work, secret))
    await clients.register(work, wanted)
    return visit.html("client.html", client=wanted, secret=secret, saved=False)


async def _lock(work: Work, visit: Visit) -> Client:
    client = await clients.lock(work, visit.call.path_values["id"])
    if client is None:
        raise NotFound("route_not_found")
    return client
