"""The project and its policy: what an administrator may set, with the defaults we ship.

Durations are seconds. The same structs read the configuration file, so an unknown key is an error.
"""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from ostiary.terms.assurance import AssurancePolicy
from ostiary.terms.contact import Channel
from ostiary.terms.time import Seconds

Lifetime: TypeAlias = Annotated[int, Meta(ge=1, le=315_360_000)]  # up to ten years
Count: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
# NIST SP 800-63B-4 §3.1.3.2: at least 6 digits, at most 10 minutes (OTP-2, OTP-3)
CodeLength: TypeAlias = Annotated[int, Meta(ge=6, le=10)]
CodeLifetime: TypeAlias = Annotated[int, Meta(ge=1, le=600)]


class RequireAtLogin(StrEnum):
    NEVER = "never"
    ALWAYS = "always"


class Features(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sms: bool = True
    passwordless: bool = True
    sso: bool = True
    mfa: bool = True


class Factors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sms: bool = True
    email: bool = True


class TrustedDevices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    enabled: bool = True
    lifetime: Lifetime = 7_776_000


class Mfa(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    factors: Factors = Factors()
    require_at_login: RequireAtLogin = RequireAtLogin.NEVER
    require_independent: bool = False
    passkey_is_mfa: bool = False
    step_up_token_lifetime: Lifetime = 600
    fresh_token_age: Lifetime = 300
    trusted_devices: TrustedDevices = TrustedDevices()


class Codes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    length: CodeLength = 6
    sms_lifetime: CodeLifetime = 300
    email_lifetime: CodeLifetime = 600
    wrong_answers: Annotated[int, Meta(ge=1, le=10)] = 5

    def lifetime(self, channel: Channel) -> Seconds:
        return Seconds(self.sms_lifetime if channel.address is Channel.SMS else self.email_lifetime)


class Sends(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    per_step_up: Count = 5
    per_recipient_per_hour: Count = 10
    per_recipient_per_day: Count = 20
    cooldown: Annotated[int, Meta(ge=0, le=86_400)] = 0
    countries: tuple[Annotated[str, Meta(pattern="^[A-Z]{2}$")], ...] = ()


class Lockout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    consecutive_failures: Annotated[int, Meta(ge=1, le=100)] = 10  # NIST SP 800-63B-4 §3.2.2
    duration: Lifetime = 3600


class Sessions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sso_lifetime: Lifetime = 259_200
    idle: Annotated[int, Meta(ge=0, le=315_360_000)] = 0  # 0 = off
    superseded_grace: Annotated[int, Meta(ge=0, le=60)] = 0


class Tokens(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    access: Lifetime = 3600
    refresh: Lifetime = 2_592_000
    authorization_code: CodeLifetime = 60
    login: CodeLifetime = 60


class PasswordPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    min_length: Annotated[int, Meta(ge=8, le=64)] = 8  # NIST SP 800-63B-4 §3.1.1.2
    min_strength: Annotated[int, Meta(ge=0, le=4)] = 2  # zxcvbn's score


class RateLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    requests: Annotated[int, Meta(ge=0, le=1_000_000)] = 0  # 0 = off
    window: Annotated[int, Meta(ge=1, le=86_400)] = 60


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    features: Features = Features()
    mfa: Mfa = Mfa()
    codes: Codes = Codes()
    sends: Sends = Sends()
    lockout: Lockout = Lockout()
    sessions: Sessions = Sessions()
    tokens: Tokens = Tokens()
    password: PasswordPolicy = PasswordPolicy()
    rate_limit: RateLimit = RateLimit()

    @property
    def assurance(self) -> AssurancePolicy:
        return AssurancePolicy(
            require_independent=self.mfa.require_independent,
            passkey_is_mfa=self.mfa.passkey_is_mfa,
        )

    @property
    def trusts_devices(self) -> bool:
        """Without second factors there is none that a browser could be spared."""
        return self.features.mfa and self.mfa.trusted_devices.enabled

    @property
    def mfa_channels(self) -> frozenset[Channel]:
        """The channels a second factor may use now."""
        if not self.features.mfa:
            return frozenset()
        on = {
            Channel.SMS: self.mfa.factors.sms and self.features.sms,
            Channel.EMAIL: self.mfa.factors.email,
        }
        return frozenset(channel for channel, switched_on in on.items() if switched_on)


class Project(Struct, frozen=True, kw_only=True):
    """`secret_digests`: keyed digests of the project secrets, never the secrets."""

    id: str
    name: str = "Ostiary"
    language: str = "en"
    public_token: str = ""
    sdk_origins: tuple[str, ...] = ()
    secret_digests: tuple[bytes, ...] = ()
    administrators: tuple[str, ...] = ()
    settings: Settings = Settings()
    applied: dict[str, Any] = {}  # the settings that the last applied file named
