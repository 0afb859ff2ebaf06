"""The walk-through as a story on a terminal: one line a step, said when the step has held."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

Json = dict[str, Any]


class Broken(Exception):
    """A step did not hold."""


class Step:
    """One line of the story: what, the call that mattered most, its status, what it proved."""

    def __init__(self) -> None:
        self.shown = ""
        self.status = 0
        self.proof = ""

    async def call(
        self,
        web: httpx2.AsyncClient,
        method: str,
        path: str,
        *,
        status: tuple[int, ...] = (200,),
        shown: str = "",
        quietly: bool = False,
        **more: Any,
    ) -> Json:
        """The JSON object answered; the last call that is not made quietly is the one shown."""
        answer = await web.request(method, path, **more)
        if not quietly or answer.status_code not in status:
            self.shown = f"{method} {(shown or path).removeprefix('/identity/v1')}"
            self.status = answer.status_code
        wanted = " or ".join(str(one) for one in status)
        self.needs(answer.status_code in status, wanted, f"{answer.status_code} {answer.text}")
        body: Json = answer.json() if answer.content else {}
        return body

    def needs(self, held: object, wanted: str, got: object) -> None:
        """Ends the walk unless this held."""
        if not held:
            raise Broken(f"wanted {wanted}, got {got}")

    def proved(self, what: str) -> None:
        self.proof = what


class Told:
    """The story on a terminal; colours only where there is one (https://no-color.org)."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = out.isatty() and "NO_COLOR" not in os.environ
        self._began = time.monotonic()

    def title(self, text: str, note: str) -> None:
        self._say(f"\n  {self._paint('1', text)}")
        self._say(self._paint("2", f"  {note}") + "\n")

    @contextmanager
    def step(self, number: int | None, what: str) -> Iterator[Step]:
        """Says the line of this step when it has held, or when it has not."""
        step = Step()
        try:
            yield step
        except (Broken, KeyError, TypeError, ValueError) as why:
            self._line(number, what, step, held=False)
            raise (
                why if isinstance(why, Broken) else Broken(f"{type(why).__name__}: {why}")
            ) from why
        self._line(number, what, step, held=True)

    def broken(self, why: str) -> None:
        self._say(f"\n  {self._paint('1;31', 'The walk ends here:')} {why}\n")

    def held(self, what: str) -> None:
        took = time.monotonic() - self._began
        self._say(f"\n  {self._paint('1;32', what)}, in {took:.1f} s.\n")

    def _line(self, number: int | None, what: str, step: Step, *, held: bool) -> None:
        mark = self._paint("32", "✓") if held else self._paint("1;31", "✗")
        place = "  " if number is None else self._paint("1", f"{number:>2}")
        name = self._paint("2" if number is None else "1", f"{what:<23}")
        call = self._paint("36", f"{step.shown:<42}")
        status = self._paint("32" if step.status < 400 else "33", str(step.status or "···"))
        self._say(f"  {mark} {place}  {name} {call} {status}  {step.proof}".rstrip())

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text

    def _say(self, text: str) -> None:
        print(text, file=self._out, flush=True)
