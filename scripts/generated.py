"""Pages made from the code: written, or compared with what is there."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Pages: TypeAlias = Mapping[str, Callable[[], str]]  # by their path below `docs`

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


class Unexplained(LookupError):
    """The code has a name that no page explains, or a page explains a name that the code has not."""


def explained(what: str, found: Iterable[str], meanings: Mapping[str, str]) -> None:
    """Exactly what is found has a meaning."""
    found = set(found)
    lines = [f"{name}: say in one line what it means" for name in sorted(found - set(meanings))]
    lines += [f"{name}: is no {what} any more" for name in sorted(set(meanings) - found)]
    if lines:
        raise Unexplained("\n".join(lines))


def notice(module: str) -> str:
    return f"<!-- Made from the code by `python -m {module}`. Change the code, then run that. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. A bar inside a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )


def main(module: str, pages: Pages) -> int:
    """Write the pages; with `--check`, only say which are not what they should be."""
    check, behind = "--check" in sys.argv[1:], 0
    for name, make in pages.items():
        path = DOCS / name
        try:
            text = make()
        except Unexplained as missing:
            print(missing, file=sys.stderr)
            return 1
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            behind += 1
            print(f"docs/{name} is behind the code: run `python -m {module}`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"docs/{name}")
    return 1 if behind else 0
