"""How much was asked of the database; read by tests, `/metrics` and the benchmark."""


class Tally:
    __slots__ = ("statements", "transactions")

    def __init__(self) -> None:
        self.statements = 0
        self.transactions = 0
