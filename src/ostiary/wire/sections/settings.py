"""The section `settings`: the core's own struct."""

from typing import Any

from ostiary.core import projects
from ostiary.core.projects.model import Settings

from ..checking import Nonsense, Wrong, checked


def settings_from(values: Any, where: str = "") -> Settings:
    """The settings these values are, the rest being defaults; `Nonsense` where they do not go together (M1)."""
    settings = checked(values, Settings, where)
    if missing := projects.missing_prerequisites(settings):
        raise Nonsense(*(_wrong(sentence, where) for sentence in missing))
    return settings


def _wrong(sentence: str, where: str) -> Wrong:
    """«features.mfa needs features.sso»: what it speaks of stands first."""
    name, _, lack = sentence.partition(" ")
    return Wrong(path=f"{where}.{name}" if where else name, message=lack)
