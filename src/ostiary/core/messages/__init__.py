"""What is to be sent, the templates it is made from, and the outbox it waits in."""

from .editing import preview, send_trial, template
from .flow import MOST, OUTBOX, claim, hand_over, queue, save_template, templates, terms_of
from .rules import check as check_template
from .rules import locale_of
from .store import sweep, version, versions, waiting

__all__ = [
    "MOST",
    "OUTBOX",
    "check_template",
    "claim",
    "hand_over",
    "locale_of",
    "preview",
    "queue",
    "save_template",
    "send_trial",
    "sweep",
    "template",
    "templates",
    "terms_of",
    "version",
    "versions",
    "waiting",
]
