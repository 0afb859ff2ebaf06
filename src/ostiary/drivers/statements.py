"""What a store's statement becomes for each engine. Stores write PostgreSQL's dialect with `:name` for parameters."""

import re

REMEMBERED = 2048  # statements; searches are put together from what is asked for
_LOCKING = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b(?: OF \w+)?(?: SKIP LOCKED)?")
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


def writes(statement: str) -> bool:
    return not statement.lstrip().startswith("SELECT")


def without_locks(statement: str) -> str:
    """SQLite locks the whole file when a unit of work begins, and no rows."""
    return _LOCKING.sub("", statement)


def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """PostgreSQL counts its parameters; each name becomes the number of its first appearance."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(statement)))
    return _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", statement), names


class WrittenWhileReading(RuntimeError):
    """A reading unit of work wrote: PostgreSQL would commit that statement by statement."""
