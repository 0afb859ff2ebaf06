"""Passkeys for an application that says for which domain of its own they are."""

from msgspec.structs import replace

from ostiary.terms.assurance import Kind as CredentialKind
from ostiary.terms.failures import Malformed, NotFound, Refused
from ostiary.terms.ids import NOBODY, ClientId, CredentialId, UserId

from .. import clients, credentials, passkeys, projects, users
from ..credentials.model import Credential
from ..factors import PASSKEY
from ..factors.model import Asserted, Attested, Rejected
from ..messages.model import Notice
from ..passkeys.model import Creation, Owner, Pending, Request
from ..sessions.model import Session
from ..transactions.model import Kind
from ..work import Crunch, OpenWork, Work
from . import flow, rules
from .model import Authenticated, Dossier, Registration, Wanted, Wish

LONGEST_HANDLE = 64  # bytes (Web Authentication Level 3 §5.4.3)


def registration(credential: Credential) -> Registration:
    return Registration(credential=credential, described=PASSKEY.describe(credential.state))


def registrations(dossier: Dossier) -> tuple[Registration, ...]:
    return tuple(registration(one) for one in dossier.of_kind(CredentialKind.WEBAUTHN))


async def begin(
    work: Work, user: UserId, wanted: Wanted, session: Session | None = None
) -> Creation:
    """Ask for a new passkey of this user; its answer belongs to this session, where one is named (WA-1)."""
    dossier = await flow.dossier(work, user)
    if not rules.established(dossier):
        raise Malformed("user_pending")
    if rules.unverified(dossier):
        raise Malformed("unverified_factors")
    handle = (wanted.handle or "").encode()
    if len(handle) > LONGEST_HANDLE:
        raise Malformed("parameter_invalid", field="override_id", detail="is longer than 64 bytes")
    remembered = replace(await _pending(work, wanted.domain), handle=handle, agent=wanted.agent)
    challenge = await passkeys.open_ceremony(
        work,
        Kind.REGISTER_PASSKEY,
        user,
        await _project(work),
        remembered,
        session=session.id if session else None,
    )
    enrolled = passkeys.usable_at(remembered.relying_party, await passkeys.of_user(work, user))
    excluded = tuple(passkeys.known(one) for one in enrolled)
    owner = _owner(passkeys.owner(dossier.user, handle), wanted)
    return await passkeys.creation(work, challenge, remembered, owner, excluded)


async def register(
    open_work: OpenWork,
    crunch: Crunch,
    user: UserId,
    answer: Attested,
    wish: Wish,
    *,
    guarded: bool = False,
) -> Authenticated | Refused:
    """The passkey that the browser made, from now on this user's; with it they have proved themselves once.

    `guarded`: nobody vouches for who asks, and their session must be good enough now, too (WA-6).
    """
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        session = await flow.held(work, wish.session)
        flow.check_same_user(session, user)
        owner = await users.lock(work, user)
        if owner is None:
            raise NotFound("user_not_found")
        if refusal := credentials.locked(owner, work.now):
            return refusal
        if guarded:
            proofs = session.proofs if session else ()
            dossier = await flow.dossier(work, user)
            rules.check_guarded(dossier, proofs, work.now, adding=CredentialKind.WEBAUTHN)
        taken = await passkeys.take(work, challenge, Kind.REGISTER_PASSKEY)
        if taken is None or taken.transaction.user_id != user:
            return Refused("wrong_passkey")
        if taken.transaction.session_id not in (None, session.id if session else None):
            return Refused("wrong_passkey")
        made = PASSKEY.register(answer, taken.asked, "", agent=taken.pending.agent)
        if isinstance(made, Rejected):
            return Refused(made.reason)
        if await passkeys.exists(work, made):
            return Refused("passkey_exists")
        kept = await passkeys.keep(work, owner, made)
        name = (await projects.current(work)).name
        await users.notify_others(work, owner, "", Notice.CREDENTIAL_ADDED, client_name=name)
        ip = wish.asked.ip
        proof = credentials.proof_of(kept, work.now, ip, user_verified=made.user_verified)
        return await flow.conclude(work, owner, proof, wish, session)


async def ask(work: Work, user: UserId | None, domain: str) -> Request:
    """Ask for a passkey: of this user, or of whoever has one."""
    remembered = await _pending(work, domain)
    allowed = tuple[str, ...]()
    if user is not None:
        dossier = await flow.dossier(work, user)
        enrolled = dossier.of_kind(CredentialKind.WEBAUTHN)
        allowed = tuple(c.address for c in passkeys.usable_at(remembered.relying_party, enrolled))
        if not allowed:
            raise Malformed("no_passkeys")
    challenge = await passkeys.open_ceremony(
        work, Kind.PROVE_PASSKEY, user or NOBODY, await _project(work), remembered
    )
    return Request(
        challenge=challenge,
        relying_party=remembered.relying_party,
        allowed=allowed,
        verify_user=remembered.verify_user,
    )


async def authenticate(
    open_work: OpenWork, crunch: Crunch, answer: Asserted, wish: Wish
) -> Authenticated | Refused:
    """A passkey's answer, as a first factor or as a further one."""
    challenge = await crunch(PASSKEY.challenge_of, answer)
    async with open_work() as work:
        session = await flow.held(work, wish.session)
        taken = await passkeys.take(work, challenge, Kind.PROVE_PASSKEY)
        if taken is None:
            return Refused("wrong_passkey")
        shown = await passkeys.prove(work, taken, answer, ip=wish.asked.ip)
        if shown is None:
            return Refused("wrong_passkey")
        if isinstance(shown, Refused):
            return shown
        return await flow.conclude(work, shown.user, shown.proof, wish, session)


async def rename(work: Work, id: str, name: str, owner: UserId | None = None) -> Registration:
    """What its owner calls it from now on. `owner`: whose it has to be, where that matters."""
    found = await _passkey(work, id, owner)
    await users.lock(work, found.user_id)  # its count of uses is kept beside its name
    passkey = await _passkey(work, id, owner)
    state = PASSKEY.renamed(passkey.state, name)
    await credentials.keep_state(work, passkey.id, state)
    return registration(replace(passkey, state=state))


async def listed(work: Work, user: UserId, domain: str) -> tuple[Registration, ...]:
    """The user's passkeys of this domain."""
    dossier = await flow.dossier(work, user)
    enrolled = dossier.of_kind(CredentialKind.WEBAUTHN)
    return tuple(registration(one) for one in passkeys.usable_at(domain.lower(), enrolled))


async def _passkey(work: Work, id: str, owner: UserId | None) -> Credential:
    found = await credentials.get(work, CredentialId(id))
    if found is None or found.kind is not CredentialKind.WEBAUTHN:
        raise NotFound("passkey_not_found")
    if owner is not None and found.user_id != owner:
        raise NotFound("passkey_not_found")
    return found


async def _project(work: Work) -> ClientId:
    return ClientId((await projects.current(work)).id)


async def _pending(work: Work, domain: str) -> Pending:
    """For a domain that pages of the project are at home in, and answered from one of these pages (WA-2)."""
    project = await projects.current(work)
    registry = await clients.registry(work)
    known = {*project.sdk_origins, *registry.origins, *map(clients.origin_of, registry.links)}
    domain = domain.lower()
    origins = tuple(sorted(origin for origin in known if passkeys.may_ask(origin, domain)))
    if not origins:
        raise Malformed("domain_not_allowed", field="domain")
    return Pending(
        relying_party=domain, origins=origins, verify_user=project.settings.mfa.passkey_is_mfa
    )


def _owner(owner: Owner, wanted: Wanted) -> Owner:
    name = wanted.name or owner.name
    return replace(owner, name=name, display_name=wanted.display_name or owner.display_name)
