"""What an authorization request still needs, and its answer."""

from .flow import authorize, complete_step_up

__all__ = ["authorize", "complete_step_up"]
