"""What the SDK does by itself: it asks what the project is like, and tells what it was used for."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import projects
from ostiary.core.work import Work
from ostiary.terms.failures import NotFound

from ...http import Call, no_content
from ..words import Reply
from .words import answer


class Captcha(Struct, frozen=True, kw_only=True):
    enabled: bool = False


class Policy(Struct, frozen=True, kw_only=True):
    """No role permits anything."""

    roles: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class Bootstrap(Reply, frozen=True, kw_only=True):
    """Nothing here needs a captcha, a fingerprint or the vendor's watermark."""

    project_name: str
    disable_sdk_watermark: bool = True
    cname_domain: str | None = None
    email_domains: tuple[str, ...] = ()
    captcha_settings: Captcha = Captcha()
    pkce_required_for_email_magic_links: bool = True
    pkce_required_for_password_resets: bool = True
    pkce_required_for_oauth: bool = False
    pkce_required_for_sso: bool = False
    slug_pattern: str | None = None
    create_organization_enabled: bool = False
    password_config: dict[str, Any] | None = None
    dfp_protected_auth_enabled: bool = False
    rbac_policy: Policy = Policy()
    siwe_required_for_crypto_wallets: bool = False
    vertical: str = "CONSUMER"


async def bootstrap(work: Work, call: Call) -> Response:
    """What the SDK adapts itself to."""
    project = await projects.current(work)
    if call.path_values["public_token"] != project.public_token:
        raise NotFound("project_not_found")
    return answer(call, Bootstrap(project_name=project.name))


async def events(work: Work, call: Call) -> Response:
    """What the SDK tells of its use; nobody listens."""
    return no_content()
