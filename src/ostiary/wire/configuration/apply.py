"""Make the database agree with a file: create and update, delete only when asked to prune.

What the file says of somebody wins over what they said of themselves since; what it does not say stays.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from ostiary.core import (
    administration,
    clients,
    credentials,
    login,
    messages,
    projects,
    users,
)
from ostiary.core.administration.model import Account
from ostiary.core.factors import PASSWORD
from ostiary.core.projects.model import Project, Settings
from ostiary.core.users.model import User
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Conflict, Malformed

from ..sections.clients import client_from
from ..sections.users import UserSection, account_from, factors_from
from .model import Configuration
from .read import Misconfigured, settings_of, templates_of


async def apply(
    open_work: OpenWork, configuration: Configuration, *, dry: bool = False, prune: bool = False
) -> list[str]:
    """One line for each thing that differed; with `dry` nothing is written."""
    async with open_work(reading=True) as work:
        new = [section for section in configuration.users if await _find(work, section) is None]
        _check_passwords(configuration, new, await projects.get(work))
    # hashed before the unit of work that writes them: no transaction waits for Argon2
    hashes = {_name(section): _hash(section) for section in new} if not dry else {}
    async with open_work(reading=dry) as work:
        changes = await _project(work, configuration, dry, prune)
        changes += await _templates(work, configuration, dry)
        changes += await _clients(work, configuration, dry, prune)
        for index, section in enumerate(configuration.users):
            try:
                changes += await _user(work, section, hashes.get(_name(section)), dry)
            except Conflict as taken:
                where = f"users[{index}].{taken.field}"
                raise Misconfigured(f"{where}: somebody else has it") from taken
    return changes


def _name(section: UserSection) -> str:
    return section.email or section.phone_number or ""


def _hash(section: UserSection) -> bytes | None:
    return None if section.password is None else PASSWORD.enrol(section.password)


def _check_passwords(
    configuration: Configuration, new: list[UserSection], present: Project | None
) -> None:
    """Nobody is given a password that they could not choose themselves, by the policy there will be."""
    policy = _settings(configuration, present).password
    for index, section in enumerate(configuration.users):
        if section.password is None or section not in new:
            continue
        account = account_from(section)
        words = (account.email, account.phone_number, account.profile.full_name)
        try:
            login.check_new_password(section.password, policy, *(word for word in words if word))
        except Malformed as weak:
            why = weak.reason.replace("_", " ") + (f": {weak.detail}" if weak.detail else "")
            raise Misconfigured(f"users[{index}].password: {why}") from weak


async def _find(work: Work, section: UserSection) -> User | None:
    if section.email:
        found = await users.by_contact(work, Channel.EMAIL, email_address(section.email))
        if found is not None:
            return found
    if section.phone_number:
        return await users.by_contact(work, Channel.SMS, phone_number(section.phone_number))
    return None


async def _project(work: Work, configuration: Configuration, dry: bool, prune: bool) -> list[str]:
    section = configuration.project
    present = await projects.get(work)
    kept = None if prune else present  # whose lists stay where the file has none
    env = "live" if section.project_id.startswith("project-live-") else "test"
    uuid = section.project_id.removeprefix(f"project-{env}-")
    wanted = Project(
        id=section.project_id,
        name=section.name,
        language=section.language,
        public_token=section.public_token or f"public-token-{env}-{uuid}",
        sdk_origins=_or(section.sdk_origins, kept.sdk_origins if kept else ()),
        secret_digests=(
            kept.secret_digests
            if kept and section.secrets is None
            else _digests(work, section.secrets or (), present.secret_digests if present else ())
        ),
        administrators=_or(configuration.administrators, kept.administrators if kept else ()),
        settings=_settings(configuration, present),
        applied=configuration.settings if isinstance(configuration.settings, dict) else {},
    )
    if wanted == present:
        return []
    if not dry:
        await projects.configure(work, wanted)
    if present is None:
        return [f"project {wanted.id}: created"]
    names = [
        name for name in wanted.__struct_fields__ if getattr(wanted, name) != getattr(present, name)
    ]
    return [f"project {wanted.id}: changed {', '.join(names)}"]


def _or(named: tuple[str, ...] | None, kept: tuple[str, ...]) -> tuple[str, ...]:
    return kept if named is None else named


def _settings(configuration: Configuration, present: Project | None) -> Settings:
    before: Any = {} if present is None else msgspec.to_builtins(present.settings)
    return settings_of(configuration, before, {} if present is None else present.applied)


def _digests(work: Work, secrets: tuple[str, ...], kept: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The kept digest of each secret where there is one: applying twice changes nothing."""
    return tuple(
        next((d for d in kept if projects.secret_matches(work, secret, d)), None)
        or projects.digest_secret(work, secret)
        for secret in secrets
    )


async def _templates(work: Work, configuration: Configuration, dry: bool) -> list[str]:
    present = await messages.templates(work)
    changes = []
    for key, template in templates_of(configuration).items():
        if present.get(key) != template:
            if not dry:
                await messages.save_template(work, key, template)
            name = f"{key.purpose}.{key.locale}" if key.locale else key.purpose
            changes.append(f"template {name} {key.channel}: saved")
    return changes


async def _clients(work: Work, configuration: Configuration, dry: bool, prune: bool) -> list[str]:
    present = (await clients.registry(work)).by_id
    changes = []
    for section in configuration.clients:
        before = present.get(section.client_id)
        wanted = client_from(work, section, before)
        if wanted != before:
            if not dry:
                await clients.register(work, wanted)
            changes.append(f"client {wanted.id}: {'created' if before is None else 'changed'}")
    named = {section.client_id for section in configuration.clients}
    for client in present.values():
        if prune and client.id not in named:
            if not dry:
                await administration.remove_client(work, client)
            changes.append(f"client {client.id}: removed")
    return changes


async def _user(work: Work, section: UserSection, password: bytes | None, dry: bool) -> list[str]:
    """Created or changed to what the file says; the factors they lack are added."""
    changes = []
    user = await _find(work, section)
    if user is None:
        changes.append(f"user {_name(section)}: created")
        if not dry:
            account = account_from(section)
            user = await administration.open_account(work, account, password=password)
    elif differing := _differing(user, wanted := await _account(work, user, section)):
        changes.append(f"user {_name(section)}: changed {', '.join(differing)}")
        if not dry:
            user = await administration.change(work, user.id, wanted)
    return changes + await _factors(work, section, user, dry)


async def _factors(work: Work, section: UserSection, user: User | None, dry: bool) -> list[str]:
    changes = []
    known = () if user is None else await credentials.of_user(work, user.id)
    enrolled = {(credential.kind, credential.address) for credential in known}
    for kind, address in factors_from(section, section.mfa):
        if (kind, address) not in enrolled:
            if user is not None and not dry:
                channel = Channel(kind.value)
                await credentials.enrol_address(work, user, channel, address or user.email or "")
            changes.append(f"user {_name(section)}: {kind} registered as a second factor")
    return changes


async def _account(work: Work, user: User, section: UserSection) -> Account:
    """The person as the file has them. An address that they have verified since stays verified."""
    said = account_from(section)
    names = ("given_name", "family_name", "locale")
    told = {name: value for name in names if (value := getattr(said.profile, name)) is not None}
    email, phone = said.email, said.phone_number
    if email is None or await _has(work, user, Channel.EMAIL, email):
        email = user.email
    if phone is None or await _has(work, user, Channel.SMS, phone):
        phone = user.phone_number
    return Account(
        profile=replace(user.profile, **told),
        email=email,
        email_verified=(email == said.email and said.email_verified)
        or (email == user.email and _verified(user, Channel.EMAIL)),
        phone_number=phone,
        phone_verified=(phone == said.phone_number and said.phone_verified)
        or (phone == user.phone_number and _verified(user, Channel.SMS)),
    )


async def _has(work: Work, user: User, channel: Channel, address: str) -> bool:
    """Also as a further address, beside the profile's; `Conflict` where somebody else has it."""
    owner = await users.by_contact(work, channel, address)
    if owner is not None and owner.id != user.id:
        mail = channel is Channel.EMAIL
        raise Conflict(
            "email_taken" if mail else "phone_taken", field="email" if mail else "phone_number"
        )
    return owner is not None


def _verified(user: User, channel: Channel) -> bool:
    return user.verified_at(channel) is not None


def _differing(user: User, wanted: Account) -> list[str]:
    before = {
        **msgspec.structs.asdict(user.profile),
        "email": (user.email, _verified(user, Channel.EMAIL)),
        "phone_number": (user.phone_number, _verified(user, Channel.SMS)),
    }
    after = {
        **msgspec.structs.asdict(wanted.profile),
        "email": (wanted.email, wanted.email_verified),
        "phone_number": (wanted.phone_number, wanted.phone_verified),
    }
    return [name for name, value in after.items() if before[name] != value]
