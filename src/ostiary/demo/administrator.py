"""The demo's administrator: one setting, read and changed by the admin API as any program would."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ostiary.demo.web import Web

RULES = ("always", "never")


class Administrator:
    """Whether a login asks for the second factor that somebody has (`settings.mfa.require_at_login`)."""

    def __init__(self, *, api: str, token: str, web: Web) -> None:
        self._settings = f"{api}/admin/v1/settings"
        self._headers = {"authorization": f"Bearer {token}"}
        self._web = web

    async def login_rule(self) -> str:
        found = await self._web.ask_for_object("GET", self._settings, headers=self._headers)
        return str(found["mfa"]["require_at_login"])

    async def set_login_rule(self, rule: str) -> str:
        patch = {"mfa": {"require_at_login": rule}}
        changed = await self._web.ask_for_object(
            "PATCH", self._settings, headers=self._headers, json=patch
        )
        return str(changed["mfa"]["require_at_login"])
