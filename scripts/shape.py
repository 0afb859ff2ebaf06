"""A mirror of the tree's shape: its longest files and functions. It judges nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 12

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Every function of a file, as (lines, where)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, FUNCTION) and node.end_lineno:
            where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            yield node.end_lineno - node.lineno + 1, where


def tail(title: str, sizes: list[tuple[int, str]]) -> Iterator[str]:
    """How many there are, the middle, and the longest."""
    if not sizes:
        return
    lengths = [size for size, _ in sizes]
    yield f"{title}: {len(sizes)}, median {median(lengths):g} lines, {sum(lengths)} in all"
    for size, where in sorted(sizes, reverse=True)[:SHOWN]:
        yield f"  {size:5}  {where}"


def main() -> None:
    lines: list[str] = []
    for tree in ("src", "tests"):
        paths = sorted((ROOT / tree).rglob("*.py"))
        files = [
            (len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(ROOT)))
            for path in paths
        ]
        lines += tail(f"{tree}: files", files)
        lines += tail(f"{tree}: functions", [found for path in paths for found in functions(path)])
    print("\n".join(lines))


if __name__ == "__main__":
    main()
