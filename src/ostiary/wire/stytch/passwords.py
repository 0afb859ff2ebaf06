"""Passwords: chosen, proved, judged, replaced, and brought along from other systems."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from ostiary.core import accounts, proving
from ostiary.core.accounts.model import Newcomer
from ostiary.core.factors import LONGEST_PASSWORD, password_feedback, password_strength
from ostiary.core.proving.model import Authenticated, Dossier, Wish
from ostiary.core.sessions.model import Session
from ostiary.core.work import OpenWork, Work
from ostiary.terms.contact import email_address
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Secret

from ..http import Call
from . import answers, hashes, session_jwt, users, words
from .errors import refusal
from .objects import UserObject, session_object, user_object
from .words import Auth, Reply, Text, env_of, phone_number, reply, spell


class AuthenticateBody(Auth, frozen=True, kw_only=True):
    email: Text
    password: str


class CreateBody(users.SaidBody, frozen=True, kw_only=True):
    email: Text
    password: str
    session_duration_minutes: words.Minutes | None = None
    session_custom_claims: dict[str, Any] | None = None


class Created(answers.Proved, frozen=True, kw_only=True):
    email_id: str


class StrengthBody(Struct, frozen=True, kw_only=True):
    password: str
    email: Text | None = None


class Feedback(Struct, frozen=True, kw_only=True):
    """In English; empty where nothing is to be said."""

    warning: str
    suggestions: list[str]
    luds_requirements: None = None


class Strength(Reply, frozen=True, kw_only=True):
    valid_password: bool
    score: int
    breached_password: bool = False
    strength_policy: str = "zxcvbn"
    breach_detection_on_create: bool = False
    feedback: Feedback


class ExistingBody(Auth, frozen=True, kw_only=True):
    email: Text
    existing_password: str
    new_password: str


class SessionBody(Auth, frozen=True, kw_only=True):
    password: str


class MigrateBody(hashes.HashBody, frozen=True, kw_only=True):
    email: Text
    phone_number: Text | None = None
    set_email_verified: bool | None = None
    set_phone_number_verified: bool | None = None


class Migrated(Reply, frozen=True, kw_only=True):
    user_id: str
    email_id: str
    user_created: bool
    user: UserObject


async def create(open_work: OpenWork, call: Call) -> Response:
    """Somebody new with a password, at an address that nobody has proved yet."""
    body: CreateBody = call.body
    newcomer = Newcomer(email=email_address(body.email), said=users.said(body))
    wish = Wish(asked=words.asked(_auth(body)))
    outcome = await accounts.passwords.sign_up(
        open_work, call.server.crunch, newcomer, Secret(body.password), wish
    )
    async with open_work(reading=True) as work:
        fields = await answers.proved(work, call, outcome)
        [email] = fields["user"].emails
        return reply(call, Created(email_id=email.email_id, **fields))


async def authenticate(open_work: OpenWork, call: Call) -> Response:
    """A password, proved: in a session that goes on, in a new one, or in none."""
    body: AuthenticateBody = call.body
    email, password = email_address(body.email), Secret(body.password)
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    crunch = call.server.crunch
    outcome = await proving.passwords.authenticate(open_work, crunch, email, password, wish)
    return await _proved(open_work, call, outcome)


async def strength(work: Work, call: Call) -> Response:
    """Would this password be taken, and what would make it better?"""
    return reply(call, await judged(work, call.body))


async def judged(work: Work, body: StrengthBody) -> Strength:
    policy = await proving.passwords.policy_of(work)
    context = (body.email,) if body.email else ()
    score = password_strength(body.password, *context)
    warning, suggestions = password_feedback(body.password, *context)
    long_enough = len(body.password) >= policy.min_length
    short_enough = len(body.password.encode()) <= LONGEST_PASSWORD
    return Strength(
        valid_password=score >= policy.min_strength and long_enough and short_enough,
        score=score,
        feedback=Feedback(warning=warning, suggestions=list(suggestions)),
    )


async def reset_by_existing(open_work: OpenWork, call: Call) -> Response:
    """Another password, for who gives the present one; every session of the user ends."""
    body: ExistingBody = call.body
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    outcome = await proving.passwords.replace_known(
        open_work,
        call.server.crunch,
        email_address(body.email),
        Secret(body.existing_password),
        Secret(body.new_password),
        wish,
    )
    return await _proved(open_work, call, outcome)


async def reset_by_session(open_work: OpenWork, call: Call) -> Response:
    """Another password, for who is in a session that was proved a moment ago; every other one ends."""
    body: SessionBody = call.body
    async with open_work(reading=True) as work:
        wish = await session_jwt.wish(work, body)
    session, dossier = await proving.passwords.replace_in_session(
        open_work, call.server.crunch, Secret(body.password), wish
    )
    async with open_work(reading=True) as work:
        return reply(call, await kept(work, call, session, dossier, body.session_token or ""))


async def kept(
    work: Work, call: Call, session: Session, dossier: Dossier, token: str
) -> answers.Proved:
    """A session that went on under the secret it had."""
    env = env_of(call)
    shown = session_object(session, dossier, env)
    return answers.Proved(
        user_id=spell("user", env, dossier.user.id),
        user=user_object(dossier, env, work.now),
        session=shown,
        session_token=token,
        session_jwt=await session_jwt.mint(work, session, shown),
    )


async def migrate(work: Work, call: Call) -> Response:
    """A password that another system knows by its hash, for a user who has none yet."""
    body: MigrateBody = call.body
    newcomer = Newcomer(
        email=email_address(body.email),
        email_verified=bool(body.set_email_verified),
        phone_number=None if body.phone_number is None else phone_number(body.phone_number),
        phone_verified=bool(body.set_phone_number_verified),
        said=users.said(body),
    )
    dossier, created = await accounts.passwords.take_over(work, newcomer, hashes.imported(body))
    user = user_object(dossier, env_of(call), work.now)
    email_id = next(one.email_id for one in user.emails if one.email == newcomer.email)
    migrated = Migrated(user_id=user.user_id, email_id=email_id, user_created=created, user=user)
    return reply(call, migrated)


def _auth(body: CreateBody) -> Auth:
    return Auth(
        session_duration_minutes=body.session_duration_minutes,
        session_custom_claims=body.session_custom_claims,
    )


async def _proved(open_work: OpenWork, call: Call, outcome: Authenticated | Refused) -> Response:
    if isinstance(outcome, Refused):
        return refusal(outcome, call)
    async with open_work(reading=True) as work:
        return reply(call, answers.Proved(**await answers.proved(work, call, outcome)))
