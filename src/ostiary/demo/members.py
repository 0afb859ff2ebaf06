"""The walk-through's second half: the same server, and a back end that keeps the session itself.

Every call is made by the vendor's Python package as it is.
"""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

import aiohttp
import httpx2
import stytch
from stytch.core.response_base import ResponseBase, StytchError

from ostiary.demo.story import Broken, Step, Told
from ostiary.demo.walkthrough import Inbox, nobodys_number

if TYPE_CHECKING:
    from datetime import datetime

    from stytch.consumer.models.sessions import Session

FRESH = timedelta(minutes=1)


async def walk(
    *, api: str, inbox: str, project: tuple[str, str], out: TextIO | None = None
) -> bool:
    """Plays the guide to two factors, and the one to stepping up, with a person made for it; whether all held."""
    told = Told(out or sys.stdout)
    project_id, secret = project
    async with (
        aiohttp.ClientSession() as http,
        httpx2.AsyncClient(base_url=inbox, trust_env=False) as management,
    ):
        client = stytch.Client(
            project_id=project_id,
            secret=secret,
            environment=api,
            async_session=http,
            suppress_warnings=True,
        )
        member = Member(told, client, management)
        told.title(
            f"Two factors and a fresh one, kept by a back end, at {api}", "Paths are below /v1."
        )
        try:
            await member.join()
            await member.come_in()
            await member.step_up()
        except (Broken, StytchError) as why:
            told.broken(str(why))
            return False
        except (httpx2.HTTPError, aiohttp.ClientError) as why:
            told.broken(f"{type(why).__name__}: {why}. Is the server running at {api}?")
            return False
    told.held("All eight steps held")
    return True


class Member:
    """Somebody with a password and a phone, and the session that the back end keeps for them."""

    def __init__(self, told: Told, client: stytch.Client, management: httpx2.AsyncClient) -> None:
        self.told = told
        self.client = client
        self.inbox = Inbox(management)
        self.email = f"member-{secrets.token_hex(4)}@demo.localhost"
        self.phone = nobodys_number()
        self.token = ""
        self.jwt = ""

    async def join(self) -> None:
        with self.told.step(None, "meet somebody new") as step:
            made = await self.client.otps.email.login_or_create_async(email=self.email)
            _shown(step, "POST /otps/email/login_or_create", made)
            step.needs(made.user_created, "a new user", made)
            step.proved(self.email)
        with self.told.step(1, "prove the mailbox") as step:
            proved = await self.client.otps.authenticate_async(
                method_id=made.email_id,
                code=await self.inbox.code(self.email, "login_code"),
                session_duration_minutes=60,
            )
            _shown(step, "POST /otps/authenticate", proved)
            self.token, self.jwt = proved.session_token, proved.session_jwt
            step.proved(f"one factor: {_ways(proved.session)}")

    async def come_in(self) -> None:
        with self.told.step(2, "check the token here") as step:
            checked = await self.client.sessions.authenticate_jwt_async(self.jwt)
            step.shown, step.status = "GET /sessions/jwks, once", 200
            step.needs(_ways(checked.session) == "email", "one factor", checked)
            # a clock that was moved forward signs what is not valid yet: then the package asks
            asked = " (the server was asked: its clock is ahead)" if checked.request_id else ""
            step.proved(f"signature, issuer, audience and times hold{asked}")
        with self.told.step(3, "ask for a code") as step:
            sent = await self.client.otps.sms.send_async(
                phone_number=self.phone, session_token=self.token
            )
            _shown(step, "POST /otps/sms/send", sent)
            code = await self.inbox.code(self.phone, "phone_verification")
            step.proved(f"code sent to {self.phone}")
        before = self.token
        with self.told.step(4, "prove the phone") as step:
            await self._answer(step, sent.phone_id, code)
        with self.told.step(5, "try the old token") as step:
            try:
                await self.client.sessions.authenticate_async(session_token=before)
            except StytchError as refused:
                step.shown, step.status = "POST /sessions/authenticate", refused.details.status_code
                kind = refused.details.error_type
                step.needs(kind == "session_not_found", "session_not_found", kind)
            step.needs(step.status == 404, "a refusal", step.status)
            step.proved("dead since the session has a new one")
        with self.told.step(6, "come in") as step:
            proved_at, now = await self._times(step)
            step.needs(now - proved_at < FRESH, "a fresh second factor", "an old one")
            step.proved("two factors, the second a moment old")

    async def step_up(self) -> None:
        with self.told.step(7, "open the safe") as step:
            proved_at, now = await self._times(step)
            step.needs(proved_at <= now, "a proof of before", proved_at)
            step.proved("wants a proof made for it: ask again")
        with self.told.step(8, "prove it again") as step:
            sent = await self.client.otps.sms.send_async(
                phone_number=self.phone, session_token=self.token
            )
            code = await self.inbox.code(self.phone, "login_code")
            await self._answer(step, sent.phone_id, code)
            again, _ = await self._times(Step())
            step.needs(again >= now, f"a proof since {now}", again)
            step.proved("the same two factors, the second proved anew")

    async def _answer(self, step: Step, method: str, code: str) -> None:
        proved = await self.client.otps.authenticate_async(
            method_id=method, code=code, session_token=self.token
        )
        _shown(step, "POST /otps/authenticate", proved)
        self.token, self.jwt = proved.session_token, proved.session_jwt
        step.needs(_ways(proved.session) == "email, sms", "two factors", proved.session)
        step.proved("the session holds email and sms")

    async def _times(self, step: Step) -> tuple[datetime, datetime]:
        """When the second factor was proved, and the server's own time."""
        held = await self.client.sessions.authenticate_async(session_token=self.token)
        _shown(step, "POST /sessions/authenticate", held)
        proved_at = held.session.authentication_factors[-1].last_authenticated_at
        now = held.session.last_accessed_at
        if proved_at is None or now is None:
            raise Broken("wanted two times, got none")
        return proved_at, now


def _shown(step: Step, call: str, answer: ResponseBase) -> None:
    step.shown, step.status = call, answer.status_code


def _ways(session: Session | None) -> str:
    factors = session.authentication_factors if session else []
    return ", ".join(factor.delivery_method.value for factor in factors)
