"""`/identity/v1/config`: what the SDK asks before anything else."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import clients, passkeys, projects
from ostiary.core.work import Work

from ..http import Call, json
from .words import Text


class ConfigQuery(Struct, frozen=True, kw_only=True):
    client_id: Text | None = None
    lang: Text | None = None
    google_variant: Text | None = None


class PasswordPolicy(Struct, frozen=True, kw_only=True):
    min_length: int
    min_strength: int
    allow_update_with_access_token_only: bool = False


class LoginTypes(Struct, frozen=True, kw_only=True):
    email: bool = True
    phone_number: bool = True
    custom_identifier: bool = False


class Config(Struct, frozen=True, kw_only=True):
    """`is_implicit_flow_forbidden` and `pkce_enforced` are always so here."""

    client_id: str
    domain: str
    sso: bool
    is_public: bool
    pkce_enforced: bool
    is_implicit_flow_forbidden: bool
    scope: str
    language: str
    country_code: str
    sms: bool
    mfa_sms_enabled: bool
    mfa_email_enabled: bool
    rba_enabled: bool
    web_authn: bool
    password_policy: PasswordPolicy
    login_type_allowed: LoginTypes
    resource_base_url: str
    social_providers: list[str] = []
    consents: list[dict[str, Any]] = []
    custom_fields: list[dict[str, Any]] = []


async def config(work: Work, call: Call) -> Response:
    """What this client may do, and which features are on."""
    query: ConfigQuery = call.body
    client = await clients.get(work, query.client_id)
    project = await projects.current(work)
    settings = project.settings
    channels = settings.mfa_channels
    public_url = call.server.public_url
    return json(
        Config(
            client_id=client.id,
            domain=public_url.partition("://")[2],
            sso=settings.features.sso,
            is_public=client.public,
            pkce_enforced=client.public,
            is_implicit_flow_forbidden=True,
            scope=client.default_scope,
            language=query.lang or project.language,
            country_code="",
            sms=settings.features.sms,
            mfa_sms_enabled="sms" in channels,
            mfa_email_enabled="email" in channels,
            rba_enabled=settings.trusts_devices,
            web_authn=passkeys.available(public_url),
            password_policy=PasswordPolicy(
                min_length=settings.password.min_length, min_strength=settings.password.min_strength
            ),
            login_type_allowed=LoginTypes(),
            resource_base_url=f"{public_url}/identity/v1/resources",
        )
    )


async def consents(work: Work, call: Call) -> Response:
    """The UI SDK asks for these; none are defined."""
    return json({})


async def resource(work: Work, call: Call) -> Response:
    """Texts for the UI SDK's widgets: its own stand in where we have none."""
    return json({})
