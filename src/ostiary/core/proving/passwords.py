"""A password, as the first factor or as a further one."""

from ostiary.terms.assurance import Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Malformed, NotFound, Refused
from ostiary.terms.secret import Secret

from .. import credentials, login, users
from ..login.model import Attempt
from ..users.model import User
from ..work import Crunch, OpenWork, Work
from . import flow
from .model import Authenticated, Wish


async def authenticate(
    open_work: OpenWork,
    crunch: Crunch,
    email: str,
    password: Secret,
    wish: Wish,
    *,
    discreet: bool = False,
) -> Authenticated | Refused:
    """`NotFound("email_not_found")` and `Malformed("no_password")` say which: who asks knows its users.

    `discreet`: who asks does not; both are `wrong_credentials`, after the same work (AB-1).
    """

    async def known(work: Work) -> None:
        await flow.held(work, wish.session)
        if discreet:
            return
        user = await users.by_contact(work, Channel.EMAIL, email)
        if user is None:
            raise NotFound("email_not_found")
        if await credentials.of_kind(work, user.id, Kind.PASSWORD) is None:
            raise Malformed("no_password")

    async def proved(work: Work, user: User, proof: Proof) -> Authenticated:
        session = await flow.held(work, wish.session)
        return await flow.conclude(work, user, proof, wish, session)

    attempt = Attempt(channel=Channel.EMAIL, address=email, password=password, ip=wish.asked.ip)
    return await login.prove(open_work, crunch, attempt, first=known, then=proved)
