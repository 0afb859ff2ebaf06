"""Put a message in the outbox with the decision that causes it; deliver what waits there."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from ostiary.terms.contact import Channel
from ostiary.terms.failures import Unavailable
from ostiary.terms.time import Seconds, after

from .. import journal, keys, projects
from ..work import OpenWork, Work
from . import rules, store
from .model import (
    Carrier,
    Due,
    MessageTerms,
    Outgoing,
    Person,
    Purpose,
    Queued,
    Ready,
    SmsTemplate,
    Template,
    TemplateKey,
    Variables,
)

OUTBOX = "outbox"  # the purpose its sealing key is derived for, and the name of its alarm clock
MOST = 20  # messages claimed at once
LEASE = Seconds(60)  # how long a worker may take over a claim before another may try
ATTEMPTS = 5  # then a message is given up: no code is good for longer
BACKOFF = Seconds(2)  # doubled at every further attempt


async def templates(work: Work) -> Mapping[TemplateKey, Template]:
    """The operator's own templates; remembered until one changes."""
    known: Mapping[TemplateKey, Template] | None = work.memo.get("templates")
    if known is None:
        known = work.memo["templates"] = await store.templates(work)
    return known


async def save_template(work: Work, key: TemplateKey, template: Template) -> None:
    await store.add_template(work, key, template)
    await journal.record(
        work, "template.saved", purpose=key.purpose, channel=key.channel, locale=key.locale
    )
    await work.changed()


async def terms_of(
    work: Work, purpose: Purpose, channel: Channel, locales: tuple[str | None, ...]
) -> MessageTerms:
    """How long the code and the link of this message live, and where the link leads."""
    project = await projects.current(work)
    lifetime = rules.usual_lifetime(project.settings.codes, purpose, channel)
    own = await templates(work)
    if not own:
        return MessageTerms(lifetime, lifetime, None)
    template = rules.choose(
        own, purpose, channel, wanted=locales, project=project.language
    ).template
    code = Seconds(template.code_lifetime or lifetime)
    if isinstance(template, SmsTemplate):
        return MessageTerms(code, code, None)
    return MessageTerms(code, Seconds(template.link_lifetime or code), template.redirect_url)


async def queue(
    work: Work,
    purpose: Purpose,
    channel: Channel,
    recipient: str,
    person: Person,
    *,
    client_name: str,
    code: str | None = None,
    link: str | None = None,
    login_link: str | None = None,
    lifetime: Seconds | None = None,
    action: str | None = None,
    locale: str | None = None,
    drop: bool = False,
) -> None:
    """Committed with the decision to send; nothing is sent for what was rolled back.

    Its reader's address is the one it goes to, which need not be the profile's: a second phone, or a new
    mailbox, which must not learn of the old one.
    `drop`: written like any other, and never sent, because nobody is there (AB-1).
    """
    sms = channel is Channel.SMS
    reader = replace(person, phone_number=recipient) if sms else replace(person, email=recipient)
    variables = Variables(
        client_name=client_name,
        verification_code=code,
        link=link,
        login_link=login_link,
        lifetime=lifetime,
        action=action,
        origin_host=urlsplit(work.issuer).hostname,
        user=reader,
    )
    queued = Queued(recipient=recipient, locales=(person.lang, locale), variables=variables)
    await put(work, purpose, channel, queued, drop=drop)


async def put(
    work: Work, purpose: Purpose, channel: Channel, queued: Queued, *, drop: bool = False
) -> None:
    """Into the outbox, sealed; claimed at once by a worker that delivers, so that it need not look for it."""
    id = work.new_id()
    sealed = keys.seal(work, OUTBOX, id, msgspec.json.encode(queued))
    ours = work.delivers and not drop
    await store.queue(
        work,
        id,
        channel,
        purpose,
        sealed,
        sent_at=work.now if drop else None,
        lease=after(work.now, LEASE) if ours else None,
    )
    if drop:
        return
    if ours:
        claimed = store.Claimed(id, channel, purpose, sealed, 1)
        work.handed.append(await _due(work, claimed, queued))
    else:
        work.wakes.add(OUTBOX)
    work.queued.append(id)


async def _due(work: Work, claimed: store.Claimed, content: Queued) -> Due:
    return Due(
        id=claimed.id,
        purpose=claimed.purpose,
        channel=claimed.channel,
        attempts=claimed.attempts,
        content=content,
        templates=await templates(work),
        language=(await projects.current(work)).language,
        now=work.now,
    )


async def claim(open_work: OpenWork) -> tuple[Ready, ...]:
    """Take what is due, and render it."""
    async with open_work() as work:
        claimed = await store.claim(work, MOST, after(work.now, LEASE))
        due = [await _due(work, item, _open(work, item)) for item in claimed]
    return await prepare(open_work, due)


async def prepare(open_work: OpenWork, due: Sequence[Due]) -> tuple[Ready, ...]:
    """Claimed messages, rendered, outside the unit of work that took them."""
    ready = []
    for item in due:
        content = item.content
        chosen = rules.choose(
            _on_trial(item) or item.templates,
            item.purpose,
            item.channel,
            wanted=content.locales,
            project=item.language,
        )
        try:
            rendered, problem = rules.compose(chosen, content.variables, content.recipient)
        except ValueError:  # not even our own text can be written to this recipient
            async with open_work() as work:
                await _give_up(work, item.id, item.purpose, item.channel, "unwritable")
                work.wakes.add(OUTBOX)  # one less was taken than there may be
            continue
        message = Outgoing(
            id=item.id,
            rendered=rendered,
            code=content.variables.verification_code,
            link=content.variables.link,
            sent_at=item.now,
        )
        ready.append(Ready(message, item.attempts, problem))
    return tuple(ready)


async def hand_over(open_work: OpenWork, carrier: Carrier, ready: Ready) -> bool:
    """Give one message to its carrier; what it does not take is kept and tried again, later and later.

    True where it was taken, which `settle` is to be told.
    """
    message = ready.message
    try:
        await carrier.send(message)
    except Unavailable:
        async with open_work() as work:
            if ready.attempts < ATTEMPTS:
                wait = BACKOFF * 2 ** (ready.attempts - 1)
                await store.later(work, message.id, after(work.now, Seconds(wait)))
            else:
                purpose, channel = message.rendered.purpose, message.rendered.channel
                await _give_up(work, message.id, purpose, channel, "carrier_unavailable")
        return False
    return True


async def settle(open_work: OpenWork, taken: Sequence[Ready]) -> None:
    """Carriers have taken these: their bodies are erased, and they are tried no more."""
    async with open_work() as work:
        await store.sent(work, [ready.message.id for ready in taken])
        for ready in taken:
            rendered = ready.message.rendered
            problem = ready.problem.message if ready.problem else None  # the operator's own failed
            await journal.record(
                work,
                "message.sent",
                purpose=rendered.purpose,
                channel=rendered.channel,
                problem=problem,
            )


def _on_trial(item: Due) -> Mapping[TemplateKey, Template]:
    """The template that this message is to try, in the one language it was written for."""
    content = item.content
    if content.trial is None:
        return {}
    return {TemplateKey(item.purpose, item.channel, content.locales[0] or ""): content.trial}


def _open(work: Work, item: store.Claimed) -> Queued:
    return msgspec.json.decode(keys.unseal(work, OUTBOX, item.id, item.sealed), type=Queued)


async def _give_up(work: Work, id: str, purpose: Purpose, channel: Channel, reason: str) -> None:
    await store.given_up(work, id)
    await journal.record(work, "message.given_up", purpose=purpose, channel=channel, reason=reason)
