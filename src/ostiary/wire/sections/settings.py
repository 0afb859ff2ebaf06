"""The section `settings`: the core's own struct."""

from typing import Any

from ostiary.core import projects
from ostiary.core.projects.model import Settings

from ..checking import Nonsense, Wrong, checked

_NO_COUNTRY = "{!r} is not the ISO 3166 code of a country"


def settings_from(values: Any, where: str = "") -> Settings:
    """The settings these values are, the rest being defaults; `Nonsense` where they do not go together (M1)."""
    settings = checked(values, Settings, where)
    if missing := projects.missing_prerequisites(settings):
        raise Nonsense(*(_wrong(sentence, where) for sentence in missing))
    if unknown := projects.unknown_countries(settings):
        path = f"{where}.sends.countries" if where else "sends.countries"
        raise Nonsense(*(Wrong(path=path, message=_NO_COUNTRY.format(code)) for code in unknown))
    return settings


def _wrong(sentence: str, where: str) -> Wrong:
    """«features.mfa needs features.sso»: what it speaks of stands first."""
    name, _, lack = sentence.partition(" ")
    return Wrong(path=f"{where}.{name}" if where else name, message=lack)
