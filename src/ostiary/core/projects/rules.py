"""Which settings make sense together."""

from .model import Settings


def missing_prerequisites(settings: Settings) -> tuple[str, ...]:
    """One sentence for each feature that is on without what it needs (M1)."""
    features, factors = settings.features, settings.mfa.factors
    needed = (
        (features.mfa and not features.passwordless, "features.mfa needs features.passwordless"),
        (features.mfa and not features.sso, "features.mfa needs features.sso"),
    )
    missing = [sentence for lacking, sentence in needed if lacking]
    if features.mfa and factors.sms and not features.sms:
        missing.append("mfa.factors.sms needs features.sms")
    return tuple(missing)
