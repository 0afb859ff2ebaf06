"""`grant_type=password` (RFC 6749 §4.3), which OAuth 2.1 has left out: for a client that switched it on.

One factor is all it can carry: where a second must follow there are no tokens, and no trusted browser spares it.
"""

from ostiary.terms.contact import Channel, email_address, phone_number
from ostiary.terms.failures import Malformed, Refused
from ostiary.terms.secret import Secret

from .. import clients, credentials, login, tokens, transactions, users
from ..clients.model import AuthorizationRequest, Client
from ..login.model import LoggedIn, PasswordLogin
from ..tokens.model import Minted
from ..transactions.model import Kind
from ..work import Crunch, OpenWork, Work
from .model import TokenRequest


async def exchange(
    open_work: OpenWork, crunch: Crunch, client: Client, request: TokenRequest
) -> Minted | Refused:
    if not request.username:
        raise Malformed("parameter_missing", field="username")
    if request.password is None:
        raise Malformed("parameter_missing", field="password")
    channel, address = _identified(request.username)
    proved = await login.with_password(
        open_work,
        crunch,
        PasswordLogin(
            client_id=client.id,
            channel=channel,
            address=address,
            password=Secret(request.password),
            ip=request.ip,
        ),
    )
    if isinstance(proved, Refused):
        return proved
    async with open_work() as work:
        return await _grant(work, client, request, proved)


def _identified(username: str) -> tuple[Channel, str]:
    """What cannot be an address is nobody's: it is answered like an unknown one (AB-1)."""
    try:
        if "@" in username:
            return Channel.EMAIL, email_address(username)
        return Channel.SMS, phone_number(username)
    except Malformed:
        return Channel.EMAIL, ""


async def _grant(
    work: Work, client: Client, request: TokenRequest, proved: LoggedIn
) -> Minted | Refused:
    """The login is spent on a grant that rests on no session."""
    found = await transactions.find(work, proved.tkn, Kind.LOGIN)
    user = await users.lock(work, proved.user_id)
    if found is None or user is None or not await transactions.end(work, found.id):
        return Refused("tkn_invalid")
    if found.mfa_required:
        return Refused("mfa_required")
    if refusal := credentials.locked(user, work.now):
        return refusal  # since the password was right (AB-9)
    asked = AuthorizationRequest(
        client_id=client.id, scope=clients.granted_scope(client, request.scope)
    )
    code = await tokens.issue_code(work, user.id, None, asked, found.proofs)
    grant = await tokens.find_code(work, code)
    return grant if isinstance(grant, Refused) else await tokens.redeem(work, client, grant, user)
