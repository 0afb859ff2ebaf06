"""Templates as an operator edits them: read one, try it, look back."""

from urllib.parse import urlsplit

from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.time import Seconds

from .. import journal, projects
from ..work import Work
from . import flow, rules
from .model import (
    EXAMPLE,
    EmailTemplate,
    Notice,
    Person,
    Problem,
    Purpose,
    Queued,
    Rendered,
    SmsTemplate,
    Template,
    TemplateKey,
    Variables,
)

CODE = "1234567890"  # of a message on trial, as long as codes are


async def template(work: Work, key: TemplateKey) -> Template:
    """The operator's own of this very name, else ours."""
    own = (await flow.templates(work)).get(key)
    if own is not None:
        return own
    language = key.locale or (await projects.current(work)).language
    return rules.builtin(key.purpose, key.channel, language).template


async def preview(
    work: Work, key: TemplateKey, trial: Template, person: Person | None = None
) -> Rendered | Problem:
    """What this template would say of an example, to this person or to an example of one."""
    variables = await _variables(work, key, trial, person)
    to = variables.user.phone_number if key.channel is Channel.SMS else variables.user.email
    project = await projects.current(work)
    chosen = rules.choose(
        {key: trial}, key.purpose, key.channel, wanted=(key.locale,), project=project.language
    )
    return rules.render(chosen, variables, to or "")


async def send_trial(
    work: Work, key: TemplateKey, trial: Template, to: str, person: Person | None = None
) -> None:
    """Send an example of this template, saved or not, to this address."""
    queued = Queued(
        recipient=to,
        variables=await _variables(work, key, trial, person),
        locales=(key.locale,),
        sms=trial if isinstance(trial, SmsTemplate) else None,
        email=trial if isinstance(trial, EmailTemplate) else None,
    )
    await flow.put(work, key.purpose, key.channel, queued)
    await journal.record(
        work, "template.tried", purpose=key.purpose, channel=key.channel, locale=key.locale
    )


async def _variables(
    work: Work, key: TemplateKey, trial: Template, person: Person | None
) -> Variables:
    project = await projects.current(work)
    codes = project.settings.codes
    usual = rules.usual_lifetime(codes, key.purpose, key.channel)
    notice = key.purpose is Purpose.SECURITY_NOTICE
    return replace(
        EXAMPLE,
        client_name=project.name,
        verification_code=None if notice else CODE[: codes.length],
        link=f"{work.issuer}/example",
        lifetime=Seconds(trial.code_lifetime or usual),
        action=Notice.CREDENTIAL_ADDED if notice else EXAMPLE.action,
        origin_host=urlsplit(work.issuer).hostname,
        user=person or replace(EXAMPLE.user, lang=key.locale or project.language),
    )
