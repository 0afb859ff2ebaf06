"""Trust a browser, recognise it once a visit, forget it."""

from ostiary.terms.failures import Forbidden, NotFound
from ostiary.terms.ids import UserId
from ostiary.terms.secret import Token
from ostiary.terms.time import Seconds, after

from .. import journal, projects
from ..work import Work
from . import rules, store
from .model import Device

LONGEST_AGENT = 400  # characters kept of what a browser calls itself


async def trust(
    work: Work,
    user: UserId,
    *,
    ip: str | None,
    user_agent: str | None,
    country: str | None = None,
) -> Token | None:
    """A secret for this browser; None where trusting is switched off. Its life is never prolonged (TD-3)."""
    settings = await projects.settings(work)
    if not settings.trusts_devices:
        return None
    secret = work.new_token()
    await store.add(
        work,
        Device(
            id=secret.id,
            user_id=user,
            digest=secret.digest,
            created_at=work.now,
            used_at=work.now,
            expires_at=after(work.now, Seconds(settings.mfa.trusted_devices.lifetime)),
            ip=ip,
            country=country,
            user_agent=(user_agent or "")[:LONGEST_AGENT] or None,
        ),
    )
    await journal.record(work, "device.trusted", user=user, ip=ip, device=secret.id)
    return secret


async def recognise(
    work: Work,
    user: UserId,
    secret: Token | None,
    *,
    ip: str | None = None,
    country: str | None = None,
) -> Token | None:
    """The browser's next secret, if it is trusted by this user; the one it showed is spent.

    From another country it counts as new, and is trusted again where it was.

    A secret that was spent before has been copied: the trust ends, for whoever holds either (TD-3).
    """
    if secret is None or not (await projects.settings(work)).trusts_devices:
        return None
    device = await store.lock(work, secret.id)
    if device is None or device.user_id != user or work.now >= device.expires_at:
        return None
    if secret.opens(device.spent_digest):
        await store.remove(work, user, device.id)
        await journal.record(work, "device.stolen", user=user, ip=ip, device=device.id)
        return None
    if not secret.opens(device.digest):
        return None
    if rules.elsewhere(device, country):
        await journal.record(
            work, "device.elsewhere", user=user, ip=ip, device=device.id, country=country
        )
        return None
    following = work.new_token(device.id)
    if not await store.use(work, device.id, device.digest, following.digest):
        return None
    return following


async def known(
    work: Work, user: UserId, secret: Token | None, *, country: str | None = None
) -> bool:
    """Is this a browser that the user trusts? Nothing is spent: of two pages that ask at once both are told."""
    if secret is None or not (await projects.settings(work)).trusts_devices:
        return False
    device = await store.lock(work, secret.id)
    if device is None or device.user_id != user or work.now >= device.expires_at:
        return False
    return secret.opens(device.digest) and not rules.elsewhere(device, country)


async def check_available(work: Work) -> None:
    if not (await projects.settings(work)).trusts_devices:
        raise Forbidden("feature_off")


async def listed(work: Work, user: UserId) -> tuple[Device, ...]:
    await check_available(work)
    return await store.of_user(work, user)


async def forget(work: Work, user: UserId, id: str) -> None:
    if not await store.remove(work, user, id):
        raise NotFound("device_not_found")
    await journal.record(work, "device.forgotten", user=user, device=id)


async def forget_all(work: Work, user: UserId) -> None:
    """Password, factors or address changed: no browser is trusted on the old terms (TD-2)."""
    if await store.remove_all(work, user):
        await journal.record(work, "devices.forgotten", user=user)
