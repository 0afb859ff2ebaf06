"""From YAML to a checked configuration, or one line that says what is wrong, where, and what is meant."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import yaml

from ostiary.core import messages
from ostiary.core.messages.model import Purpose, Template, TemplateKey
from ostiary.core.projects.model import Settings
from ostiary.terms.contact import Channel

from ..checking import Nonsense, Wrong, checked, unknown
from ..sections.clients import check_client
from ..sections.settings import settings_from
from ..sections.templates import template_from
from ..sections.users import account_from, factors_from
from .model import Configuration

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Misconfigured(ValueError):
    """One line for the person who wrote the file."""


def parse(text: str | bytes, environment: Mapping[str, str]) -> Configuration:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Misconfigured(f"not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Misconfigured("the file must be a mapping with the key `project`")
    try:
        filled = _filled(document, environment)
    except RecursionError as error:
        raise Misconfigured("an alias stands for something that holds itself") from error
    with _in_one_line():
        configuration = checked(filled, Configuration)
        settings_of(configuration, {}, {})
        templates_of(configuration)
        _check_addresses(configuration)
        _check_names(configuration)
    return configuration


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except Nonsense as nonsense:
        raise Misconfigured(nonsense.detail) from nonsense


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    """The document with every `${NAME}` replaced by that variable of the environment."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _variable(match[1], environment), value)
    if isinstance(value, dict):
        return {key: _filled(member, environment) for key, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, environment) for member in value]
    return value


def _variable(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise Misconfigured(f"the environment variable {name} is not set")
    return environment[name]


def settings_of(
    configuration: Configuration, present: dict[str, Any], applied: dict[str, Any]
) -> Settings:
    """The settings there will be: the present ones, without what the last file named, with what this one does."""
    named = configuration.settings if isinstance(configuration.settings, dict) else {}
    merged = _merge(_without(present, applied), named)
    with _in_one_line():
        return settings_from(merged, "settings")


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396, but for null: a key that is given replaces, a mapping is entered."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _without(base: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    left = {}
    for key, value in base.items():
        named = keys.get(key)
        if key not in keys:
            left[key] = value
        elif isinstance(named, dict) and isinstance(value, dict):
            left[key] = _without(value, named)
    return left


def templates_of(configuration: Configuration) -> dict[TemplateKey, Template]:
    """`mfa_step_up` and `mfa_step_up.fr` as the core keeps them; checked as if saved in the console."""
    found: dict[TemplateKey, Template] = {}
    links = {uri for client in configuration.clients for uri in client.redirect_uris}
    for name, section in configuration.templates.items():
        purpose, _, locale = name.partition(".")
        if purpose not in set(Purpose):
            raise Nonsense(unknown(purpose, Purpose, f"templates.{name}", "purpose"))
        for channel, values in ((Channel.SMS, section.sms), (Channel.EMAIL, section.email)):
            if values is not None:
                key = TemplateKey(Purpose(purpose), channel, messages.locale_of(locale))
                found[key] = template_from(values, key, links, f"templates.{name}.{channel}")
    return found


def _check_addresses(configuration: Configuration) -> None:
    for index, client in enumerate(configuration.clients):
        check_client(client, where=f"clients[{index}]")
    for index, user in enumerate(configuration.users):
        account_from(user, f"users[{index}]")
        factors_from(user, user.mfa, f"users[{index}]")


def _check_names(configuration: Configuration) -> None:
    """Everything is named once: what stood last would win, and applying again would never be done."""
    named: set[str] = set()

    def once(name: str, path: str) -> None:
        if name in named:
            raise Nonsense(Wrong(path=path, message=f"{name!r} is there already"))
        named.add(name)

    for index, client in enumerate(configuration.clients):
        once(client.client_id, f"clients[{index}].client_id")
    named.clear()
    for index, user in enumerate(configuration.users):
        account = account_from(user)
        if account.email:
            once(account.email, f"users[{index}].email")
        if account.phone_number:
            once(account.phone_number, f"users[{index}].phone_number")
