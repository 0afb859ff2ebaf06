"""A clock that obeys, dice that repeat, a carrier that remembers."""

from hashlib import sha256
from itertools import count

from ostiary.core.messages.model import Outgoing
from ostiary.terms.failures import Unavailable

NOON = 1_800_000_000  # 2027-01-15T08:00:00Z; any instant would do


class Clock:
    """Stands still until it is told."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


class Dice:
    """The same throws in the same order, every time; as evenly spread as real ones."""

    def __init__(self, seed: str = "dice") -> None:
        self._seed = seed
        self._throws = count()

    def __call__(self, size: int) -> bytes:
        thrown = b""
        while len(thrown) < size:
            thrown += sha256(f"{self._seed} {next(self._throws)}".encode()).digest()
        return thrown[:size]


class RememberingCarrier:
    """Takes every message, unless it is out of order."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.out_of_order = False

    async def send(self, message: Outgoing) -> None:
        if self.out_of_order:
            raise Unavailable("carrier_unavailable")
        if all(known.id != message.id for known in self.messages):
            self.messages.append(message)
