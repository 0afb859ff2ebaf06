"""Every path of the admin API, on one page. All of them are for the administrator alone."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from ostiary import __version__
from ostiary.core.messages.model import EmailTemplate, SmsTemplate
from ostiary.core.projects.model import Settings
from ostiary.core.work import Actor, Work
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.secret import Secret

from ..http import Call, Dialect, Endpoint, Server, json
from ..openapi import document
from ..problems import MEDIA_TYPE, Problem, Problems
from ..sections.clients import ClientSection
from ..sections.people import NewPerson, PersonPatch
from . import (
    administrators,
    clients,
    credentials,
    devices,
    events,
    keys,
    sessions,
    settings,
    templates,
    users,
)
from .words import Listed

PREFIX = "/admin/"
V1 = f"{PREFIX}v1"
ACTOR = "admin-api"
TEMPLATE = f"{V1}/templates/{{purpose}}/{{channel}}"
USER = f"{V1}/users/{{id}}"
Written = (SmsTemplate, EmailTemplate)


def _get(path: str, handler: Any, answer: Any, query: Any = None) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        handler=handler,
        answer=answer,
        query=query,
        reading=True,
        cors=False,
        secured="admin",
    )


def _write(method: str, path: str, handler: Any, **more: Any) -> Endpoint:
    return Endpoint(method=method, path=path, handler=handler, cors=False, secured="admin", **more)


def _change(method: str, path: str, handler: Any, shape: Any, **more: Any) -> Endpoint:
    """The body is checked by the handler, which names each thing that is wrong with it."""
    return _write(method, path, handler, body=dict[str, Any], shape=shape, **more)


def _belongings(name: str, id: str, module: Any, item: Any) -> Iterator[Endpoint]:
    one, all_ = f"{USER}/{name}/{{{id}}}", f"{USER}/{name}"
    yield _get(all_, module.listed, Listed[item])
    yield _write("DELETE", all_, module.remove_all, status=204)
    yield _get(one, module.show, item)
    yield _write("DELETE", one, module.remove, status=204)


async def openapi(work: Work, call: Call) -> Response:
    """This document."""
    title = "Ostiary: admin API"
    return json(
        document(title, __version__, work.issuer, ENDPOINTS, Problem, error_media=MEDIA_TYPE)
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _get(f"{V1}/settings", settings.show, Settings),
    _change("PATCH", f"{V1}/settings", settings.change, Settings, answer=Settings),
    _get(TEMPLATE, templates.show, Written, templates.LocaleQuery),
    _change(
        "PUT",
        TEMPLATE,
        templates.replace,
        Written,
        answer=Written,
        query=templates.LocaleQuery,
    ),
    _change(
        "POST",
        f"{TEMPLATE}/preview",
        templates.preview,
        Written,
        answer=templates.Preview,
        query=templates.LocaleQuery,
        reading=True,
    ),
    _change(
        "POST",
        f"{TEMPLATE}/test",
        templates.test,
        Written,
        answer=templates.Preview,
        query=templates.LocaleQuery,
        status=202,
        tells=True,
    ),
    _get(
        f"{TEMPLATE}/history",
        templates.history,
        Listed[templates.VersionItem],
        templates.HistoryQuery,
    ),
    _write(
        "POST",
        f"{TEMPLATE}/history/{{version}}/restore",
        templates.restore,
        answer=Written,
        query=templates.LocaleQuery,
    ),
    _get(f"{V1}/users", users.listed, Listed[users.UserItem], users.UserQuery),
    Endpoint(
        method="POST",
        path=f"{V1}/users",
        free=users.create,
        body=dict[str, Any],
        shape=NewPerson,
        answer=users.UserWhole,
        status=201,
        cors=False,
        secured="admin",
    ),
    _get(USER, users.show, users.UserWhole),
    Endpoint(
        method="PATCH",
        path=USER,
        free=users.change,
        body=dict[str, Any],
        shape=PersonPatch,
        answer=users.UserWhole,
        cors=False,
        secured="admin",
    ),
    _write("DELETE", USER, users.remove, status=204),
    *_belongings("credentials", "cid", credentials, credentials.CredentialItem),
    *_belongings("sessions", "sid", sessions, sessions.SessionItem),
    *_belongings("devices", "did", devices, devices.DeviceItem),
    _get(f"{V1}/clients", clients.listed, Listed[ClientSection]),
    _change(
        "POST", f"{V1}/clients", clients.create, ClientSection, answer=ClientSection, status=201
    ),
    _get(f"{V1}/clients/{{client_id:path}}", clients.show, ClientSection),
    _change(
        "PATCH",
        f"{V1}/clients/{{client_id:path}}",
        clients.change,
        ClientSection,
        answer=ClientSection,
    ),
    _write("DELETE", f"{V1}/clients/{{client_id:path}}", clients.remove, status=204),
    _get(f"{V1}/administrators", administrators.listed, Listed[administrators.AdministratorItem]),
    _change(
        "POST",
        f"{V1}/administrators",
        administrators.invite,
        administrators.InvitationBody,
        answer=administrators.Invitation,
        status=201,
    ),
    _write("DELETE", f"{V1}/administrators/{{id}}", administrators.remove, status=204),
    _get(f"{V1}/invitations", administrators.invitations, Listed[administrators.InvitationItem]),
    _write("DELETE", f"{V1}/invitations/{{email}}", administrators.uninvite, status=204),
    _get(f"{V1}/keys", keys.listed, Listed[keys.KeyItem]),
    _write("POST", f"{V1}/keys/rotate", keys.rotate, answer=Listed[keys.KeyItem]),
    _get(f"{V1}/events", events.listed, Listed[events.EventItem], events.EventQuery),
    _get(f"{V1}/openapi.json", openapi, dict[str, Any]),
)


def admit(call: Call) -> None:
    """Whoever holds the administrator's token, compared in constant time; nobody where there is none (ADM-2)."""
    token, given = call.server.admin_token, call.bearer
    if token is None or given is None or Secret(given) != token:
        raise Unauthenticated("admin_token_needed")
    call.actor = Actor(ACTOR, call.ip)


def dialect(server: Server) -> Dialect:
    return Dialect(server, Problems("admin", malformed=422), ENDPOINTS, guard=admit, cors=False)
