"""What is to be sent, the templates it is made from, and the outbox it waits in."""

from .editing import preview, send_trial, template
from .flow import (
    LEASE,
    MOST,
    OUTBOX,
    claim,
    hand_over,
    prepare,
    queue,
    save_template,
    settle,
    templates,
    terms_of,
)
from .rules import check as check_template
from .rules import locale_of
from .store import sweep, version, versions, waiting

__all__ = [
    "LEASE",
    "MOST",
    "OUTBOX",
    "check_template",
    "claim",
    "hand_over",
    "locale_of",
    "prepare",
    "preview",
    "queue",
    "save_template",
    "send_trial",
    "settle",
    "sweep",
    "template",
    "templates",
    "terms_of",
    "version",
    "versions",
    "waiting",
]
