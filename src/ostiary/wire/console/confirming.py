"""Another proof, before what matters most (ADM-1). It is asked for in between, and nothing of the form is lost."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from ostiary.core import operators
from ostiary.core.work import Work
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Token

if TYPE_CHECKING:
    from .doors import Visit

WRONG = "The code is wrong, or was used already. Wait for the next one."
PROOFS = ("code",)  # fields of the page that asks; everything else is carried through it


def read_code(form: dict[str, str]) -> str:
    return form.get("code", "").replace(" ", "")


def wait(refused: Refused) -> str:
    minutes = -(-(refused.retry_after or 60) // 60)
    return f"Too many tries. Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."


async def confirm(work: Work, visit: "Visit") -> Token | Response:
    """The session's new secret; else the page that asks for a code, to be posted where this was."""
    asked = visit.call.request.url
    action = f"{asked.path}?{asked.query}" if asked.query else asked.path
    code = read_code(visit.form)
    if not code:
        return ask(visit, action, 403)
    following = await operators.confirm(work, visit.session, code, ip=visit.call.ip)
    if isinstance(following, Refused):
        late = following.reason == "too_many_attempts"
        return ask(visit, action, 429 if late else 422, wait(following) if late else WRONG)
    return following


def ask(
    visit: "Visit", action: str, status: int = 200, error: str = "", **carried: str
) -> Response:
    """`carried`: what a page that is only read has to carry; a form carries all of itself."""
    form: dict[str, str] = visit.call.body or {}
    kept = {name: text for name, text in form.items() if name not in (*PROOFS, "csrf")}
    return visit.html(
        "confirm.html", status, error=error, action=action, carried={**kept, **carried}
    )
