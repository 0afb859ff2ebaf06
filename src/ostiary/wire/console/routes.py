"""Every path of the console, on one page. What is not made by `_page` or `_form` is open to strangers."""

from pathlib import Path
from typing import Any

from starlette.responses import Response

from ostiary.core.operators.model import SET_UP_PATH
from ostiary.core.work import OpenWork
from ostiary.terms.failures import NotFound

from ..http import Call, Dialect, Endpoint, Server
from . import (
    accounts,
    administrators,
    applications,
    entrance,
    events,
    overview,
    people,
    policy,
    signing,
    texts,
)
from .doors import HOME, SIGN_IN, Page, Pages, done, shown

STATIC = Path(__file__).parent / "static"
_TYPES = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "passkeys.js": "text/javascript",
}
_FORM = dict[str, str]
_TEMPLATE = "/templates/{purpose}/{channel}"


async def static(open_work: OpenWork, call: Call) -> Response:
    """What the pages are made of."""
    name = call.path_values["name"]
    if name not in _TYPES:
        raise NotFound("route_not_found")
    return Response((STATIC / name).read_bytes(), media_type=_TYPES[name])


def _page(path: str, page: Page, *, sensitive: bool = False) -> Endpoint:
    return Endpoint(
        method="GET",
        path=HOME + path,
        handler=shown(page, sensitive=sensitive),
        cors=False,
        secured="console",
    )


def _form(path: str, page: Page, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST",
        path=HOME + path,
        free=done(page, **more),
        body=_FORM,
        form=True,
        cors=False,
        secured="console",
    )


OPEN = (
    Endpoint(method="GET", path=f"{HOME}/static/{{name}}", free=static, cors=False),
    Endpoint(method="GET", path=SIGN_IN, handler=entrance.sign_in_page, cors=False),
    Endpoint(method="POST", path=SIGN_IN, free=entrance.sign_in, body=_FORM, form=True, cors=False),
    Endpoint(
        method="POST",
        path=f"{SIGN_IN}/passkey",
        handler=entrance.ask_for_passkey,
        body=_FORM,
        form=True,
        cors=False,
    ),
    Endpoint(
        method="GET", path=f"{SET_UP_PATH}{{token}}", handler=entrance.set_up_page, cors=False
    ),
    Endpoint(
        method="POST",
        path=f"{SET_UP_PATH}{{token}}",
        free=entrance.set_up,
        body=_FORM,
        form=True,
        cors=False,
    ),
)
CLOSED = (
    _page("", overview.overview),
    _page("/settings", policy.show),
    _form("/settings", policy.save),
    _page("/templates", texts.listed),
    _page(_TEMPLATE, texts.edit),
    _form(_TEMPLATE, texts.save),
    _form(f"{_TEMPLATE}/preview", texts.preview),
    _form(f"{_TEMPLATE}/test", texts.test),
    _form(f"{_TEMPLATE}/restore/{{version}}", texts.restore),
    _page("/users", people.search),
    _page("/users/new", accounts.blank),
    _form("/users", accounts.create, sensitive=True, hashing=True, again=accounts.blank_again),
    _page("/users/{id}", people.show),
    _page("/users/{id}/edit", accounts.edit),
    _form("/users/{id}/profile", accounts.save_profile, again=accounts.edit_again),
    _form(
        "/users/{id}/contacts", accounts.save_contacts, sensitive=True, again=accounts.edit_again
    ),
    _form(
        "/users/{id}/password",
        accounts.save_password,
        sensitive=True,
        hashing=True,
        again=accounts.edit_again,
    ),
    _form("/users/{id}/remove", accounts.remove, sensitive=True, again=accounts.edit_again),
    _form("/users/{id}/unlock", people.unlock),
    _form("/users/{id}/sessions/end", people.end_sessions),
    _form("/users/{id}/sessions/{session}/end", people.end_session),
    _form("/users/{id}/devices/forget", people.forget_devices),
    _form("/users/{id}/devices/{device}/forget", people.forget_device),
    _form(
        "/users/{id}/credentials/{credential}/remove",
        people.withdraw,
        sensitive=True,
    ),
    _page("/clients", applications.listed),
    _page("/new-client", applications.blank),
    _form("/clients", applications.create, sensitive=True, again=applications.blank_again),
    _page("/clients/{id:path}", applications.show),
    _form("/clients/{id:path}", applications.save, sensitive=True, again=applications.show_again),
    _form("/client-secrets/{id:path}", applications.renew_secret, sensitive=True),
    _form(
        "/client-removals/{id:path}",
        applications.remove,
        sensitive=True,
        again=applications.show_again,
    ),
    _page("/journal", events.show),
    _page("/journal.json", events.export),
    _page("/keys", signing.listed, sensitive=True),
    _form("/keys/rotate", signing.rotate, sensitive=True),
    _page("/administrators", administrators.listed),
    _form(
        "/administrators", administrators.invite, sensitive=True, again=administrators.listed_again
    ),
    _form("/administrators/uninvite", administrators.uninvite),
    _form(
        "/administrators/passkeys",
        administrators.begin_passkey,
        sensitive=True,
        again=administrators.listed_again,
    ),
    _form(
        "/administrators/passkeys/made",
        administrators.add_passkey,
        sensitive=True,
        again=administrators.listed_again,
    ),
    _form("/administrators/passkeys/{id}/remove", administrators.remove_passkey, sensitive=True),
    _form(
        "/administrators/{id}/remove",
        administrators.remove,
        sensitive=True,
        again=administrators.listed_again,
    ),
    _page("/confirm", entrance.confirm_page),
    _form("/confirm", entrance.confirm),
    _form("/sign-out", entrance.sign_out),
)
ENDPOINTS = (*OPEN, *CLOSED)


def dialect(server: Server) -> Dialect:
    return Dialect(server, Pages(), ENDPOINTS, cors=False)
