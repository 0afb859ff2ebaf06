"""A template as it is written: checked before it is kept."""

from collections.abc import Container
from typing import Any

from ostiary.core import messages
from ostiary.core.messages.model import EmailTemplate, Problem, SmsTemplate, Template, TemplateKey
from ostiary.terms.contact import Channel

from ..checking import Nonsense, Wrong, checked


def kind_of(channel: Channel) -> type[Template]:
    return SmsTemplate if channel is Channel.SMS else EmailTemplate


def template_from(
    values: Any, key: TemplateKey, links: Container[str], where: str = ""
) -> Template:
    """The template these values are; `Nonsense` where it must not be kept. `links`: where it may lead."""
    template: Template = checked(values, kind_of(key.channel), where)
    wrongs = [wrong(problem, where) for problem in messages.check_template(template, key.purpose)]
    url = template.redirect_url if isinstance(template, EmailTemplate) else None
    if url is not None and url not in links:
        message = f"{url!r} is not a redirect_uri of any client"
        wrongs.append(Wrong(path=_path(where, "redirect_url"), message=message))
    if wrongs:
        raise Nonsense(*wrongs)
    return template


def wrong(problem: Problem, where: str = "") -> Wrong:
    """What the core says of a template."""
    return Wrong(
        path=_path(where, problem.field),
        message=problem.message,
        nearest=problem.nearest,
        line=problem.line,
    )


def _path(where: str, field: str) -> str:
    return ".".join(part for part in (where, field) if part)
