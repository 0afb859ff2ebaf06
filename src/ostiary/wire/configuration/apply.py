"""Make the database agree with a file: create and update, delete only when asked to prune."""

from typing import Any

import msgspec

from ostiary.core import (
    administration,
    clients,
    credentials,
    login,
    messages,
    projects,
    users,
)
from ostiary.core.factors import PASSWORD
from ostiary.core.projects.model import Project, Settings
from ostiary.core.users.model import User
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed

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
        changes = await _project(work, configuration, dry)
        changes += await _templates(work, configuration, dry)
        changes += await _clients(work, configuration, dry, prune)
        for section in configuration.users:
            changes += await _user(work, section, hashes.get(_name(section)), dry)
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


async def _project(work: Work, configuration: Configuration, dry: bool) -> list[str]:
    section = configuration.project
    present = await projects.get(work)
    env = "live" if section.project_id.startswith("project-live-") else "test"
    uuid = section.project_id.removeprefix(f"project-{env}-")
    wanted = Project(
        id=section.project_id,
        name=section.name,
        language=section.language,
        public_token=section.public_token or f"public-token-{env}-{uuid}",
        sdk_origins=section.sdk_origins,
        secret_digests=_digests(work, section.secrets, present.secret_digests if present else ()),
        administrators=configuration.administrators,
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
    """Created with everything the file says; an existing one gains the factors it lacks."""
    changes = []
    user = await _find(work, section)
    if user is None:
        changes.append(f"user {_name(section)}: created")
        if not dry:
            account = account_from(section)
            user = await administration.open_account(work, account, password=password)
    known = () if user is None else await credentials.of_user(work, user.id)
    enrolled = {(credential.kind, credential.address) for credential in known}
    for kind, address in factors_from(section, section.mfa):
        if (kind, address) not in enrolled:
            if user is not None and not dry:
                channel = Channel(kind.value)
                await credentials.enrol_address(work, user, channel, address or user.email or "")
            changes.append(f"user {_name(section)}: {kind} registered as a second factor")
    return changes
