"""The shape of a configuration file. Its JSON Schema is made from these structs."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from ..sections.clients import ClientSection
from ..sections.users import UserSection


class ProjectSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list that is left out stays what it is: nothing is deleted by forgetting it."""

    project_id: str
    secrets: tuple[str, ...] | None = None
    public_token: str | None = None
    sdk_origins: tuple[str, ...] | None = None
    name: str = "Ostiary"
    language: str = "en"


class TemplateSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sms: dict[str, Any] | None = None
    email: dict[str, Any] | None = None


class Configuration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`settings` is read by itself, as the core's own struct; here it is what the file named."""

    project: ProjectSection
    settings: dict[str, Any] | UnsetType = UNSET
    templates: dict[str, TemplateSection] = {}
    clients: tuple[ClientSection, ...] = ()
    users: tuple[UserSection, ...] = ()
    administrators: tuple[str, ...] | None = None
