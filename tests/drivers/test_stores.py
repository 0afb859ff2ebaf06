"""Every store keeps what it is given, on both engines; and no statement is left untried on either."""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import pytest
from msgspec.structs import replace

import ostiary.core
from ostiary.core.accounts import store as accounts
from ostiary.core.accounts.model import Condition, Search, Sought
from ostiary.core.challenges import store as challenges
from ostiary.core.challenges.model import Challenge
from ostiary.core.clients import store as clients
from ostiary.core.clients.model import AuthorizationRequest, Client
from ostiary.core.clock import store as clock
from ostiary.core.credentials import store as credentials
from ostiary.core.credentials.model import Credential
from ostiary.core.devices import store as devices
from ostiary.core.devices.model import Device
from ostiary.core.journal import store as journal
from ostiary.core.journal.model import Filter
from ostiary.core.keys import store as keys
from ostiary.core.keys.model import Algorithm, Stage, StoredKey
from ostiary.core.limits import store as limits
from ostiary.core.messages import store as messages
from ostiary.core.messages.model import EmailTemplate, Purpose, SmsTemplate, TemplateKey
from ostiary.core.operators import store as operators
from ostiary.core.operators.model import Administrator, Question
from ostiary.core.passkeys import store as passkeys
from ostiary.core.passkeys.model import Newcomer, Pending
from ostiary.core.projects import store as projects
from ostiary.core.projects.model import Project, Settings
from ostiary.core.seals import store as seals
from ostiary.core.seals.model import Head, Seal
from ostiary.core.sessions import store as sessions
from ostiary.core.sessions.model import Session
from ostiary.core.tokens import store as tokens
from ostiary.core.tokens.model import Grant
from ostiary.core.transactions import store as transactions
from ostiary.core.transactions.model import Kind as TransactionKind
from ostiary.core.transactions.model import Transaction
from ostiary.core.users import store as users
from ostiary.core.users.model import Profile, User
from ostiary.core.work import Actor, OpenWork, Row, Sql, Work
from ostiary.drivers.database import Database, unit_of_work
from ostiary.terms.assurance import AuthenticatorClass, Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.ids import (
    ChallengeId,
    ClientId,
    CredentialId,
    GrantId,
    SessionId,
    TransactionId,
    UserId,
)
from ostiary.terms.time import Instant, Seconds
from tests.fakes import Clock, Dice
from tests.world import ISSUER, MASTER

RoundTrip: TypeAlias = Callable[[Work], Awaitable[None]]

SHOP = ClientId("shop")
HOUR = Seconds(3600)
DAY = Seconds(86_400)


async def a_user(work: Work) -> User:
    id = UserId(work.new_id())
    await users.add(work, id, Profile(given_name="Zoë", custom_fields={"vip": True}))
    added = await users.get(work, id)
    assert added is not None
    return added


def a_proof(work: Work, at: int = 0) -> Proof:
    return Proof(
        credential=CredentialId(work.new_id()),
        kind=Kind.SMS,
        authenticator=AuthenticatorClass.POSSESSION,
        channel=Channel.SMS,
        first_at=work.now,
        last_at=Instant(work.now + at),
        ip="192.0.2.1",
    )


def a_request(state: str = "née") -> AuthorizationRequest:
    return AuthorizationRequest(client_id=SHOP, scope="openid mfa", state=state)


async def a_session(work: Work, user: User, lasting: int = HOUR) -> Session:
    session = Session(
        id=SessionId(work.new_id()),
        user_id=user.id,
        client_id=SHOP,
        digest=b"\0digest",
        proofs=(a_proof(work),),
        started_at=work.now,
        seen_at=work.now,
        lifetime=HOUR,
        expires_at=Instant(work.now + lasting),
    )
    await sessions.add(work, session)
    return session


async def a_transaction(work: Work, user: User, **more: Any) -> Transaction:
    transaction = Transaction(
        **{
            "id": TransactionId(work.new_id()),
            "kind": TransactionKind.STEP_UP,
            "digest": b"\0digest",
            "user_id": user.id,
            "client_id": SHOP,
            "expires_at": Instant(work.now + HOUR),
            **more,
        }
    )
    await transactions.add(work, transaction)
    return transaction


async def a_challenge(work: Work, transaction: Transaction) -> Challenge:
    challenge = Challenge(
        id=ChallengeId(work.new_id()),
        transaction_id=transaction.id,
        digest=b"\0digest",
        purpose=Purpose.MFA_STEP_UP,
        channel=Channel.SMS,
        recipient="+33612345678",
        credential_id=CredentialId(work.new_id()),
        expected=b"\0expected",
        digits=6,
        created_at=work.now,
        expires_at=Instant(work.now + HOUR),
        link_digest=b"\0link",
        browser_digest=b"\0browser",
        link_expires_at=Instant(work.now + DAY),
    )
    await challenges.add(work, challenge)
    return challenge


async def a_grant(work: Work, user: User, lasting: int = HOUR) -> Grant:
    grant = Grant(
        id=GrantId(work.new_id()),
        user_id=user.id,
        client_id=SHOP,
        session_id=SessionId(work.new_id()),
        request=a_request(),
        proofs=(a_proof(work), a_proof(work)),
        code_digest=b"\0code",
        code_expires_at=Instant(work.now + 60),
        expires_at=Instant(work.now + lasting),
    )
    await tokens.add(work, grant)
    return grant


# ---- one for each store


async def a_user_and_contacts(work: Work) -> None:
    user, other = await a_user(work), await a_user(work)
    address, number = f"{user.id}@example.org", f"+{int(user.id[:8], 16)}"
    assert (user.profile.given_name, user.email, user.failures) == ("Zoë", None, 0)
    assert await users.get(work, UserId(work.new_id())) is None

    assert await users.add_contact(work, user.id, Channel.EMAIL, address, None)
    assert await users.add_contact(work, user.id, Channel.SMS, number, work.now)
    assert not await users.add_contact(work, other.id, Channel.EMAIL, address, None)
    found = await users.by_contact(work, Channel.EMAIL, address)
    assert found == await users.by_contact(work, Channel.SMS, number)
    assert found == await users.lock(work, user.id)
    assert found is not None
    assert (found.email, found.email_verified_at) == (address, None)
    assert (found.phone_number, found.phone_verified_at) == (number, work.now)
    assert await users.by_contact(work, Channel.SMS, address) is None

    assert await users.verify_contact(work, user.id, Channel.EMAIL, address)
    assert not await users.verify_contact(work, user.id, Channel.EMAIL, address)

    assert await users.add_contact(work, other.id, Channel.EMAIL, "o" + address, None)
    contact = found.contact_id(Channel.EMAIL)
    assert contact is not None
    assert not await users.move_contact(work, contact, "o" + address, None)
    assert await users.move_contact(work, contact, "n" + address, None)
    moved = await users.get(work, user.id)
    assert moved is not None
    assert (moved.email, moved.email_verified_at) == ("n" + address, None)
    await users.drop_contact(work, contact)
    assert await users.by_contact(work, Channel.EMAIL, "n" + address) is None


async def several_addresses_of_a_channel(work: Work) -> None:
    user, other = await a_user(work), await a_user(work)
    first, second = f"1{user.id}@example.org", f"2{user.id}@example.org"
    assert await users.add_contact(work, user.id, Channel.EMAIL, first, work.now)
    chosen = work.new_id()
    assert await users.add_contact(work, user.id, Channel.EMAIL, second, None, id=chosen)
    found = await users.contacts_of(work, user.id)
    assert [(one.address, one.is_primary) for one in found] == [(first, 1), (second, 0)]
    assert await users.contact(work, chosen) == found[1]
    assert await users.contact(work, work.new_id()) is None

    await users.drop_contact(work, found[0].id)
    await users.promote(work, user.id, Channel.EMAIL)
    left = await users.get(work, user.id)
    assert left is not None
    assert (left.email, left.email_id) == (second, chosen)
    assert await users.release(work, user.id, Channel.EMAIL, second) == 0, "their own"
    assert await users.release(work, other.id, Channel.EMAIL, second) == 1
    assert await users.contacts_of(work, user.id) == ()
    assert await users.add_contact(work, other.id, Channel.EMAIL, second, work.now)
    assert await users.release(work, user.id, Channel.EMAIL, second) == 0, "it was proved"


async def applications_keep_something_with_a_user(work: Work) -> None:
    user, other = await a_user(work), await a_user(work)
    assert (user.pending, user.external_id, user.metadata) == (0, None, b"{}")
    name = f"ext-{user.id}"
    assert await users.annotate(work, user.id, name, b'{"a":1}')
    assert await users.annotate(work, user.id, name, b'{"a":2}')
    assert not await users.annotate(work, other.id, name, b"{}")
    assert await users.annotate(work, other.id, None, b'{"b":1}')
    await users.pend(work, user.id, pending=True)
    found = await users.by_external_id(work, name)
    assert found == await users.get(work, user.id)
    assert found is not None
    assert (found.pending, found.metadata) == (1, b'{"a":2}')
    assert await users.by_external_id(work, "nobody") is None


async def people_are_listed_and_removed(work: Work) -> None:
    older, newer = await a_user(work), await a_user(work)
    assert await users.page(work, most=2) == (newer, older)
    assert await users.page(work, before=newer.id, most=1) == (older,)
    await a_session(work, older)
    assert await users.remove(work, older.id)
    assert not await users.remove(work, older.id)
    assert await users.get(work, older.id) is None
    assert await sessions.of_user(work, older.id) == ()


async def a_person_changes(work: Work) -> None:
    user = await a_user(work)
    await users.update_profile(work, user.id, Profile(family_name="O'Neill"))
    await users.logged_in(work, user.id, "password")
    await users.touch(work, user.id)
    changed = await users.get(work, user.id)
    assert changed is not None
    assert (changed.profile, changed.updated_at) == (Profile(family_name="O'Neill"), work.now)
    assert (changed.last_login_at, changed.last_login_type) == (work.now, "password")


async def wrong_answers_lock_an_account(work: Work) -> None:
    user = await a_user(work)

    async def failures() -> tuple[int, Instant | None]:
        read = await users.get(work, user.id)
        assert read is not None
        return read.failures, read.locked_until

    until = Instant(work.now + HOUR)
    assert await users.count_failure(work, user.id, 3, HOUR) is None
    assert await users.count_failure(work, user.id, 3, HOUR) is None
    assert await failures() == (2, None)
    assert await users.count_failure(work, user.id, 3, HOUR) == until
    assert await users.count_failure(work, user.id, 3, DAY) == until, "a lock is not prolonged"
    work.now = until  # it is over: counting begins again
    assert await users.count_failure(work, user.id, 3, HOUR) is None
    assert await failures() == (1, None)
    await users.count_failure(work, user.id, 9, HOUR)
    await users.forgive(work, user.id, 1)
    assert await failures() == (1, None)
    await users.forgive(work, user.id, 5)
    assert await failures() == (0, None)
    await users.count_failure(work, user.id, 1, HOUR)
    await users.unlock(work, user.id)
    assert await failures() == (0, None)


async def credentials_are_kept(work: Work) -> None:
    user = await a_user(work)
    credential = Credential(
        id=CredentialId(work.new_id()),
        user_id=user.id,
        kind=Kind.SMS,
        address="+33612345678",
        state=b"\0state",
        created_at=work.now,
    )
    assert await credentials.add(work, credential)
    again = replace(credential, id=CredentialId(work.new_id()))
    assert not await credentials.add(work, again)
    password = replace(again, kind=Kind.PASSWORD, address="")
    assert await credentials.add(work, password)

    assert await credentials.get(work, credential.id) == credential
    assert await credentials.of_user(work, user.id) == (credential, password)
    assert await credentials.of_kind(work, user.id, Kind.PASSWORD) == password
    assert await credentials.of_kind(work, user.id, Kind.EMAIL) is None

    await credentials.count_failure(work, credential.id)
    assert await credentials.get(work, credential.id) == replace(credential, failures=1)
    await credentials.proved(work, credential.id, b"new")
    proved = replace(credential, state=b"new", proved_at=work.now)
    assert await credentials.get(work, credential.id) == proved
    await credentials.count_failure(work, credential.id)
    await credentials.forget_failures(work, user.id)
    assert await credentials.get(work, credential.id) == proved
    await credentials.count_failure(work, credential.id)
    await credentials.keep_state(work, credential.id, b"renamed")
    assert await credentials.get(work, credential.id) == replace(
        proved, state=b"renamed", failures=1
    )
    await credentials.replace_state(work, credential.id, b"newer")
    await credentials.move(work, credential.id, "+33698765432")
    moved = replace(proved, state=b"newer", address="+33698765432")
    assert await credentials.get(work, credential.id) == moved
    others = await credentials.owners(work, credential.kind, UserId("0"), 100)
    assert user.id in others
    assert others == tuple(sorted(set(others)))
    assert await credentials.owners(work, credential.kind, UserId("0"), 1) == others[:1]
    assert await credentials.owners(work, credential.kind, others[-1], 100) == ()
    await credentials.remove(work, credential.id)
    assert await credentials.get(work, credential.id) is None


async def wrong_answers_in_a_row_are_counted(work: Work) -> None:
    """OTP-8."""
    user, other = await a_user(work), await a_user(work)
    assert await credentials.strikes(work, user.id, "one") == 0
    assert [await credentials.strike(work, user.id, "one") for _ in range(3)] == [1, 2, 3]
    assert await credentials.strike(work, user.id, "two") == 1
    assert await credentials.strike(work, other.id, "one") == 1
    assert await credentials.strike(work, UserId(work.new_id()), "one") == 0, "nobody"
    assert await credentials.strikes(work, user.id, "one") == 3
    assert await credentials.struck_out(work, user.id, 3) == {"one"}
    assert await credentials.struck_out(work, user.id, 1) == {"one", "two"}
    await credentials.absolve(work, user.id, "one")
    assert await credentials.struck_out(work, user.id, 1) == {"two"}
    await credentials.absolve_all(work, user.id)
    assert await credentials.struck_out(work, user.id, 1) == frozenset()
    assert await credentials.strikes(work, other.id, "one") == 1
    await users.remove(work, other.id)
    assert await credentials.strikes(work, other.id, "one") == 0


async def a_passkey_is_one_persons(work: Work) -> None:
    """WA-3."""
    ann, bob = await a_user(work), await a_user(work)
    passkey = Credential(
        id=CredentialId(work.new_id()),
        user_id=ann.id,
        kind=Kind.WEBAUTHN,
        address="p4SsKe-y",
        state=b"\0state",
        created_at=work.now,
    )
    assert await credentials.add(work, passkey)
    another = replace(passkey, id=CredentialId(work.new_id()), user_id=bob.id)
    assert not await credentials.add(work, another)
    # the same text is an address of another kind
    assert await credentials.add(work, replace(another, kind=Kind.SMS))
    assert await credentials.of_authenticator(work, "p4SsKe-y") == passkey
    assert await credentials.of_authenticator(work, "P4SsKe-y") is None
    assert await credentials.of_authenticator(work, "p4SsKe-y", user=ann.id) == passkey
    assert await credentials.of_authenticator(work, "p4SsKe-y", user=bob.id) is None


async def ceremonies_are_kept(work: Work) -> None:
    transaction = await a_transaction(work, await a_user(work))
    pending = Pending(
        relying_party="example.com",
        origins=("https://shop.example.com",),
        verify_user=True,
        name="Zoë’s phone",
        newcomer=Newcomer(profile=Profile(given_name="Zoë")),
        recovery=TransactionId(work.new_id()),
    )
    await passkeys.add(work, transaction.id, pending)
    assert await passkeys.take(work, transaction.id) == pending
    assert await passkeys.take(work, transaction.id) is None


async def sessions_are_kept(work: Work) -> None:
    user = await a_user(work)
    session, other = await a_session(work, user), await a_session(work, user)
    assert await sessions.get(work, session.id) == session
    assert await sessions.of_user(work, user.id) == (session, other)
    assert await sessions.unended(work, user.id) == (other, session)

    proofs, later = (*session.proofs, a_proof(work, 5)), Instant(work.now + DAY)
    raised = replace(
        session,
        proofs=proofs,
        digest=b"new",
        expires_at=later,
        former_digest=session.digest,
        former_until=Instant(work.now + 5),
        claims=b'{"plan":"gold"}',
    )
    assert await sessions.raise_to(work, session, raised)
    assert not await sessions.raise_to(work, session, replace(raised, digest=b"newer"))
    assert await sessions.get(work, session.id) == raised
    await sessions.keep_proofs(work, session.id, session.proofs)
    await sessions.renew(work, session.id, Instant(work.now + 7))
    lowered = replace(raised, proofs=session.proofs, expires_at=Instant(work.now + 7))
    assert await sessions.lock(work, session.id) == lowered
    lowered = replace(lowered, expires_at=later, claims=b"{}")
    await sessions.used(work, lowered)
    assert await sessions.get(work, session.id) == lowered

    assert await sessions.end_all(work, user.id, session.id) == 1
    assert await sessions.of_user(work, user.id) == (lowered,)
    assert await sessions.end_all(work, user.id, None) == 1
    assert not await sessions.end(work, session.id)
    third = await a_session(work, user)
    assert await sessions.end(work, third.id)
    assert await sessions.get(work, third.id) == replace(third, ended_at=work.now)

    expired = await a_session(work, user, lasting=-DAY)
    assert await sessions.sweep(work, work.now) == 1
    assert await sessions.get(work, expired.id) is None
    assert await sessions.get(work, third.id) is not None


async def several_things_of_a_kind_are_in_progress(work: Work) -> None:
    user, kind = await a_user(work), TransactionKind.ONE_TIME_CODE
    about = {"kind": kind, "particulars": b"\0mine"}
    one = await a_transaction(work, user, about="one", **about)
    two = await a_transaction(work, user, about="two", **about)
    assert await transactions.open_of_user(work, user.id, kind, "one") == one
    assert await transactions.open_of_user(work, user.id, kind) is None
    other = await a_transaction(work, user, kind=TransactionKind.MAGIC_LINK)
    assert await transactions.all_open(work, user.id, kind) == (one, two)
    assert await transactions.all_open(work, user.id, other.kind, kind) == (one, two, other)
    later = Instant(work.now + DAY)
    await transactions.extend(work, one.id, later, b"\0yours")
    assert await transactions.end(work, one.id)
    assert await transactions.open_of_user(work, user.id, kind, "one") is None
    over = replace(one, expires_at=later, particulars=b"\0yours", ended_at=work.now)
    assert await transactions.newest(work, user.id, kind, "one") == over
    await transactions.remember(work, two.id, b"\0theirs")
    assert await transactions.lock(work, two.id) == replace(two, particulars=b"\0theirs")
    assert await transactions.newest(work, user.id, kind, "three") is None


async def transactions_are_kept(work: Work) -> None:
    user = await a_user(work)
    session = SessionId(work.new_id())
    kind = TransactionKind.ENROL_SMS
    whole = await a_transaction(
        work, user, session_id=session, kind=kind, request=a_request(), proofs=(a_proof(work),)
    )
    bare = await a_transaction(work, user, mfa_required=1)
    assert await transactions.get(work, whole.id) == whole
    assert await transactions.get(work, TransactionId(work.new_id())) is None
    assert await transactions.lock(work, whole.id) == whole
    assert await transactions.lock(work, bare.id) == bare
    await transactions.remember(work, bare.id, b"\0secret")
    assert await transactions.lock(work, bare.id) == replace(bare, particulars=b"\0secret")
    assert await transactions.lock(work, TransactionId(work.new_id())) is None

    assert await transactions.open_of_session(work, user.id, session, kind) == whole
    assert await transactions.open_of_user(work, user.id, kind) == whole
    assert await transactions.open_of_user(work, user.id, TransactionKind.LOGIN) is None
    newer = await a_transaction(work, user, session_id=session, kind=kind)
    assert await transactions.open_of_session(work, user.id, session, kind) == newer
    assert await transactions.open_of_user(work, user.id, kind) == newer

    await transactions.count_send(work, whole.id)
    for _ in range(2):
        await transactions.count_attempt(work, whole.id)
    await transactions.answers(work, whole.id, a_request("other"), ClientId("other"))
    counted = replace(
        whole, sends=1, attempts=2, request=a_request("other"), client_id=ClientId("other")
    )
    assert await transactions.lock(work, whole.id) == counted

    assert await transactions.end(work, whole.id)
    assert not await transactions.end(work, whole.id)
    assert await transactions.lock(work, whole.id) == replace(counted, ended_at=work.now)
    assert await transactions.end_kind(work, user.id, kind) == 1
    assert await transactions.end_kind(work, user.id, kind) == 0
    assert await transactions.end_all(work, user.id) == 1
    of_another = await a_transaction(work, await a_user(work))
    assert await transactions.remove_all(work, user.id) == 3
    assert await transactions.lock(work, bare.id) is None
    assert await transactions.lock(work, of_another.id) == of_another

    expired = await a_transaction(work, user, expires_at=Instant(work.now - DAY))
    challenge = await a_challenge(work, expired)
    assert await transactions.sweep(work, work.now) == 1
    assert await transactions.lock(work, expired.id) is None
    assert await challenges.get(work, challenge.id) is None, "its challenges go with it"


async def devices_are_kept(work: Work) -> None:
    user = await a_user(work)
    device = Device(
        id=work.new_id(),
        user_id=user.id,
        digest=b"\0first",
        created_at=work.now,
        used_at=work.now,
        expires_at=Instant(work.now + DAY),
        country="FR",
        user_agent="Zoë's",
    )
    expired = replace(device, id=work.new_id(), expires_at=Instant(work.now - 1))
    for one in (device, expired):
        await devices.add(work, one)
    assert await devices.of_user(work, user.id) == (device,)
    assert await devices.use(work, device.id, b"\0first", b"\0second")
    assert not await devices.use(work, device.id, b"\0first", b"\0third")
    used = replace(device, digest=b"\0second", spent_digest=b"\0first")
    assert await devices.lock(work, device.id) == used
    assert await devices.sweep(work, work.now) == 1
    assert not await devices.remove(work, UserId(work.new_id()), device.id)
    assert await devices.remove(work, user.id, device.id)
    await devices.add(work, device)
    assert await devices.remove_all(work, user.id) == 1


async def challenges_are_kept(work: Work) -> None:
    transaction = await a_transaction(work, await a_user(work))
    assert await challenges.newest(work, transaction.id) is None
    first = await a_challenge(work, transaction)
    assert await challenges.get(work, first.id) == first
    await challenges.close_all(work, transaction.id)
    closed = replace(first, closed_at=work.now)
    assert await challenges.get(work, first.id) == closed
    second = await a_challenge(work, transaction)
    assert await challenges.newest(work, transaction.id) == second
    assert await challenges.get(work, ChallengeId(work.new_id())) is None

    user = await a_user(work)
    about = await a_transaction(work, user, about="a thing")
    older, newer = await a_challenge(work, about), await a_challenge(work, about)
    assert await challenges.recent(work, user.id, "a thing", "", 5) == (newer, older)
    assert await challenges.recent(work, user.id, "", "a thing", 1) == (newer,)
    assert await challenges.recent(work, user.id, "", "", 5) == ()


async def grants_are_kept(work: Work) -> None:
    user = await a_user(work)
    grant = await a_grant(work, user)
    assert await tokens.get(work, grant.id) == grant == await tokens.lock(work, grant.id)

    assert await tokens.redeem(work, grant.id, b"\0family", b"first")
    assert not await tokens.redeem(work, grant.id, b"\0family", b"second")
    assert await tokens.rotate(work, grant.id, b"first", b"second")
    assert not await tokens.rotate(work, grant.id, b"first", b"third")
    await tokens.keep_proofs(work, grant.id, grant.proofs[:1])
    redeemed = replace(
        grant,
        redeemed_at=work.now,
        family_digest=b"\0family",
        refresh_digest=b"second",
        proofs=grant.proofs[:1],
    )
    assert await tokens.get(work, grant.id) == redeemed

    other, third = await a_grant(work, user), await a_grant(work, user)
    assert await tokens.of_user(work, user.id) == (redeemed, other, third)
    assert await tokens.revoke(work, grant.id)
    assert not await tokens.revoke(work, grant.id)
    assert not await tokens.rotate(work, grant.id, b"second", b"third")
    assert await tokens.get(work, grant.id) == replace(redeemed, revoked_at=work.now)
    assert await tokens.revoke_of_user(work, user.id, other.id) == 1
    assert await tokens.of_user(work, user.id) == (other,)
    assert await tokens.revoke_all(work, user.id, ClientId("another"), work.now) == 0
    assert await tokens.revoke_all(work, user.id, SHOP, work.now) == 1
    assert await tokens.revoke_of_user(work, user.id, None) == 0

    fourth = await a_grant(work, user)
    assert await tokens.void_codes(work, user.id, SessionId(work.new_id())) == 0
    assert await tokens.void_codes(work, user.id, fourth.session_id or SessionId("")) == 1
    fourth = await a_grant(work, user)
    session = fourth.session_id or SessionId("")
    assert await tokens.revoke_of_session(work, user.id, SessionId(work.new_id())) == 0
    assert await tokens.revoke_of_session(work, user.id, session) == 1
    await a_grant(work, user)
    assert await tokens.revoke_of_client(work, ClientId("another")) == 0
    assert await tokens.revoke_of_client(work, SHOP) == 1

    expired = await a_grant(work, user, lasting=-DAY)
    assert await tokens.sweep(work, work.now) == 1
    assert await tokens.get(work, expired.id) is None


async def clients_are_kept(work: Work) -> None:
    shop = Client(id=SHOP, name="Shop", redirect_uris=("https://shop.example/callback",))
    backend = Client(id=ClientId("backend"), public=False, secret_digest=b"\0digest")
    for client in (shop, backend):
        await clients.save(work, client)
    assert await clients.all_clients(work) == (backend, shop)
    await clients.save(work, replace(shop, name="Other"))
    assert await clients.all_clients(work) == (backend, replace(shop, name="Other"))
    assert await clients.lock(work, "backend") == backend
    assert await clients.lock(work, "unknown") is None
    await tokens.add_unattended(work, work.new_id(), backend.id, work.now)
    await tokens.add_unattended(work, late := work.new_id(), backend.id, Instant(work.now + 1))
    await tokens.add_unattended(work, revoked := work.new_id(), backend.id, work.now)
    await tokens.revoke_unattended(work, revoked)
    assert not await tokens.unattended_lives(work, revoked)
    assert await tokens.sweep_unattended(work, Instant(work.now + 1)) == 1
    assert await tokens.unattended_lives(work, late)
    for client in (shop, backend):
        await clients.remove(work, client)
    assert await clients.all_clients(work) == ()
    assert not await tokens.unattended_lives(work, late)


async def one_project_is_kept(work: Work) -> None:
    assert await projects.get(work) is None
    project = Project(id="one", name="Un", secret_digests=(b"\0digest",), settings=Settings())
    await projects.save(work, project)
    await projects.save(work, replace(project, name="Eins"))
    assert await projects.get(work) == replace(project, name="Eins")
    await projects.save(work, replace(project, id="two"))
    assert await projects.get(work) == replace(project, id="two") == await projects.lock(work)


async def keys_are_kept(work: Work) -> None:
    key = StoredKey(
        kid="b",
        alg=Algorithm.ES256,
        stage=Stage.NEXT,
        public=b"{}",
        sealed=b"\0sealed",
        created_at=work.now,
    )
    older = replace(key, kid="a")
    await keys.add(work, key)
    await keys.add(work, older)
    await keys.add(work, replace(key, sealed=b"ignored: the key is known"))
    assert await keys.all_keys(work) == (older, key)
    retired = replace(
        older, stage=Stage.PREVIOUS, activated_at=work.now, retired_at=Instant(work.now - DAY)
    )
    await keys.move(work, retired)
    await keys.reseal(work, key.kid, b"\0anew")
    key = replace(key, sealed=b"\0anew")
    assert await keys.all_keys(work) == (retired, key)
    assert await keys.remove_retired(work, Instant(work.now - DAY)) == 0
    assert await keys.remove_retired(work, work.now) == 1
    assert await keys.all_keys(work) == (key,)


async def limits_are_counted(work: Work) -> None:
    began = work.now
    assert await limits.use(work, "b", HOUR) == (began, 1)
    assert await limits.use(work, "b", HOUR) == (began, 2)
    assert await limits.use(work, "c", HOUR) == (began, 1)
    work.now = Instant(began + HOUR - 1)
    assert await limits.use(work, "b", HOUR) == (began, 3)
    work.now = Instant(began + HOUR)
    assert await limits.use(work, "b", HOUR) == (work.now, 1)
    assert await limits.sweep(work, Instant(began + 1)) == 1
    await limits.forget(work, "b")
    assert await limits.use(work, "b", HOUR) == (work.now, 1)


async def a_set_up_link(work: Work, id: str, to: str) -> None:
    await operators.add_link(work, id, to, digest=b"\0d", sealed=b"\0s", expires_at=work.now)


async def administrators_come_and_go(work: Work) -> None:
    assert not await operators.any_enrolled(work)
    ops = Administrator(
        id=work.new_id(),
        email="ops@example.com",
        password=b"\0hash",
        sealed=b"\0sealed",
        last_step=7,
        created_at=work.now,
    )
    await operators.add(work, ops)
    assert await operators.any_enrolled(work)
    assert await operators.get(work, ops.id) == ops == await operators.by_email(work, ops.email)
    await operators.replace_password(work, ops.id, b"\0new")
    assert [await operators.spend_step(work, ops.id, step) for step in (7, 8, 8)] == [
        False,
        True,
        False,
    ]
    await operators.reseal(work, ops.id, b"\0anew")
    ops = replace(ops, sealed=b"\0anew")
    assert await operators.get(work, ops.id) == replace(ops, password=b"\0new", last_step=8)

    for link in ("first", "second"):
        await a_set_up_link(work, link, ops.email)
    row = await operators.link(work, "first")
    assert row is not None
    assert row["email"] == ops.email
    assert [await operators.spend_link(work, "first") for _ in range(2)] == [True, False]
    await operators.remove_links(work, ops.email)
    assert await operators.link(work, "second") is None

    began = work.now
    await operators.add_session(work, "one", ops.id, b"\0one")
    work.now = Instant(began + 60)
    await operators.seen(work, "one")
    assert not await operators.confirmed(work, "one", b"\0other", b"\0two")
    assert await operators.confirmed(work, "one", b"\0one", b"\0two")
    session = await operators.session(work, "one")
    assert session is not None
    assert (session.email, session.digest) == (ops.email, b"\0two")
    assert (session.started_at, session.seen_at, session.confirmed_at) == (
        began,
        work.now,
        work.now,
    )
    assert [await operators.end(work, "one") for _ in range(2)] == [True, False]

    await operators.add_session(work, "two", ops.id, b"\0two")
    await a_set_up_link(work, "third", ops.email)
    assert await operators.sweep(work, work.now) == 0
    assert await operators.sweep(work, Instant(work.now + 1)) == 2
    await operators.add_session(work, "three", ops.id, b"\0three")
    await operators.remove(work, ops.email)
    assert await operators.session(work, "three") is None
    await operators.add(work, ops)
    await operators.forget_all(work)
    assert not await operators.any_enrolled(work)


async def administrators_are_several(work: Work) -> None:
    ids = [work.new_id() for _ in range(2)]
    for n, id in enumerate(ids):
        one = Administrator(
            id=id,
            email=f"{n}@example.com",
            password=b"\0hash",
            sealed=b"\0sealed",
            last_step=0,
            created_at=work.now,
        )
        await operators.add(work, one)
    await operators.add_link(
        work,
        "open",
        "2@example.com",
        digest=b"\0d",
        sealed=b"\0s",
        expires_at=Instant(work.now + 1),
    )
    await a_set_up_link(work, "over", "3@example.com")
    (invited,) = await operators.invited(work)
    assert (invited.email, invited.expires_at) == ("2@example.com", work.now + 1)
    assert [await operators.remove_links(work, "2@example.com") for _ in range(2)] == [True, False]
    assert [one.id for one in await operators.everyone(work)] == ids

    first, second = ids
    assert await operators.add_passkey(work, "laptop", first, "address", b"\0one")
    assert not await operators.add_passkey(work, "other", second, "address", b"\0two")
    kept = await operators.passkey(work, "address")
    assert kept is not None
    assert (kept.administrator_id, kept.state, kept.used_at) == (first, b"\0one", None)
    assert await operators.used_passkey(work, kept, b"\0three")
    assert not await operators.used_passkey(work, kept, b"\0four")
    (used,) = await operators.passkeys(work, first)
    assert used == replace(kept, state=b"\0three", used_at=work.now)
    assert not await operators.remove_passkey(work, second, "laptop")
    assert await operators.remove_passkey(work, first, "laptop")
    assert await operators.passkey(work, "address") is None

    for id in ("asked", "forgotten"):
        question = Question(
            id=id,
            digest=b"\0d",
            purpose="sign_in",
            administrator_id=None,
            name="",
            expires_at=work.now,
        )
        await operators.add_question(work, question)
    assert await operators.question(work, "asked", "confirm") is None
    assert await operators.question(work, "asked", "sign_in") == replace(question, id="asked")
    assert [await operators.spend_question(work, "asked") for _ in range(2)] == [True, False]
    assert await operators.sweep(work, work.now) == 0
    assert await operators.sweep(work, Instant(work.now + 1)) == 2  # the other, and the link

    await operators.add_passkey(work, "laptop", first, "address", b"\0one")
    assert not await operators.remove_one(work, "nobody")
    assert [await operators.remove_one(work, id) for id in ids] == [True, False]
    assert await operators.passkeys(work, first) == ()


async def messages_are_queued(work: Work) -> None:
    ids = [work.new_id() for _ in range(4)]
    for id in ids:
        await messages.queue(work, id, Channel.SMS, Purpose.MFA_STEP_UP, b"\0sealed", sent_at=None)
    for_nobody = work.new_id()
    await messages.queue(
        work, for_nobody, Channel.SMS, Purpose.MFA_STEP_UP, b"\0sealed", sent_at=work.now
    )
    lease = Instant(work.now + 60)
    ours = work.new_id()
    await messages.queue(
        work, ours, Channel.SMS, Purpose.MFA_STEP_UP, b"\0sealed", sent_at=None, lease=lease
    )
    assert await messages.waiting(work) == (5, work.now)
    claimed = await messages.claim(work, 3, lease)
    sms = messages.Claimed(ids[0], Channel.SMS, Purpose.MFA_STEP_UP, b"\0sealed", 1)
    assert claimed == tuple(sms._replace(id=id) for id in ids[:3])
    assert [item.id for item in await messages.claim(work, 9, lease)] == ids[3:]
    assert await messages.claim(work, 9, lease) == ()

    work.now = lease  # whoever took them has not come back
    await messages.sent(work, [ids[0], for_nobody])
    await messages.given_up(work, ids[1])
    await messages.later(work, ids[2], Instant(work.now + 1))
    assert [(item.id, item.attempts) for item in await messages.claim(work, 9, lease)] == [
        (ids[3], 2),
        (ours, 2),
    ]
    assert await messages.sweep(work, Instant(work.now + 1)) == 6


async def templates_are_kept(work: Work) -> None:
    assert await messages.templates(work) == {}
    email = TemplateKey(Purpose.MFA_STEP_UP, Channel.EMAIL, "fr")
    sms = TemplateKey(Purpose.MFA_STEP_UP, Channel.SMS)
    await messages.add_template(work, email, EmailTemplate(subject="ancien"))
    await messages.add_template(work, sms, SmsTemplate(text="é {{ verification_code }}"))
    await messages.add_template(work, email, EmailTemplate(from_="a@b.example", subject="nouveau"))
    assert await messages.templates(work) == {
        email: EmailTemplate(from_="a@b.example", subject="nouveau"),
        sms: SmsTemplate(text="é {{ verification_code }}"),
    }
    newest, oldest = await messages.versions(work, email, most=9)
    assert newest.template == EmailTemplate(from_="a@b.example", subject="nouveau")
    assert (oldest.template, oldest.saved_at) == (EmailTemplate(subject="ancien"), work.now)
    assert await messages.versions(work, email, before=newest.id, most=9) == (oldest,)
    assert await messages.version(work, email, oldest.id) == oldest
    assert await messages.version(work, sms, oldest.id) is None


async def the_clock_moves(work: Work) -> None:
    before = await clock.offset(work)
    assert await clock.advance(work, HOUR) == (work.now + HOUR, before + HOUR)
    assert await clock.offset(work) == before + HOUR


async def the_journal_records(work: Work) -> None:
    user = UserId(work.new_id())
    await journal.record(work, "user.created", user=user, client=SHOP, ip="::1", name="é", n=1)
    await journal.record(work, "keys.rotated")
    await journal.write(work)
    row = await work.sql.one("SELECT * FROM journal WHERE user_id = :user", user=user)
    assert row is not None
    kept = {name: row[name] for name in ("at", "event", "client_id", "ip")}
    assert kept == {"at": work.now, "event": "user.created", "client_id": SHOP, "ip": "::1"}
    assert row["data"] == '{"name":"é","n":1}'.encode()

    rotated, created = await journal.page(work, Filter(), most=2)
    assert (rotated.event, rotated.user_id, rotated.data) == ("keys.rotated", None, {})
    assert (created.event, created.data) == ("user.created", {"name": "é", "n": 1})
    assert await journal.page(work, Filter(), before=rotated.id, most=1) == (created,)
    wanted = Filter(user=user, event="user.created", since=work.now)
    assert await journal.page(work, wanted, before=rotated.id, most=9) == (created,)
    assert await journal.page(work, Filter(since=Instant(work.now + 1)), most=9) == ()

    for channel in ("sms", "sms", *["email"] * 2 * journal.AT_ONCE):
        await journal.record(work, "code.queued", channel=channel)
    counted = {(c.event, c.of): c.times for c in await journal.tally(work, work.now)}
    assert counted["code.queued", "sms"] == 2
    assert counted["code.queued", "email"] == 2 * journal.AT_ONCE
    assert counted["keys.rotated", None] == 1
    assert await journal.tally(work, Instant(work.now + 1)) == ()

    work.actor = Actor("somebody", "192.0.2.7")
    await journal.record(work, "keys.rotated")
    (by_somebody,) = await journal.page(work, Filter(), most=1)
    assert (by_somebody.ip, by_somebody.data) == ("192.0.2.7", {"actor": "somebody"})


async def the_journal_is_read_as_it_is_kept(work: Work) -> None:
    start = work.new_id()
    for event in ("user.created", "keys.rotated", "account.locked"):
        await journal.record(work, event, n=1)
    await journal.write(work)
    one, two, three = await journal.span(work, start, "g", 9)
    assert (one.event, one.at, one.data) == ("user.created", work.now, b'{"n":1}')
    assert await journal.span(work, start, three.id, 9) == (one, two)
    assert await journal.span(work, two.id, "g", 1) == (two,)
    assert await journal.since(work, two.id) == (2, work.now)
    assert await journal.since(work, "g") == (0, None)
    assert await journal.remove(work, start, three.id) == 2
    assert await journal.span(work, start, "g", 9) == (three,)


async def seals_are_kept(work: Work) -> None:
    assert (await seals.newest(work), await seals.head(work)) == (None, None)
    made = [
        Seal(
            number=number,
            at=work.now,
            until=work.new_id(),
            lines=1,
            first_at=work.now,
            last_at=Instant(work.now + number),
            entries=b"\0entries",
            entries_digest=b"\0digest",
            mac=b"\0mac",
        )
        for number in (1, 2, 4)
    ]
    for seal in made:
        await seals.add(work, seal)
    assert await seals.newest(work) == made[2]
    assert await seals.after(work, 1, 9) == (made[1], made[2])
    assert await seals.after(work, 0, 1) == (made[0],)
    assert await seals.before(work, 4) == made[1]
    assert await seals.before(work, 1) is None
    await seals.forget(work, 1, b"\0meant")
    assert await seals.old(work, Instant(work.now + 4), 9) == (made[1],)
    forgotten = replace(made[0], entries=None, forgotten=b"\0meant")
    assert await seals.after(work, 0, 1) == (forgotten,)
    for number in (4, 5):
        head = Head(number=number, mac=b"\0mac", signed=b"\0signed")
        await seals.point(work, head)
        assert await seals.head(work) == head


async def a_change_is_announced(work: Work) -> None:
    await work.changed()


async def people_are_looked_for(work: Work) -> None:
    """Every question can be asked of both engines; the whole of what each finds is told elsewhere."""
    ann, bob = await a_user(work), await a_user(work)
    await users.update_profile(work, bob.id, Profile(given_name="Bob", family_name="Söhne"))
    number = f"+{int(bob.id[-8:], 16):010}"
    assert await users.add_contact(work, ann.id, Channel.SMS, number, None)
    credential = Credential(
        id=CredentialId(work.new_id()),
        user_id=bob.id,
        kind=Kind.SMS,
        address=number,
        state=b"",
        created_at=work.now,
    )
    await credentials.add(work, credential)
    adding = await a_transaction(work, bob, kind=TransactionKind.ADD_TOTP)
    both = (ann.id, bob.id)
    contacts = await users.contacts_of_several(work, both)
    assert [(c.user_id, c.address) for c in contacts] == [(ann.id, number)]
    assert [u.id for u in await users.several(work, (*both, UserId("nobody")))] == [*both]
    enrolled = await credentials.of_several(work, both)
    assert [c.id for c in enrolled] == [credential.id]
    kinds = (TransactionKind.ADD_TOTP, TransactionKind.ADD_CONTACT)
    begun = await transactions.open_of_several(work, both, kinds)
    assert [t.id for t in begun] == [adding.id]

    everybody = Search(conditions=(Condition(Sought.ID, both),))
    assert await accounts.page(work, everybody, 10) == both
    assert await accounts.page(work, everybody, 1) == (ann.id,)
    assert await accounts.page(work, replace(everybody, beyond=ann.id), 10) == (bob.id,)
    assert await accounts.count(work, everybody) == 2
    for sought, values, found in (
        (Sought.NAME_LIKE, ("B SÖH",), (bob.id,)),
        (Sought.PHONE, (number, "+1", "+2"), both),
        (Sought.PHONE_LIKE, (number[1:],), both),
        (Sought.PHONE_VERIFIED, (), (bob.id,)),
        (Sought.PHONE_UNVERIFIED, (), (ann.id,)),
        (Sought.APP_UNVERIFIED, (), (bob.id,)),
        (Sought.PENDING, (), ()),
        (Sought.CREATED_BETWEEN, (work.now - 1, work.now + 1), both),
    ):
        asked = replace(everybody, conditions=(*everybody.conditions, Condition(sought, values)))
        assert await accounts.page(work, asked, 10) == found, sought
    texts = {Sought.CREATED_AFTER, Sought.CREATED_BEFORE, Sought.CREATED_BETWEEN}
    for sought in Sought:
        values = (0, 1) if sought in texts else ("a", "b", "c")
        asked = Search(
            conditions=(Condition(sought, values), Condition(sought, values)), every=False
        )
        assert (await accounts.count(work, asked) or 0) >= len(await accounts.page(work, asked, 10))
    assert (await accounts.count(work, Search()) or 0) >= 2


ROUND_TRIPS: tuple[RoundTrip, ...] = (
    people_are_looked_for,
    a_user_and_contacts,
    several_addresses_of_a_channel,
    applications_keep_something_with_a_user,
    people_are_listed_and_removed,
    a_person_changes,
    wrong_answers_lock_an_account,
    credentials_are_kept,
    wrong_answers_in_a_row_are_counted,
    a_passkey_is_one_persons,
    ceremonies_are_kept,
    sessions_are_kept,
    transactions_are_kept,
    several_things_of_a_kind_are_in_progress,
    devices_are_kept,
    challenges_are_kept,
    grants_are_kept,
    clients_are_kept,
    one_project_is_kept,
    keys_are_kept,
    limits_are_counted,
    administrators_come_and_go,
    administrators_are_several,
    messages_are_queued,
    templates_are_kept,
    the_clock_moves,
    the_journal_records,
    the_journal_is_read_as_it_is_kept,
    seals_are_kept,
    a_change_is_announced,
)


def units(database: Database) -> OpenWork:
    return unit_of_work(database, clock=Clock(), entropy=Dice(), master=MASTER, issuer=ISSUER)


@pytest.mark.parametrize("round_trip", ROUND_TRIPS, ids=lambda trip: trip.__name__)
async def test_what_is_kept_comes_back(database: Database, round_trip: RoundTrip) -> None:
    async with units(database)() as work:
        await round_trip(work)


# ---- nothing is left untried


class Recording:
    """An `Sql` that remembers what it was asked."""

    def __init__(self, sql: Sql, heard: set[str]) -> None:
        self._sql = sql
        self._heard = heard

    async def one(self, statement: str, **values: Any) -> Row | None:
        self._heard.add(statement)
        return await self._sql.one(statement, **values)

    async def all(self, statement: str, **values: Any) -> Sequence[Row]:
        self._heard.add(statement)
        return await self._sql.all(statement, **values)

    async def run(self, statement: str, **values: Any) -> int:
        self._heard.add(statement)
        return await self._sql.run(statement, **values)

    async def hold(self, name: str) -> None:
        await self._sql.hold(name)


def statements() -> dict[str, str]:
    """Every statement of every store, by its name."""
    found = {}
    for module in pkgutil.walk_packages(ostiary.core.__path__, "ostiary.core."):
        if module.name.endswith(".store"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if name.isupper() and not name.startswith("_") and isinstance(value, str):
                    found[f"{module.name}.{name}"] = value
    return found


def test_statements_are_found_where_they_are_written() -> None:
    names = statements()
    assert "ostiary.core.users.store.LOCK" in names
    assert len(names) > 60


async def test_no_statement_is_left_untried(database: Database) -> None:
    """A statement that only one engine has ever run is a statement that fails on the other."""
    open_work = units(database)
    heard: set[str] = set()
    for round_trip in ROUND_TRIPS:
        async with open_work() as work:
            work.sql = Recording(work.sql, heard)
            await round_trip(work)
    assert {name for name, text in statements().items() if text not in heard} == set()


def test_every_function_of_a_store_is_called_here() -> None:
    """The statements of one may be those of another: so the functions are counted, too."""
    source = inspect.getsource(importlib.import_module(__name__))
    functions = {
        f"{module.name.split('.')[2]}.{name}"
        for module in pkgutil.walk_packages(ostiary.core.__path__, "ostiary.core.")
        if module.name.endswith(".store")
        for name, value in vars(importlib.import_module(module.name)).items()
        if inspect.iscoroutinefunction(value) and value.__module__ == module.name
    }
    assert {function for function in functions if f"{function}(work" not in source} == set()
