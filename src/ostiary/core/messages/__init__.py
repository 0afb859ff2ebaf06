"""What is to be sent, the templates it is made from, and the outbox it waits in."""

from .flow import OUTBOX, claim, code_lifetime, hand_over, queue, save_template, templates
from .rules import check as check_template
from .store import sweep

__all__ = [
    "OUTBOX",
    "check_template",
    "claim",
    "code_lifetime",
    "hand_over",
    "queue",
    "save_template",
    "sweep",
    "templates",
]
