"""Message templates: read, replaced, tried, looked back at."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct, field
from starlette.responses import Response

from ostiary.core import clients, messages, users
from ostiary.core.messages.model import (
    Person,
    Problem,
    Purpose,
    Rendered,
    Template,
    TemplateKey,
    Version,
)
from ostiary.core.work import Work
from ostiary.terms.contact import ADDRESSES, Channel
from ostiary.terms.failures import NotFound
from ostiary.terms.ids import UserId
from ostiary.terms.time import rfc3339

from ..checking import Nonsense, Wrong, checked
from ..http import Call, json
from ..sections.templates import template_from, wrong
from ..sections.users import address_from
from .words import ListQuery, page

# RFC 5646 §2.1, as far as anybody writes it
Locale: TypeAlias = Annotated[str, Meta(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$")]


class LocaleQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a locale: the template that speaks where none is written for the reader's language."""

    locale: Locale = ""


class HistoryQuery(ListQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    locale: Locale = ""


class Preview(Struct, frozen=True, kw_only=True):
    """`text`: of an e-mail in HTML, its plain-text alternative."""

    channel: Channel
    locale: str
    from_: str | None = field(name="from")
    subject: str | None
    text: str
    html: str | None


class VersionItem(Struct, frozen=True, kw_only=True):
    version: str
    saved_at: str
    template: Any  # as GET answers it


class Trial(Struct, frozen=True):
    """What is to be tried, on whom. `to`: where a test goes."""

    key: TemplateKey
    template: Template
    person: Person | None
    to: str | None


async def show(work: Work, call: Call) -> Response:
    """The template that is saved; the built-in one where none is."""
    return json(await messages.template(work, _key(call)))


async def replace(work: Work, call: Call) -> Response:
    """The template, from now on. An empty one leaves every word to the built-in one."""
    return await _save(work, _key(call), call.body)


async def preview(work: Work, call: Call) -> Response:
    """What it would say. The body is the template; an empty one tries what is saved.

    `user` is the id of the person it would say it to, or what is to be known of one.
    """
    return json(await _rendered(work, await _trial(work, call)))


async def test(work: Work, call: Call) -> Response:
    """Send it `to` an address, with an example of a code; answers what was sent."""
    trial = await _trial(work, call)
    preview = await _rendered(work, trial)
    if trial.to is None:
        raise Nonsense(Wrong(path="to", message="is missing"))
    to = address_from(trial.key.channel, trial.to, "to")
    await messages.send_trial(work, trial.key, trial.template, to, trial.person)
    return json(preview, 202)


async def history(work: Work, call: Call) -> Response:
    """Every version that was saved, newest first."""
    query: HistoryQuery = call.body
    key = _key(call)
    found = await messages.versions(work, key, before=query.cursor, most=query.limit + 1)
    return page(found, query.limit, _version, lambda version: version.id)


async def restore(work: Work, call: Call) -> Response:
    """An earlier version becomes the newest; it is checked as if it had just been written."""
    key = _key(call)
    version = await messages.version(work, key, call.path_values["version"])
    if version is None:
        raise NotFound("version_not_found")
    return await _save(work, key, msgspec.to_builtins(version.template))


async def _save(work: Work, key: TemplateKey, values: Any) -> Response:
    template = template_from(values, key, (await clients.registry(work)).links)
    if template != (await messages.templates(work)).get(key):
        await messages.save_template(work, key, template)
    return json(template)


async def _trial(work: Work, call: Call) -> Trial:
    key, values = _key(call), dict(call.body)
    user, to = values.pop("user", None), values.pop("to", None)
    values = values.pop("template", values)  # written by itself, or as the body
    if values:
        template = template_from(values, key, (await clients.registry(work)).links)
    else:
        template = await messages.template(work, key)
    person = await _person(work, user)
    return Trial(key, template, person, None if to is None else checked(to, str, "to"))


async def _person(work: Work, user: Any) -> Person | None:
    if user is None:
        return None
    if isinstance(user, dict):
        return checked(user, Person, "user")
    known = await users.get(work, UserId(checked(user, str, "user")))
    if known is None:
        raise Nonsense(Wrong(path="user", message="nobody has this id"))
    return users.person(known)


async def _rendered(work: Work, trial: Trial) -> Preview:
    rendered = await messages.preview(work, trial.key, trial.template, trial.person)
    if isinstance(rendered, Problem):
        raise Nonsense(wrong(rendered))
    return shown(rendered)


def shown(rendered: Rendered) -> Preview:
    return Preview(
        channel=rendered.channel,
        locale=rendered.locale,
        from_=rendered.sender,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )


def _version(version: Version) -> VersionItem:
    return VersionItem(
        version=version.id, saved_at=rfc3339(version.saved_at), template=version.template
    )


def _key(call: Call) -> TemplateKey:
    """The template of the path and the query."""
    try:
        purpose = Purpose(call.path_values["purpose"])
        channel = Channel(call.path_values["channel"])
    except ValueError as unknown:
        raise NotFound("template_not_found") from unknown
    if channel not in ADDRESSES:
        raise NotFound("template_not_found")
    return TemplateKey(purpose, channel, messages.locale_of(call.parameters.get("locale", "")))
