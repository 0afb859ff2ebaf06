"""The demo's second tab: a members' vault, a FastAPI application that uses the vendor's Python package as it is.

It keeps the session's token in a cookie of its own, demands two factors by looking at `authentication_factors`,
and asks for the second again where it is older than a minute. Half of its calls are awaited, half are not: both
halves of the package are in use.
"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import stytch
from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.templating import Jinja2Templates
from stytch.consumer.models.sessions import AuthenticateResponse as Held
from stytch.consumer.models.sessions import AuthenticationFactor
from stytch.core.response_base import StytchError

FRESH = timedelta(minutes=1)
COOKIE = "__Host-vault"
HOME = "/vault/"
MINUTES = 60  # that a session lives
PAGES = Jinja2Templates(directory=Path(__file__).parent / "templates")
SAID = {
    "email_not_found": "Nobody here has this e-mail address.",
    "unauthorized_credentials": "The e-mail address or the password is wrong.",
    "otp_code_not_found": "This is not the code. Look at the newest message.",
    "unable_to_auth_otp_code": "This code is used up or too old. Ask for another one.",
    "too_many_unverified_factors": "Another number still waits for its code. Use that one, or wait five minutes.",
    "invalid_phone_number": "This is not a phone number. Write it as +33 6 12 34 56 78.",
    "duplicate_phone_number": "Somebody else has this number.",
    "user_lock_limit_reached": "Too many wrong answers: try again in an hour.",
    "too_many_requests": "Too many codes were asked for. Wait, then try again.",
}


class Vault:
    """What a visitor's session says, and whether it opens the vault."""

    def __init__(self, held: Held) -> None:
        self.user = held.user
        self.session = held.session
        # the server's own time: in the demo it can be moved forward
        self.now = held.session.last_accessed_at
        self.factors = held.session.authentication_factors

    @property
    def second(self) -> AuthenticationFactor | None:
        """The factor beside the password."""
        return next((one for one in self.factors if one.delivery_method == "sms"), None)

    @property
    def age(self) -> timedelta | None:
        """How long ago the second factor was proved."""
        proved_at = self.second.last_authenticated_at if self.second else None
        return self.now - proved_at if proved_at and self.now else None

    @property
    def fresh(self) -> bool:
        return self.age is not None and self.age < FRESH

    @property
    def phone(self) -> str:
        """The number that a code goes to, where there is one."""
        known = [one.phone_number for one in self.user.phone_numbers if one.verified]
        return known[0] if known else ""


def vault(
    *, project_id: str, secret: str, api: str, origin: str, person: tuple[str, str]
) -> FastAPI:
    """`api`: where the identity server listens without TLS; `origin`: of this page; `person`: offered for sign-in."""
    client = stytch.Client(
        project_id=project_id, secret=secret, environment=api, suppress_warnings=True
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.client = client

    def own_page(request: Request) -> None:
        """A form of somebody else's page is not ours to obey."""
        if request.headers.get("origin") != origin:
            raise HTTPException(403, "This form belongs to another page.")

    async def visitor(request: Request) -> Vault | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        try:
            return Vault(await client.sessions.authenticate_async(session_token=token))
        except StytchError:
            return None

    async def member(seen: Annotated[Vault | None, Depends(visitor)]) -> Vault:
        if seen is None:
            raise HTTPException(303, headers={"location": HOME})
        return seen

    def page(request: Request, seen: Vault | None, status: int = 200, **more: object) -> Response:
        context = {"vault": seen, "person": person, "fresh": FRESH, **more}
        return PAGES.TemplateResponse(request, "vault.html", context, status_code=status)

    def refused(request: Request, seen: Vault | None, why: StytchError, **more: object) -> Response:
        details = why.details
        told = SAID.get(str(details.error_type), details.error_message)
        return page(request, seen, details.status_code, error=told, **more)

    def keep(token: str) -> Response:
        response = RedirectResponse(HOME, 303)
        response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")
        return response

    @app.get("/")
    async def home(request: Request, seen: Annotated[Vault | None, Depends(visitor)]) -> Response:
        return page(request, seen)

    @app.post("/login", dependencies=[Depends(own_page)])
    def log_in(
        request: Request, email: Annotated[str, Form()], password: Annotated[str, Form()]
    ) -> Response:
        try:
            proved = client.passwords.authenticate(
                email=email, password=password, session_duration_minutes=MINUTES
            )
        except StytchError as why:
            return refused(request, None, why)
        return keep(proved.session_token)

    @app.post("/code", dependencies=[Depends(own_page)])
    async def send_code(
        request: Request,
        seen: Annotated[Vault, Depends(member)],
        phone_number: Annotated[str, Form()],
    ) -> Response:
        try:
            sent = await client.otps.sms.send_async(
                phone_number=phone_number.replace(" ", ""),
                session_token=request.cookies[COOKIE],
            )
        except StytchError as why:
            return refused(request, seen, why)
        return page(request, seen, method=sent.phone_id, to=phone_number)

    @app.post("/answer", dependencies=[Depends(own_page)])
    def answer(
        request: Request,
        seen: Annotated[Vault, Depends(member)],
        method_id: Annotated[str, Form()],
        code: Annotated[str, Form()],
        phone_number: Annotated[str, Form()],
    ) -> Response:
        try:
            proved = client.otps.authenticate(
                method_id=method_id,
                code=code.strip(),
                session_token=request.cookies[COOKIE],
            )
        except StytchError as why:
            return refused(request, seen, why, method=method_id, to=phone_number)
        return keep(proved.session_token)

    @app.post("/open", dependencies=[Depends(own_page)])
    async def unlock(request: Request, seen: Annotated[Vault, Depends(member)]) -> Response:
        """Two factors, the second at most a minute old: anything less is asked for first."""
        return page(request, seen, 200 if seen.fresh else 403, asked=True)

    @app.post("/logout", dependencies=[Depends(own_page)])
    async def log_out(request: Request) -> Response:
        with suppress(StytchError):  # it may have ended already
            await client.sessions.revoke_async(session_token=request.cookies.get(COOKIE))
        response = RedirectResponse(HOME, 303)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
        return response

    return app
