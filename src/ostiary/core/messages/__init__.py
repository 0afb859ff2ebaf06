"""What is to be sent, the templates it is made from, and the outbox it waits in."""

from .flow import OUTBOX, claim, hand_over, queue, save_template, templates, terms_of
from .rules import check as check_template
from .store import sweep

__all__ = [
    "OUTBOX",
    "check_template",
    "claim",
    "hand_over",
    "queue",
    "save_template",
    "sweep",
    "templates",
    "terms_of",
]
