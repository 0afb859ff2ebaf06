"""Several carriers for one channel, in order of preference."""

from collections.abc import Sequence

from ostiary.core.messages.model import Carrier, Outgoing
from ostiary.terms.failures import Unavailable


class InOrder:
    """Gives a message to the first carrier that takes it (M7)."""

    def __init__(self, carriers: Sequence[Carrier]) -> None:
        self._carriers = carriers

    async def send(self, message: Outgoing) -> None:
        for carrier in self._carriers:
            try:
                await carrier.send(message)
            except Unavailable:
                continue
            return
        raise Unavailable("carrier_unavailable")
