"""Which settings make sense together, and how two of them differ."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, to_builtins

from ostiary.terms.contact import COUNTRIES, Channel

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


def unknown_countries(settings: Settings) -> tuple[str, ...]:
    """A slip here would refuse every number of the country that was meant."""
    return tuple(code for code in settings.sends.countries if code not in COUNTRIES)


def dependent_pair(settings: Settings) -> bool:
    """Would a password and the mailbox that can reset it be called `mfa` (M26)?"""
    return Channel.EMAIL in settings.mfa_channels and not settings.mfa.require_independent


def differences(before: Settings, after: Settings) -> dict[str, list[Any]]:
    """By the name of each setting that changed: what it was, and what it is."""
    return dict(_differences(before, after, ""))


def _differences(before: Struct, after: Struct, where: str) -> Iterator[tuple[str, list[Any]]]:
    for name in before.__struct_fields__:
        was, is_ = getattr(before, name), getattr(after, name)
        if isinstance(was, Struct):
            yield from _differences(was, is_, f"{where}{name}.")
        elif was != is_:
            yield f"{where}{name}", [to_builtins(was), to_builtins(is_)]
