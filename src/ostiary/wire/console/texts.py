"""Templates: all of them, one to edit beside what it says, its history."""

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.responses import Response

from ostiary.core import clients, messages
from ostiary.core.messages.model import EmailTemplate, Purpose, Rendered, Template, TemplateKey
from ostiary.core.work import Work
from ostiary.terms.contact import ADDRESSES, Channel, email_address, phone_number
from ostiary.terms.failures import Malformed, NotFound

from ..checking import Nonsense, Wrong
from ..http import Call, see_other
from ..sections.templates import template_from, wrong
from . import rendering
from .doors import HOME, Visit
from .segments import Segments, segments

LIFETIMES = ("code_lifetime", "link_lifetime")
VERSIONS = 20
_BLANK = dict.fromkeys(
    ("text", "from", "subject", "body", "redirect_url", "code_lifetime", "link_lifetime"), ""
)
LANGUAGES = ("", "en", "fr")  # always offered: "" names none
_TAG = re.compile(r"^([a-z]{2,3}(-[a-z0-9]{2,8})*)?$")


class Preview(Struct, frozen=True, kw_only=True):
    """What a template says of an example, or what is wrong with it."""

    wrongs: tuple[Wrong, ...] = ()
    rendered: Rendered | None = None
    segments: Segments | None = None


async def listed(work: Work, visit: Visit) -> Response:
    """Every purpose, channel and language."""
    own = await messages.templates(work)
    locales = sorted({*LANGUAGES, *(key.locale for key in own)})
    rows = [
        (
            purpose,
            [
                (channel, [(x, TemplateKey(purpose, channel, x) in own) for x in locales])
                for channel in ADDRESSES
            ],
        )
        for purpose in Purpose
    ]
    return visit.html("templates.html", rows=rows)


async def edit(work: Work, visit: Visit) -> Response:
    """One template, beside what it says, and its history."""
    key = _key(visit.call)
    template = await messages.template(work, key)
    wrongs, saved = (), "saved" in visit.call.parameters
    trial = await _preview(work, key, template)
    return await _page(work, visit, key, _fields(template), trial, wrongs, saved=saved)


async def save(work: Work, visit: Visit) -> Response:
    """What is in the form, as the newest version."""
    key = _key(visit.call)
    try:
        template = await _template(work, visit, key)
    except Nonsense as nonsense:
        trial = Preview(wrongs=nonsense.wrongs)
        return await _page(work, visit, key, visit.form, trial, nonsense.wrongs)
    await messages.save_template(work, key, template)
    return see_other(_address(key, saved=""))


async def preview(work: Work, visit: Visit) -> Response:
    """What is in the form, unsaved: a piece of the page for our script, the whole page without."""
    key = _key(visit.call)
    try:
        trial = await _preview(work, key, await _template(work, visit, key))
    except Nonsense as nonsense:
        trial = Preview(wrongs=nonsense.wrongs)
    if visit.call.parameters.get("piece") == "preview":
        return rendering.html("preview.html", policy=rendering.PREVIEW_POLICY, trial=trial)
    return await _page(work, visit, key, visit.form, trial)


async def test(work: Work, visit: Visit) -> Response:
    """An example of what is in the form, sent for real."""
    key = _key(visit.call)
    try:
        template = await _template(work, visit, key)
        read = phone_number if key.channel is Channel.SMS else email_address
        to = str(read(visit.form.get("to", "")))
    except Nonsense as nonsense:
        wrongs = nonsense.wrongs
    except Malformed:
        kind = "a phone number" if key.channel is Channel.SMS else "an e-mail address"
        wrongs = (Wrong(path="to", message=f"is not {kind}"),)
    else:
        await messages.send_trial(work, key, template, to)
        trial = await _preview(work, key, template)
        return await _page(work, visit, key, visit.form, trial, sent=to)
    return await _page(work, visit, key, visit.form, Preview(wrongs=wrongs), wrongs)


async def restore(work: Work, visit: Visit) -> Response:
    """An earlier version, as the newest one."""
    key = _key(visit.call)
    version = await messages.version(work, key, visit.call.path_values["version"])
    if version is None:
        raise NotFound("route_not_found")
    await messages.save_template(work, key, version.template)
    return see_other(_address(key, saved=""))


def _key(call: Call) -> TemplateKey:
    locale = messages.locale_of(call.parameters.get("locale", ""))
    try:
        purpose = Purpose(call.path_values["purpose"])
        channel = Channel(call.path_values["channel"])
    except ValueError as unknown:
        raise NotFound("route_not_found") from unknown
    if not _TAG.match(locale) or channel not in ADDRESSES:
        raise NotFound("route_not_found")
    return TemplateKey(purpose, channel, locale)


def _address(key: TemplateKey, verb: str = "", **query: str) -> str:
    asked = urlencode({"locale": key.locale, **query})
    return f"{HOME}/templates/{key.purpose}/{key.channel}{verb}?{asked}"


def _fields(template: Template) -> dict[str, str]:
    """As the form holds them."""
    values = msgspec.to_builtins(template)
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    if isinstance(template, EmailTemplate) and not template.html:
        texts.pop("html")
    return texts


async def _template(work: Work, visit: Visit, key: TemplateKey) -> Template:
    form = visit.form
    values: dict[str, Any]
    if key.channel is Channel.SMS:
        values = {"text": _text(form, "text")}
    else:
        values = {name: _text(form, name) for name in ("from", "subject", "body")}
        values["html"] = "html" in form
        values["redirect_url"] = form.get("redirect_url", "").strip() or None
    for name in LIFETIMES:
        if text := form.get(name, "").strip():
            values[name] = int(text) if text.isascii() and text.isdigit() else text
    links = (await clients.registry(work)).links
    return template_from(values, key, links)


def _text(form: dict[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n")


async def _preview(work: Work, key: TemplateKey, template: Template) -> Preview:
    problems = messages.check_template(template, key.purpose)
    if problems:
        return Preview(wrongs=tuple(wrong(problem) for problem in problems))
    rendered = await messages.preview(work, key, template)
    if not isinstance(rendered, Rendered):
        return Preview(wrongs=(wrong(rendered),))
    counted = segments(rendered.text) if key.channel is Channel.SMS else None
    return Preview(rendered=rendered, segments=counted)


async def _page(
    work: Work,
    visit: Visit,
    key: TemplateKey,
    fields: dict[str, str],
    trial: Preview,
    wrongs: tuple[Wrong, ...] = (),
    *,
    saved: bool = False,
    sent: str = "",
) -> Response:
    verbs = {
        name: _address(key, verb)
        for name, verb in (("save", ""), ("preview", "/preview"), ("test", "/test"))
    }
    return rendering.html(
        "template.html",
        422 if wrongs else 200,
        policy=rendering.PREVIEW_POLICY,
        visit=visit,
        csrf=visit.form_secret,
        key=key,
        fields={**_BLANK, **fields},
        trial=trial,
        wrongs=wrongs,
        verbs=verbs,
        restore=lambda id: _address(key, f"/restore/{id}"),
        versions=await messages.versions(work, key, most=VERSIONS),
        links=sorted((await clients.registry(work)).links),
        saved=saved,
        sent=sent,
    )
