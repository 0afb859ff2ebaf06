"""Who may change what protects an account with nothing but a session: a table (S1, WA-6, TOTP-7)."""

import pytest

from ostiary.core.credentials.model import Credential
from ostiary.core.proving import rules
from ostiary.core.proving.model import Dossier
from ostiary.core.users.model import Contact, Profile, User
from ostiary.terms.assurance import AuthenticatorClass, Kind, Proof
from ostiary.terms.contact import Channel
from ostiary.terms.failures import Unauthenticated
from ostiary.terms.ids import CredentialId, UserId
from ostiary.terms.time import Instant

ANN, NOW = UserId("ann"), Instant(10_000)
FRESH, STALE = NOW - 3599, NOW - 3600
PASSWORD, EMAIL, SMS, TOTP, WEBAUTHN, RECOVERY = (
    Kind.PASSWORD,
    Kind.EMAIL,
    Kind.SMS,
    Kind.TOTP,
    Kind.WEBAUTHN,
    Kind.RECOVERY_CODE,
)
UNVERIFIED = "an address that was never proved"


def dossier(has: tuple[Kind | str, ...]) -> Dossier:
    addresses = [
        Contact(
            id=channel,
            user_id=ANN,
            channel=channel,
            address=text,
            verified_at=None if UNVERIFIED in has else Instant(0),
            is_primary=1,
            created_at=Instant(0),
        )
        for kind, channel, text in (
            (EMAIL, Channel.EMAIL, "ann@demo.localhost"),
            (SMS, Channel.SMS, "+33611223344"),
        )
        if kind in has
    ]
    others = [kind for kind in has if isinstance(kind, Kind) and kind not in (EMAIL, SMS)]
    return Dossier(
        user=User(id=ANN, profile=Profile(), created_at=Instant(0), updated_at=Instant(0)),
        contacts=tuple(addresses),
        credentials=tuple(
            Credential(
                id=CredentialId(kind),
                user_id=ANN,
                kind=kind,
                address="",
                state=b"",
                created_at=Instant(0),
            )
            for kind in others
        ),
        unfinished=(),
    )


def proved(kinds: tuple[Kind, ...], at: int) -> tuple[Proof, ...]:
    return tuple(
        Proof(
            credential=CredentialId(kind),
            kind=kind,
            authenticator=AuthenticatorClass.POSSESSION,
            channel=None,
            first_at=Instant(0),
            last_at=Instant(at),
        )
        for kind in kinds
    )


@pytest.mark.parametrize(
    ("has", "shown", "adding", "refused"),
    [
        # two sorts of factor: two are shown
        ((PASSWORD, EMAIL, SMS), (PASSWORD,), TOTP, True),
        ((PASSWORD, EMAIL, SMS), (PASSWORD, SMS), TOTP, True),
        ((PASSWORD, EMAIL, SMS), (EMAIL,), None, True),
        ((PASSWORD, EMAIL, SMS), (EMAIL, SMS), TOTP, False),
        ((PASSWORD, EMAIL, SMS), (EMAIL, SMS), None, False),
        ((EMAIL, TOTP), (EMAIL, TOTP), None, False),
        ((EMAIL, TOTP), (PASSWORD, TOTP), None, True),
        ((EMAIL, SMS, WEBAUTHN), (SMS, WEBAUTHN), None, False),
        ((EMAIL, SMS, TOTP), (TOTP, WEBAUTHN), None, True),  # of one sort
        ((EMAIL, TOTP), (EMAIL, RECOVERY), None, True),  # what stands in for a factor is none
        # one sort: another is added without it, anything else with it
        ((PASSWORD, EMAIL), (PASSWORD,), SMS, False),
        ((PASSWORD, EMAIL), (PASSWORD,), WEBAUTHN, False),
        ((PASSWORD, EMAIL), (PASSWORD,), EMAIL, True),
        ((PASSWORD, EMAIL), (EMAIL,), EMAIL, False),
        ((PASSWORD, EMAIL), (PASSWORD,), None, True),
        ((PASSWORD, EMAIL), (EMAIL,), None, False),
        ((SMS,), (SMS,), TOTP, False),
        ((PASSWORD, WEBAUTHN, TOTP), (PASSWORD,), TOTP, True),
        ((PASSWORD, WEBAUTHN, TOTP), (WEBAUTHN,), TOTP, False),
        # none that was proved: an address that was never proved is none
        ((PASSWORD, EMAIL, UNVERIFIED), (PASSWORD,), EMAIL, False),
        ((PASSWORD, EMAIL, SMS, UNVERIFIED), (PASSWORD,), None, False),
    ],
)
def test_who_may_change_what_protects_an_account(
    has: tuple[Kind | str, ...], shown: tuple[Kind, ...], adding: Kind | None, refused: bool
) -> None:
    whose = dossier(has)
    if refused:
        with pytest.raises(Unauthenticated, match="factors_insufficient"):
            rules.check_guarded(whose, proved(shown, FRESH), NOW, adding=adding)
        return
    rules.check_guarded(whose, proved(shown, FRESH), NOW, adding=adding)
    with pytest.raises(Unauthenticated, match="factors_stale"):
        rules.check_guarded(whose, proved(shown, STALE), NOW, adding=adding)


def test_one_factor_of_the_last_hour_is_enough() -> None:
    """STP-10: any of them."""
    shown = (*proved((EMAIL,), STALE), *proved((SMS,), FRESH))
    rules.check_guarded(dossier((EMAIL, SMS)), shown, NOW, adding=TOTP)


def test_nobody_has_proved_anything() -> None:
    with pytest.raises(Unauthenticated, match="factors_stale"):
        rules.check_guarded(dossier(()), (), NOW, adding=TOTP)
