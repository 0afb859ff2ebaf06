"""The template engine, python-liquid, with what could hurt taken out (SND-8, S6).

A template is written by an operator and filled with what users chose, so both are held to limits.
The engine has limits of its own for loops, output and nesting. They leave four holes, closed here:
a range in a filter is built before anything counts it; one filter can square its input; a loop's
limit says nothing about how much each turn does; and the lexer takes time quadratic in an opening
that is never closed. Filters and tags are allowed by name, so a new release adds nothing.

Importing this module costs about 13 MB and a quarter of a second: `liquid` does it when needed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import TOKEN_CONTENT, TOKEN_ILLEGAL, TOKEN_OUTPUT
from liquid.undefined import StrictUndefined, Undefined

from .model import Problem

SOURCE_LIMIT = 16 * 1024  # bytes
OUTPUT_LIMIT = 64 * 1024  # bytes; SND-8
MARKUP_LIMIT = 500  # characters between {{ and }}: the lexer is quadratic in them
VALUE_LIMIT = 4096  # characters a filter takes or gives: a filter can at worst square them
FILTER_LIMIT = 256 * 1024  # characters through all the filters of one rendering
TURNS_LIMIT = 100  # turns of a loop, nested ones multiplied
COST_LIMIT = 10_000  # nodes a rendering may visit if every loop takes all its turns
NUMBER_LIMIT = 2**63

TAGS = frozenset(
    {"assign", "capture", "case", "comment", "echo", "for", "break", "continue", "if"}
    | {"ifchanged", "unless", "#"}
)
BRANCHES = frozenset({"else", "elsif", "when"})
# Left out besides what squares or hides: `safe`, which ends escaping; `date`, which reads the
# clock and pads to any width; `strip_html`, which is quadratic; arithmetic, which has no end.
FILTERS = frozenset(
    {"append", "capitalize", "default", "downcase", "escape", "escape_once", "first", "join"}
    | {"last", "lstrip", "newline_to_br", "prepend", "remove", "remove_first", "remove_last"}
    | {"replace", "replace_first", "replace_last", "rstrip", "size", "slice", "split", "squish"}
    | {"strip", "strip_newlines", "truncate", "truncatewords", "upcase"}
    | {"url_encode"}
)

_NOT_TAGS = {TOKEN_CONTENT, TOKEN_ILLEGAL, TOKEN_OUTPUT}  # the engine keeps them beside the tags
_MARKUP = re.compile(r"\{\{|\{%")
_TAG_NAME = re.compile(r"\{%-?\s*(#|\w*)")


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name most like this one, however little."""
    return next(iter(get_close_matches(name, sorted(valid), n=1, cutoff=0.0)), None)


class Context(RenderContext):
    """A rendering that counts what goes through its filters."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.spent = 0

    def spend(self, values: Iterable[object]) -> None:
        self.spent += sum(_size(value) for value in values)
        if self.spent > FILTER_LIMIT:
            raise ResourceLimitError("the filters have too much to do", token=None)


def _size(value: object) -> int:
    """How many characters a filter would have to read, refusing what is out of all proportion."""
    size = 1
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, list | tuple):
        size = len(value) + sum(_size(item) for item in value)
    elif isinstance(value, Mapping) and not isinstance(value, Undefined):
        size = sum(_size(item) for item in value.values())
    elif isinstance(value, int) and abs(value) >= NUMBER_LIMIT:
        raise ResourceLimitError("a number is too large", token=None)
    if size > VALUE_LIMIT:
        raise ResourceLimitError(f"a filter met more than {VALUE_LIMIT} characters", token=None)
    return size


def _counted(original: Callable[..., object]) -> Callable[..., object]:
    """The same filter, within the limits above."""
    wants_environment = getattr(original, "with_environment", False)

    def counted(value: object, *args: object, context: Context, **named: object) -> object:
        context.spend((value, *args, *named.values()))
        if wants_environment:
            named["environment"] = context.env
        result = original(value, *args, **named)
        context.spend((result,))
        return result

    counted.with_context = True  # type: ignore[attr-defined]
    return counted


class Bounded(BoundTemplate):
    context_class = Context


class Sandbox(Environment):
    """One of four: strict or not, escaping or not."""

    block_nesting_limit = 10
    context_depth_limit = 20
    loop_iteration_limit = TURNS_LIMIT
    local_namespace_limit = OUTPUT_LIMIT
    output_stream_limit = OUTPUT_LIMIT
    template_class = Bounded

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {k: v for k, v in self.tags.items() if k in TAGS | _NOT_TAGS}
        self.filters = {k: _counted(v) for k, v in self.filters.items() if k in FILTERS}


def sandbox(*, strict: bool, escape: bool) -> Sandbox:
    return Sandbox(undefined=StrictUndefined if strict else Undefined, autoescape=escape)


def parse(environment: Sandbox, source: str) -> BoundTemplate | Problem:
    """The template, or the first reason not to run it. Everything the engine may do is bounded."""
    if problem := _scan(source):
        return problem
    try:
        template = environment.from_string(source)
    except LiquidError as error:
        return explain(error)
    return _inspect(template) or template


def render(template: BoundTemplate, values: Mapping[str, object]) -> str | Problem:
    # `now` and `today` are the engine's own, and would read the clock.
    try:
        return template.render(**{"now": None, "today": None, **values})
    except Exception as error:  # noqa: BLE001  # whatever a template does wrong is its author's
        return explain(error)


def unknown(template: BoundTemplate, source: str, allowed: frozenset[str]) -> Iterator[Problem]:
    """Every variable and filter this template asks for and nobody provides."""
    analysis = template.analyze(include_partials=False)
    for variables in analysis.globals.values():
        for variable in variables:
            if (name := str(variable)) not in allowed:
                yield _misspelt("variable", name, allowed, _line(source, variable.span.index))
    for name, spans in analysis.filters.items():
        if name not in FILTERS:
            yield _misspelt("filter", name, FILTERS, _line(source, spans[0].index))


def explain(error: Exception) -> Problem:
    """An engine's error in one line."""
    if not isinstance(error, LiquidError):
        return Problem(message=f"the template cannot be rendered ({type(error).__name__})")
    if isinstance(error.__cause__, RecursionError):
        return Problem(message="the template is nested too deeply")
    try:
        where = error.context()
    except ValueError:  # the engine points behind the end of the source
        where = None
    return Problem(message=str(error.message), line=where[0] if where else None)


def _scan(source: str) -> Problem | None:
    """What the lexer must not be shown, found in one pass: it backtracks over the rest."""
    if len(source.encode("utf-8", "replace")) > SOURCE_LIMIT:
        return Problem(message=f"the template is longer than {SOURCE_LIMIT // 1024} kB")
    at = 0
    while opening := _MARKUP.search(source, at):
        start, closing = opening.start(), "}}" if opening.group() == "{{" else "%}"
        line = _line(source, start)
        end = source.find(closing, start + 2, start + 2 + MARKUP_LIMIT)
        again = _MARKUP.search(source, start + 1, end + 2 if end > 0 else start + 2 + MARKUP_LIMIT)
        if again or end < 0:
            return Problem(
                message=f"{opening.group()} is not closed by {closing} within {MARKUP_LIMIT}"
                " characters, or holds another opening",
                line=line,
            )
        if closing == "%}" and (problem := _tag(source, start, line)):
            return problem
        at = end + 2
    return None


def _tag(source: str, start: int, line: int) -> Problem | None:
    match = _TAG_NAME.match(source, start)
    name = match.group(1) if match else ""
    if name in TAGS | BRANCHES or (name.startswith("end") and name[3:] in TAGS):
        return None
    close = nearest(name, TAGS)
    message = f"tag {name!r} is not available; the nearest is {close!r}"
    return Problem(message=message, line=line, name=name, nearest=close)


def _inspect(template: BoundTemplate) -> Problem | None:
    """Walk the tree: no ranges, and no more nodes than a rendering may visit."""
    context = RenderContext(template)
    cost = 0
    waiting: list[tuple[Node, int]] = [(node, 1) for node in template.nodes]
    while waiting:
        node, times = waiting.pop()
        inside = min(times * TURNS_LIMIT, TURNS_LIMIT) if isinstance(node, ForNode) else times
        expressions: list[Expression] = list(node.expressions())
        while expressions:
            expression = expressions.pop()
            if isinstance(expression, RangeLiteral):
                message = "ranges such as (1..3) are not available"
                token = expression.token
                return Problem(message=message, line=_line(token.source, token.start_index))
            cost += times
            expressions.extend(expression.children())
        cost += times
        waiting.extend((child, inside) for child in node.children(context))
    return Problem(message="the template's loops do too much") if cost > COST_LIMIT else None


def _misspelt(kind: str, name: str, valid: frozenset[str], line: int) -> Problem:
    close = nearest(name, valid)
    message = f"unknown {kind} {name!r}; the nearest is {close!r}"
    return Problem(message=message, line=line, name=name, nearest=close)


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1
