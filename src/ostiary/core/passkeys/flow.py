"""Add a passkey, list one's own, remove one; under re-authentication."""

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.failures import NotFound, Refused, Unauthenticated
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Seconds

from .. import clients, credentials, journal, projects, sessions, stepup, tokens, users
from ..credentials.model import Credential
from ..factors import PASSKEY
from ..factors.model import Attested, Made, Rejected
from ..messages.model import Notice
from ..stepup.model import Operation
from ..tokens.model import Access
from ..transactions.model import Kind
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import ceremonies, rules
from .model import Creation, Passkey


async def begin(work: Work, access: Access, origin: str, name: str) -> Creation:
    """Ask the owner's browser for a new passkey. What protects a further factor protects this (WA-6)."""
    user = await _fresh(work, access)
    await stepup.protect(work, Operation.ADD_CREDENTIAL, access)
    client = await clients.get(work, access.grant.client_id)
    remembered = await ceremonies.pending(work, client, origin, name=name)
    challenge = await ceremonies.begin(
        work, Kind.ADD_PASSKEY, user.id, client.id, remembered, session=access.grant.session_id
    )
    enrolled = rules.usable_at(remembered.relying_party, await of_user(work, user.id))
    excluded = tuple(rules.known(passkey) for passkey in enrolled)
    return await ceremonies.creation(work, challenge, remembered, rules.owner(user), excluded)


async def add(
    open_work: OpenWork, crunch: Crunch, bearer: str | None, answer: Attested
) -> Refused | None:
    """The passkey that the browser made, from now on a way to log in."""
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        access = await tokens.require_access(work, bearer)
        user = await _fresh(work, access)
        await stepup.protect(work, Operation.ADD_CREDENTIAL, access)
        taken = await ceremonies.take(work, challenge, Kind.ADD_PASSKEY)
        if taken is None or not rules.began(taken.transaction, access.grant):
            return Refused("wrong_passkey")
        made = PASSKEY.register(answer, taken.asked, taken.pending.name)
        if isinstance(made, Rejected):
            return Refused(made.reason)
        if await exists(work, made):
            return Refused("passkey_exists")
        await keep(work, user, made)
        client = await clients.get(work, access.grant.client_id)
        await users.notify_others(work, user, "", Notice.CREDENTIAL_ADDED, client_name=client.name)
        return None


async def exists(work: Work, made: Made) -> bool:
    """Does anybody have this one already? Whose it is is not told (WA-3)."""
    return await credentials.of_authenticator(work, made.id) is not None


async def keep(work: Work, user: User, made: Made) -> Credential:
    return await credentials.enrol(
        work, user.id, CredentialKind.WEBAUTHN, address=made.id, state=made.state
    )


async def listed(work: Work, access: Access) -> tuple[Passkey, ...]:
    user = await users.get(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    return tuple(rules.passkey(credential) for credential in await of_user(work, user.id))


async def remove(work: Work, access: Access, id: str, *, ip: str | None = None) -> None:
    """Take a passkey away, and what rests on it (SES-6). Where it stands for two factors, so must who asks."""
    user = await _fresh(work, access)
    credential = await credentials.get(work, CredentialId(id))
    if (
        credential is None
        or credential.user_id != user.id
        or credential.kind is not CredentialKind.WEBAUTHN
    ):
        raise NotFound("passkey_not_found")
    if (await projects.settings(work)).mfa.passkey_is_mfa:
        await stepup.protect(work, Operation.REMOVE_CREDENTIAL, access)
    await withdraw(work, user, credential, ip=ip)
    client = await clients.get(work, access.grant.client_id)
    await users.notify_others(work, user, "", Notice.CREDENTIAL_REMOVED, client_name=client.name)


async def withdraw(
    work: Work, user: User, credential: Credential, *, ip: str | None = None
) -> None:
    await credentials.remove(work, credential.id)
    await sessions.drop_proof(work, user.id, credential.id)
    await tokens.drop_proof(work, user.id, credential.id)
    await journal.record(
        work,
        "credential.removed",
        user=user.id,
        ip=ip,
        kind=credential.kind,
        credential=credential.id,
    )


async def of_user(work: Work, user: UserId) -> tuple[Credential, ...]:
    enrolled = await credentials.of_user(work, user)
    return tuple(c for c in enrolled if c.kind is CredentialKind.WEBAUTHN)


async def _fresh(work: Work, access: Access) -> User:
    age = Seconds((await projects.settings(work)).mfa.fresh_token_age)
    if not tokens.fresh(access, work.now, age):
        raise Unauthenticated("access_token_not_fresh")
    user = await users.lock(work, access.user_id)
    if user is None:
        raise Unauthenticated("access_token_invalid")
    return user
