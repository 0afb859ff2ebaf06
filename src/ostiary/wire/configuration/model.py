"""The shape of a configuration file. Its JSON Schema is made from these structs."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from ostiary.core.clients.model import SCOPES, GrantType
from ostiary.core.keys.model import Algorithm


class ProjectSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    project_id: str
    secrets: tuple[str, ...] = ()
    public_token: str | None = None
    sdk_origins: tuple[str, ...] = ()
    name: str = "Ostiary"
    language: str = "en"


class ClientSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    client_id: str
    name: str | None = None
    public: bool = True
    client_secret: str | None = None
    grants: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    login_url: str | None = None
    scopes: tuple[str, ...] = SCOPES
    default_scope: str | None = None
    id_token_signed_response_alg: Algorithm = Algorithm.ES256
    step_up_by_access_token: bool = True


class FactorSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: str
    phone_number: str | None = None


class UserSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: str | None = None
    email_verified: bool = False
    phone_number: str | None = None
    phone_number_verified: bool = False
    password: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    mfa: tuple[FactorSection, ...] = ()


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
    administrators: tuple[str, ...] = ()
