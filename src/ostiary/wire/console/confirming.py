"""Another proof, before what matters most (ADM-1). It is asked for in between, and nothing of the form is lost."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from ostiary.core import operators
from ostiary.core.work import Work
from ostiary.terms.failures import Refused
from ostiary.terms.secret import Token

from . import answers

if TYPE_CHECKING:
    from .doors import Visit

WRONG_CODE = "The code is wrong, or was used already. Wait for the next one."
WRONG_PASSKEY = "This is no passkey of yours, or it came too late. Try again, or type a code."
PROOFS = ("code", "passkey")  # fields of the page that asks; everything else is carried through it


def read_code(form: dict[str, str]) -> str:
    return form.get("code", "").replace(" ", "")


def wait(refused: Refused) -> str:
    minutes = -(-(refused.retry_after or 60) // 60)
    return f"Too many tries. Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."


async def confirm(work: Work, visit: "Visit") -> Token | Response:
    """The session's new secret; else the page that asks for a proof, to be posted where this was."""
    asked = visit.call.request.url
    action = f"{asked.path}?{asked.query}" if asked.query else asked.path
    following = await _prove(work, visit)
    if following is None:
        return await ask(work, visit, action, 403)
    if not isinstance(following, Refused):
        return following
    if following.reason == "too_many_attempts":
        return await ask(work, visit, action, 429, wait(following))
    said = WRONG_PASSKEY if following.reason == "wrong_passkey" else WRONG_CODE
    return await ask(work, visit, action, 422, said)


async def _prove(work: Work, visit: "Visit") -> Token | Refused | None:
    """None: no proof was given."""
    used, ip = visit.used, visit.call.ip
    if used is not None:
        return await operators.confirm_by_passkey(
            work, visit.session, used.answer, used.challenge, ip=ip
        )
    code = read_code(visit.form)
    return await operators.confirm(work, visit.session, code, ip=ip) if code else None


async def ask(
    work: Work, visit: "Visit", action: str, status: int = 200, error: str = "", **carried: str
) -> Response:
    """`carried`: what a page that is only read has to carry; a form carries all of itself."""
    kept = {name: text for name, text in visit.form.items() if name not in (*PROOFS, "csrf")}
    wanted = await operators.ask_for_passkey(work, visit.session)
    return visit.html(
        "confirm.html",
        status,
        error=error,
        action=action,
        carried={**kept, **carried},
        asked="" if wanted is None else answers.spelled(answers.request(wanted)),
    )
