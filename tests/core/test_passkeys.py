"""What a passkey is worth, whose domain it is for, and what nobody's looks like: tables."""

from hashlib import sha256

import msgspec
import pytest

from ostiary.core.credentials.model import Credential
from ostiary.core.factors.webauthn import State
from ostiary.core.passkeys import rules
from ostiary.core.projects.model import Mfa, Settings
from ostiary.core.stepup.model import Operation
from ostiary.core.stepup.rules import guarded
from ostiary.terms.assurance import (
    Acr,
    AssurancePolicy,
    AuthenticatorClass,
    Kind,
    Proof,
    assess,
    second_factor_proved_at,
    with_proof,
)
from ostiary.terms.failures import Forbidden
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Instant

ONE, TWO = AssurancePolicy(), AssurancePolicy(passkey_is_mfa=True)


def proof(kind: Kind, at: int = 0, *, verified: bool = False, id: str = "") -> Proof:
    return Proof(
        credential=CredentialId(id or kind),
        kind=kind,
        authenticator=AuthenticatorClass.POSSESSION,
        channel=None,
        first_at=Instant(at),
        last_at=Instant(at),
        user_verified=verified,
    )


PASSKEY, VERIFIED = proof(Kind.WEBAUTHN, 10), proof(Kind.WEBAUTHN, 10, verified=True)
PASSWORD, SMS = proof(Kind.PASSWORD, 5), proof(Kind.SMS, 20)


@pytest.mark.parametrize(
    ("proofs", "policy", "acr", "amr", "second"),
    [
        ((PASSKEY,), ONE, Acr.ONE_FACTOR, ("hwk",), None),
        ((VERIFIED,), ONE, Acr.ONE_FACTOR, ("hwk",), None),
        ((PASSKEY,), TWO, Acr.ONE_FACTOR, ("hwk",), None),
        ((VERIFIED,), TWO, Acr.MFA, ("mfa", "hwk"), 10),
        ((PASSKEY, SMS), ONE, Acr.MFA, ("mfa", "sms", "hwk"), 20),
        ((VERIFIED, SMS), TWO, Acr.MFA, ("mfa", "sms", "hwk"), 20),
        ((PASSWORD, PASSKEY), ONE, Acr.MFA, ("mfa", "hwk", "pwd"), 10),
        ((proof(Kind.PASSWORD, verified=True),), TWO, Acr.ONE_FACTOR, ("pwd",), None),
    ],
)
def test_what_a_passkey_is_worth(
    proofs: tuple[Proof, ...],
    policy: AssurancePolicy,
    acr: Acr,
    amr: tuple[str, ...],
    second: int | None,
) -> None:
    """WA-4."""
    assured = assess(proofs, policy)
    assert (assured.acr, assured.amr) == (acr, amr)
    assert second_factor_proved_at(proofs, policy) == second


def test_a_passkey_is_worth_what_its_last_proof_was() -> None:
    """WA-4: a count of time goes with what was verified then, and with nothing older."""
    (again,) = with_proof((VERIFIED,), proof(Kind.WEBAUTHN, 30))
    assert again.last_at == 30
    assert second_factor_proved_at((again,), TWO) is None
    (verified,) = with_proof((PASSKEY,), proof(Kind.WEBAUTHN, 30, verified=True))
    assert second_factor_proved_at((verified,), TWO) == 30


def kept(*, recovered: bool) -> bytes:
    state = State(
        public_key=b"",
        sign_count=0,
        aaguid="",
        backup_eligible=False,
        backed_up=False,
        transports=(),
        name="",
        relying_party="demo.localhost",
        user_handle=b"",
        recovered=recovered,
    )
    return msgspec.json.encode(state)


def enrolled(kinds: tuple[Kind, ...], *, recovered: bool = False) -> tuple[Credential, ...]:
    return tuple(
        Credential(
            id=CredentialId(kind),
            user_id=UserId("ann"),
            kind=kind,
            address="",
            state=kept(recovered=recovered) if kind is Kind.WEBAUTHN else b"",
            created_at=Instant(0),
        )
        for kind in kinds
    )


@pytest.mark.parametrize("operation", [Operation.ADD_CREDENTIAL, Operation.REMOVE_CREDENTIAL])
@pytest.mark.parametrize(
    ("kinds", "worth_two", "guards"),
    [
        ((), True, False),
        ((Kind.PASSWORD,), True, False),
        ((Kind.PASSWORD, Kind.WEBAUTHN), False, False),
        ((Kind.PASSWORD, Kind.WEBAUTHN), True, True),
        ((Kind.SMS,), False, True),
        ((Kind.SMS, Kind.WEBAUTHN), False, True),
    ],
)
def test_what_guards_an_account(
    operation: Operation, kinds: tuple[Kind, ...], worth_two: bool, guards: bool
) -> None:
    """S4, M6."""
    settings = Settings(mfa=Mfa(passkey_is_mfa=worth_two))
    assert guarded(operation, enrolled(kinds), settings) is guards


def test_a_passkey_made_by_a_recovery_code_guards_nothing() -> None:
    """REC-5: it is worth one factor; or its owner could never have a better one."""
    settings = Settings(mfa=Mfa(passkey_is_mfa=True))
    recovered = enrolled((Kind.WEBAUTHN,), recovered=True)
    assert not guarded(Operation.ADD_CREDENTIAL, recovered, settings)


@pytest.mark.parametrize(
    ("public_url", "relying_party"),
    [
        ("https://id.demo.localhost:8443", "demo.localhost"),
        ("https://demo.localhost", "demo.localhost"),
        ("https://localhost:8443", "localhost"),
        ("https://id.example.com", "example.com"),
        ("https://example.com", "example.com"),
        ("https://login.id.example.com", "example.com"),
        ("https://id.example.co.uk", "example.co.uk"),
        ("https://id.shop.github.io", "shop.github.io"),  # a suffix that is not the registry's
        ("https://ID.Example.COM", "example.com"),
        ("https://id.internal", "id.internal"),
    ],
)
def test_whose_domain_a_passkey_is_for(public_url: str, relying_party: str) -> None:
    assert rules.relying_party(public_url) == relying_party
    assert rules.available(public_url)


@pytest.mark.parametrize(
    "public_url", ["https://127.0.0.1:8443", "http://[::1]:8080", "https://192.0.2.1"]
)
def test_an_address_has_no_passkeys(public_url: str) -> None:
    assert not rules.available(public_url)
    with pytest.raises(Forbidden, match="passkeys_off"):
        rules.relying_party(public_url)


def test_what_nobodys_passkeys_look_like() -> None:
    """AB-2: as long as somebody's, and of every length."""
    digests = [sha256(bytes([n])).digest() for n in range(100)]
    ids = [
        rules.nobodys_id(shape, filling)
        for shape, filling in zip(digests, digests[::-1], strict=True)
    ]
    assert len(set(ids)) == 100
    assert {len(id) for id in ids} == {len(rules.encoded(bytes(n))) for n in (16, 20, 32)}


@pytest.mark.parametrize(
    ("origin", "domain", "may"),
    [
        ("https://shop.example.com", "shop.example.com", True),
        ("https://shop.example.com:8443", "shop.example.com", True),
        ("https://shop.example.com", "example.com", True),
        ("https://a.shop.example.com", "shop.example.com", True),
        ("https://shop.example.com", "a.shop.example.com", False),
        ("https://shop.example.com", "hop.example.com", False),
        ("https://shop.example.com", "com", False),
        ("https://shop.example.co.uk", "co.uk", False),
        ("https://shop.example.co.uk", "example.co.uk", True),
        ("https://shop.github.io", "github.io", False),
        ("https://example.com", "example.com", True),
        ("https://example.com", "", False),
        ("https://example.com", "example.com.", False),
        ("http://example.com", "example.com", False),
        ("http://localhost:3000", "localhost", True),
        ("https://shop.demo.localhost:8443", "demo.localhost", True),
        ("https://shop.demo.localhost:8443", "localhost", False),
        ("http://127.0.0.1:3000", "127.0.0.1", False),
        ("https://[::1]", "::1", False),
        ("com.example.app://", "com.example.app", False),
    ],
)
def test_which_pages_use_passkeys_of_a_domain(origin: str, domain: str, may: bool) -> None:
    """WA-2: as a browser would have it."""
    assert rules.may_ask(origin, domain) is may
