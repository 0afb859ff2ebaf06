"""What is to be sent, the templates it is made from, and the outbox it waits in."""

from .flow import code_lifetime, deliver, queue, save_template, templates
from .rules import check as check_template

__all__ = [
    "check_template",
    "code_lifetime",
    "deliver",
    "queue",
    "save_template",
    "templates",
]
