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
    remove,
    reseal,
    sign_out,
    uninvite,
)
from .passkeys import add as add_passkey
from .passkeys import ask as ask_for_passkey
from .passkeys import ask_anybody as ask_anybody_for_passkey
from .passkeys import ask_for_new as ask_for_new_passkey
from .passkeys import available as passkeys_available
from .passkeys import confirm as confirm_by_passkey
from .passkeys import remove as remove_passkey
from .passkeys import sign_in as sign_in_by_passkey
from .rules import confirmed_lately, weakness
from .store import any_enrolled, everyone, forget_all, invited, sweep
from .store import passkeys as passkeys_of

__all__ = [
    "add_passkey",
    "admit",
    "any_enrolled",
    "approach",
    "ask_anybody_for_passkey",
    "ask_for_new_passkey",
    "ask_for_passkey",
    "confirm",
    "confirm_by_passkey",
    "confirmed_lately",
    "enrol",
    "everyone",
    "find",
    "forget_all",
    "form_secret",
    "invitation",
    "invite",
    "invited",
    "passkeys_available",
    "passkeys_of",
    "prove_password",
    "remove",
    "remove_passkey",
    "reseal",
    "sign_in_by_passkey",
    "sign_out",
    "sweep",
    "uninvite",
    "weakness",
]
