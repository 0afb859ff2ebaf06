"""Templates in Liquid: checked when they are saved, rendered when they are sent (SND-8, S6).

The engine itself is in `sandbox`, and is loaded with the first template.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from .model import Problem

if TYPE_CHECKING:
    from liquid import BoundTemplate

    from .sandbox import Sandbox

KEPT = 128  # parsed templates a process remembers; ours take about 10 kB each


def lint(source: str, allowed: frozenset[str]) -> tuple[Problem, ...]:
    """Why this must not be saved: bad syntax, what is unavailable, what nobody provides."""
    from . import sandbox

    template = sandbox.parse(_environment(strict=True, escape=False), source)
    if isinstance(template, Problem):
        return (template,)
    return tuple(sandbox.unknown(template, source, allowed))


def render(
    source: str, values: Mapping[str, object], *, escape: bool = False, strict: bool = False
) -> str | Problem:
    """The text; `escape` for HTML, `strict` to be told of a variable that is not there."""
    from . import sandbox

    template = _compiled(source, strict, escape)
    return template if isinstance(template, Problem) else sandbox.render(template, values)


@lru_cache(maxsize=KEPT)
def _compiled(source: str, strict: bool, escape: bool) -> "BoundTemplate | Problem":
    from . import sandbox

    return sandbox.parse(_environment(strict=strict, escape=escape), source)


@lru_cache
def _environment(*, strict: bool, escape: bool) -> "Sandbox":
    from . import sandbox

    return sandbox.sandbox(strict=strict, escape=escape)
