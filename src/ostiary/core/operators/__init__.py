"""Who may use the console, by which proofs, and until when."""

from .flow import (
    admit,
    approach,
    confirm,
    enrol,
    find,
    form_secret,
    invitation,
    invite,
    prove_password,
    sign_out,
)
from .rules import confirmed_lately, weakness
from .store import any_enrolled, forget_all, sweep

__all__ = [
    "admit",
    "any_enrolled",
    "approach",
    "confirm",
    "confirmed_lately",
    "enrol",
    "find",
    "forget_all",
    "form_secret",
    "invitation",
    "invite",
    "prove_password",
    "sign_out",
    "sweep",
    "weakness",
]
