"""What an authenticator app guards, what a recovery code is worth, and what a step-up can offer: tables."""

from contextlib import nullcontext

import pytest

from ostiary.core.credentials.model import Credential
from ostiary.core.factors import FACTORS
from ostiary.core.projects.model import Features, Mfa, RequireAtLogin, Settings
from ostiary.core.proving.model import Dossier
from ostiary.core.proving.rules import check_guarded
from ostiary.core.stepup import rules
from ostiary.core.stepup.model import Decision, Operation, Prove, Satisfied, Unreachable
from ostiary.core.users.model import Profile, User
from ostiary.terms.assurance import (
    AMR,
    Acr,
    AssurancePolicy,
    AuthenticatorClass,
    Kind,
    Proof,
    assess,
    second_factor_proved_at,
)
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Instant

NOW = Instant(1000)
POLICY = AssurancePolicy()
ALWAYS = Settings(
    features=Features(mfa=True, sms=True, passwordless=True, sso=True),
    mfa=Mfa(require_at_login=RequireAtLogin.ALWAYS),
)
SMS_ALONE = frozenset({Channel.SMS})


def proof(kind: Kind, at: int = 0) -> Proof:
    return Proof(
        credential=CredentialId(kind),
        kind=kind,
        authenticator=AuthenticatorClass.POSSESSION,
        channel=None,
        first_at=Instant(at),
        last_at=Instant(at),
    )


def enrolled(kind: Kind) -> Credential:
    return Credential(
        id=CredentialId(kind),
        user_id=UserId("somebody"),
        kind=kind,
        address="",
        state=b"",
        created_at=Instant(0),
    )


PASSWORD, SMS, APP = proof(Kind.PASSWORD), proof(Kind.SMS, 700), proof(Kind.TOTP, 700)
RECOVERY = proof(Kind.RECOVERY_CODE, 990)


@pytest.mark.parametrize(
    ("proofs", "acr", "amr", "second", "at"),
    [
        ((PASSWORD, APP), Acr.MFA, ("mfa", "otp", "pwd"), 700, 700),
        ((PASSWORD, RECOVERY), Acr.ONE_FACTOR, ("pwd",), None, 0),
        ((PASSWORD, RECOVERY, RECOVERY), Acr.ONE_FACTOR, ("pwd",), None, 0),
        ((SMS, RECOVERY), Acr.ONE_FACTOR, ("sms",), None, 700),
        ((PASSWORD, APP, RECOVERY), Acr.MFA, ("mfa", "otp", "pwd"), 700, 700),
        ((RECOVERY, PASSWORD), Acr.ONE_FACTOR, ("pwd",), None, 0),
        ((RECOVERY, PASSWORD, APP), Acr.MFA, ("mfa", "otp", "pwd"), 700, 700),
        ((APP,), Acr.ONE_FACTOR, ("otp",), None, 700),
        ((RECOVERY,), Acr.ONE_FACTOR, (), None, 990),
    ],
)
def test_what_an_app_and_a_recovery_code_are_worth(
    proofs: tuple[Proof, ...], acr: Acr, amr: tuple[str, ...], second: int | None, at: int
) -> None:
    """REC-7: a recovery code makes nothing `mfa`, and nothing that was `mfa` any fresher."""
    assured = assess(proofs, POLICY)
    assert (assured.acr, assured.amr, assured.auth_time) == (acr, amr, at)
    assert second_factor_proved_at(proofs, POLICY) == second


@pytest.mark.parametrize(
    ("proofs", "satisfied"),
    [
        ((PASSWORD, APP), True),
        ((PASSWORD, proof(Kind.TOTP, 699)), False),
        ((PASSWORD, proof(Kind.TOTP, 699), RECOVERY), False),
        ((PASSWORD, RECOVERY), False),
    ],
)
def test_a_recovery_code_is_no_fresh_second_factor(
    proofs: tuple[Proof, ...], satisfied: bool
) -> None:
    """M6, REC-7."""
    required = rules.requirement(Operation.ADD_CREDENTIAL, ALWAYS)
    assert required is not None
    assert rules.met(required, proofs, POLICY, NOW) is satisfied


@pytest.mark.parametrize(
    ("kinds", "guarded"),
    [
        ((), False),
        ((Kind.PASSWORD,), False),
        ((Kind.PASSWORD, Kind.TOTP), True),
        ((Kind.PASSWORD, Kind.TOTP, Kind.RECOVERY_CODE), True),
        ((Kind.PASSWORD, Kind.WEBAUTHN), False),
        ((Kind.PASSWORD, Kind.SMS), True),
    ],
)
@pytest.mark.parametrize("operation", [Operation.ADD_CREDENTIAL, Operation.REMOVE_CREDENTIAL])
def test_what_guards_the_other_factors(
    operation: Operation, kinds: tuple[Kind, ...], guarded: bool
) -> None:
    """STP-9."""
    credentials = tuple(enrolled(kind) for kind in kinds)
    assert rules.guarded(operation, credentials, ALWAYS) is guarded


@pytest.mark.parametrize(
    ("proofs", "refused"),
    [
        ((SMS, APP), None),
        ((SMS, RECOVERY), "factors_insufficient"),
        ((proof(Kind.SMS, -3000), proof(Kind.TOTP, -3000)), "factors_stale"),
        ((proof(Kind.SMS, -3000), proof(Kind.TOTP, -3000), RECOVERY), "factors_stale"),
    ],
)
def test_a_page_may_change_nothing_by_a_recovery_code(
    proofs: tuple[Proof, ...], refused: str | None
) -> None:
    """REC-7, TOTP-7: it is none of the two factors that are asked for, nor the one of just now."""
    person = User(
        id=UserId("somebody"), profile=Profile(), created_at=Instant(0), updated_at=Instant(0)
    )
    have = (enrolled(Kind.SMS), enrolled(Kind.TOTP), enrolled(Kind.RECOVERY_CODE))
    dossier = Dossier(user=person, contacts=(), credentials=have, unfinished=())
    with nullcontext() if refused is None else pytest.raises(Unauthenticated, match=refused):
        check_guarded(dossier, proofs, NOW, adding=Kind.WEBAUTHN)


def decided(proofs: tuple[Proof, ...], *kinds: Kind) -> Decision:
    return rules.decide(
        rules.requirement(Operation.LOG_IN, ALWAYS),
        proofs,
        tuple(enrolled(kind) for kind in kinds),
        SMS_ALONE,
        POLICY,
        NOW,
    )


def test_always_with_an_app_and_without() -> None:
    """M3: it is enforced for who has a second factor, also one that can only be proved elsewhere."""
    phone, app = enrolled(Kind.SMS), enrolled(Kind.TOTP)
    assert decided((PASSWORD,)) == Unreachable()
    assert decided((PASSWORD,), Kind.EMAIL) == Unreachable(), "switched off"
    assert decided((PASSWORD,), Kind.RECOVERY_CODE) == Unreachable()
    assert decided((PASSWORD,), Kind.TOTP) == Prove(())
    assert decided((PASSWORD,), Kind.TOTP, Kind.SMS) == Prove((phone,))
    assert decided((SMS,), Kind.SMS) == Unreachable(), "proving it again adds nothing"
    assert decided((SMS,), Kind.SMS, app.kind) == Prove(())
    assert decided((PASSWORD, APP), Kind.TOTP) == Satisfied()
    assert decided((PASSWORD, RECOVERY), Kind.TOTP, Kind.RECOVERY_CODE) == Prove(())


def test_every_kind_that_can_be_enrolled_has_its_factor() -> None:
    """And what is no method is no second factor."""
    assert set(FACTORS) == set(Kind) - {Kind.EMBEDDED_LINK}
    assert {kind for kind, factor in FACTORS.items() if factor.second} < AMR.keys()
