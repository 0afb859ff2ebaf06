"""Passkeys, from the page that asks the browser for them."""

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import proving
from ostiary.core.proving.model import Authenticated as Outcome
from ostiary.core.proving.model import Wanted
from ostiary.core.work import OpenWork, Work
from ostiary.terms.assurance import Kind
from ostiary.terms.failures import Refused
from ostiary.terms.ids import UserId

from ...http import Call
from ..errors import Said, refusal
from ..webauthn import (
    REGISTERING,
    Attachment,
    AuthenticateStarted,
    Bytes,
    Proved,
    RegisterStarted,
    asserted,
    attested,
    creation_options,
    renamed,
    request_options,
)
from ..words import Text, env_of, spell
from . import doors, words
from .words import answer


class RegisterStartBody(Struct, frozen=True, kw_only=True):
    domain: Text
    user_agent: Text | None = None
    authenticator_type: Attachment | None = None
    return_passkey_credential_options: bool | None = None
    override_name: Text | None = None
    override_display_name: Text | None = None


class AuthenticateStartBody(Struct, frozen=True, kw_only=True):
    domain: Text
    return_passkey_credential_options: bool | None = None


class AuthenticateBody(words.Proving, frozen=True, kw_only=True):
    public_key_credential: Bytes


async def register_start(work: Work, call: Call) -> Response:
    """What to make a passkey with, for who has proved enough to add one."""
    body: RegisterStartBody = call.body
    session = await doors.guarded(work, call, adding=Kind.WEBAUTHN)
    wanted = Wanted(
        domain=body.domain,
        agent=body.user_agent or "",
        name=body.override_name,
        display_name=body.override_display_name,
    )
    asked = await proving.passkeys.begin(work, session.user_id, wanted, session)
    started = RegisterStarted(
        user_id=spell("user", env_of(call), session.user_id),
        public_key_credential_creation_options=creation_options(
            asked, body.authenticator_type, passkey=bool(body.return_passkey_credential_options)
        ),
    )
    return answer(call, started)


async def register(open_work: OpenWork, call: Call) -> Response:
    """Keep the passkey that was made, in the session that asked for it."""
    body: AuthenticateBody = call.body
    credential = attested(body.public_key_credential)
    async with open_work(reading=True) as work:
        user = (await doors.present(work, call)).user_id
        wish = await doors.wish(work, call)
    outcome = await proving.passkeys.register(
        open_work, call.server.crunch, user, credential, wish, guarded=True
    )
    return await _proved(open_work, call, outcome, REGISTERING)


async def authenticate_start(work: Work, call: Call) -> Response:
    """What to use a passkey with: any of this domain."""
    return await _ask(work, call, None)


async def authenticate_start_own(work: Work, call: Call) -> Response:
    """What to use a passkey with: one of who is logged in."""
    return await _ask(work, call, (await doors.present(work, call)).user_id)


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    """The answer of a passkey, good once."""
    body: AuthenticateBody = call.body
    credential = asserted(body.public_key_credential)
    async with open_work(reading=True) as work:
        wish = await doors.wish(work, call)
    outcome = await proving.passkeys.authenticate(open_work, call.server.crunch, credential, wish)
    return await _proved(open_work, call, outcome)


async def update(work: Work, call: Call) -> Response:
    """Call one of one's own something else."""
    session = await doors.present(work, call)
    return answer(call, await renamed(work, call, session.user_id))


async def _ask(work: Work, call: Call, user: UserId | None) -> Response:
    body: AuthenticateStartBody = call.body
    asked = await proving.passkeys.ask(work, user, body.domain)
    started = AuthenticateStarted(
        user_id=spell("user", env_of(call), user) if user else "",
        public_key_credential_request_options=request_options(asked),
    )
    return answer(call, started)


async def _proved(
    open_work: OpenWork,
    call: Call,
    outcome: Outcome | Refused,
    own: dict[str, Said] | None = None,
) -> Response:
    if isinstance(outcome, Refused):
        return refusal(outcome, call, own)
    id = spell("webauthn-registration", env_of(call), outcome.proof.credential)
    async with open_work(reading=True) as work:
        return await words.proved(work, call, outcome, Proved, webauthn_registration_id=id)
