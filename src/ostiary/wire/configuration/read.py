"""From YAML to a checked configuration, or one line that says what is wrong, where, and what is meant."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml

from ostiary.core import messages, projects
from ostiary.core.messages.model import EmailTemplate, Purpose, SmsTemplate, Template, TemplateKey
from ostiary.core.projects.model import Settings
from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed

from .model import Configuration

T = TypeVar("T")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`(?: - at `\$\.?(.*)`)?")


class Misconfigured(ValueError):
    """One line for the person who wrote the file."""


def parse(text: str, environment: Mapping[str, str]) -> Configuration:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Misconfigured(f"not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise Misconfigured("the file must be a mapping with the key `project`")
    configuration = checked(_filled(document, environment), Configuration)
    settings_of(configuration, {}, {})
    templates_of(configuration)
    _check_addresses(configuration)
    return configuration


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


def checked(values: Any, type_: type[T], where: str = "") -> T:
    try:
        return msgspec.convert(values, type_)
    except msgspec.ValidationError as error:
        raise Misconfigured(_explained(str(error), where)) from error


def _explained(text: str, where: str) -> str:
    unknown = _UNKNOWN.match(text)
    if unknown is None:
        return f"{where}: {text}" if where else text
    name, path = unknown[1], ".".join(part for part in (where, unknown[2] or "") if part)
    near = get_close_matches(name, sorted(_known_keys()), n=1, cutoff=0.5)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"unknown key `{name}` in {path or 'the file'}{hint}"


def _known_keys() -> set[str]:
    """Every key of every struct that a file is read into."""
    _, components = msgspec.json.schema_components(
        [Configuration, Settings, SmsTemplate, EmailTemplate]
    )
    return {key for struct in components.values() for key in struct.get("properties", {})}


def settings_of(
    configuration: Configuration, present: dict[str, Any], applied: dict[str, Any]
) -> Settings:
    """The settings there will be: the present ones, without what the last file named, with what this one does."""
    named = configuration.settings if isinstance(configuration.settings, dict) else {}
    merged = _merge(_without(present, applied), named)
    settings = checked(merged, Settings, "settings")
    if missing := projects.missing_prerequisites(settings):
        raise Misconfigured("settings: " + "; ".join(missing))
    return settings


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
            near = get_close_matches(purpose, list(Purpose), n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise Misconfigured(f"unknown key `{name}` in templates{hint}")
        parts: tuple[tuple[Channel, Any, type[Template]], ...] = (
            (Channel.SMS, section.sms, SmsTemplate),
            (Channel.EMAIL, section.email, EmailTemplate),
        )
        for channel, values, kind in parts:
            if values is not None:
                template = checked(values, kind, f"templates.{name}.{channel}")
                for problem in messages.check_template(template, Purpose(purpose)):
                    raise Misconfigured(
                        f"templates.{name}.{channel}.{problem.field}: {problem.message}"
                    )
                _check_link(template, links, f"templates.{name}.{channel}")
                found[TemplateKey(Purpose(purpose), channel, locale.lower())] = template
    return found


def _check_link(template: Template, links: set[str], where: str) -> None:
    url = getattr(template, "redirect_url", None)
    if url is not None and url not in links:
        raise Misconfigured(f"{where}.redirect_url: {url!r} is not a redirect_uri of any client")


def _check_addresses(configuration: Configuration) -> None:
    for index, client in enumerate(configuration.clients):
        for uri in (*client.redirect_uris, *client.post_logout_redirect_uris):
            parts = urlsplit(uri)
            if not parts.scheme or "#" in uri or "*" in uri or any(c.isspace() for c in uri):
                raise Misconfigured(f"clients[{index}]: {uri!r} is not an absolute URI to compare")
        for origin in client.origins:
            parts = urlsplit(origin)
            if f"{parts.scheme}://{parts.netloc}" != origin or not parts.netloc:
                raise Misconfigured(f"clients[{index}].origins: {origin!r} is not an origin")
        if not client.public and not client.client_secret:
            raise Misconfigured(f"clients[{index}]: a confidential client needs a client_secret")
    for index, user in enumerate(configuration.users):
        try:
            if user.email:
                email_address(user.email)
            if user.phone_number:
                phone_number(user.phone_number)
            for factor in user.mfa:
                if factor.type not in ("sms", "email"):
                    raise Misconfigured(f"users[{index}].mfa: type is sms or email")
                if factor.type == "sms":
                    phone_number(factor.phone_number or "")
        except Malformed as malformed:
            raise Misconfigured(f"users[{index}]: {malformed.field} is not valid") from malformed
        if not user.email and not user.phone_number:
            raise Misconfigured(f"users[{index}]: an email or a phone_number is needed")
