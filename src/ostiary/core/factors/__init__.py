"""The factors this server knows. Adding one is a new module and one line here."""

from ostiary.terms.assurance import Kind
from ostiary.terms.contact import Channel

from . import one_time_code, password, recovery_code, totp, webauthn
from .model import ChallengeFactor, Factor

PASSWORD = password.FACTOR
PASSKEY = webauthn.FACTOR
TOTP = totp.FACTOR
RECOVERY_CODE = recovery_code.FACTOR
OUT_OF_BAND: dict[Channel, ChallengeFactor] = {
    factor.channel: factor
    for factor in (one_time_code.SMS, one_time_code.EMAIL, one_time_code.WHATSAPP)
}
FACTORS: dict[Kind, Factor] = {
    factor.kind: factor
    for factor in (
        PASSWORD,
        PASSKEY,
        one_time_code.SMS,
        one_time_code.EMAIL,
        TOTP,
        RECOVERY_CODE,
    )
}
password_feedback = password.feedback
password_strength = password.strength
LONGEST_PASSWORD = password.LONGEST

__all__ = [
    "FACTORS",
    "LONGEST_PASSWORD",
    "OUT_OF_BAND",
    "PASSKEY",
    "PASSWORD",
    "RECOVERY_CODE",
    "TOTP",
    "password_feedback",
    "password_strength",
]
