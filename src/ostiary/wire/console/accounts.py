"""Users: made, changed and removed, by the verbs of the admin API."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from ostiary.core import administration, projects, users
from ostiary.core.users.model import User
from ostiary.core.work import Work
from ostiary.terms.failures import Failure, NotFound

from ..checking import Nonsense, Wrong, checked
from ..http import see_other
from ..sections.people import NewPerson, check_password, person_patched, said_of
from ..sections.users import account_from, factors_from
from .doors import Visit, status_of, wrongs_of
from .people import USER, id_of

CONTACTS = ("email", "email_verified", "phone_number", "phone_number_verified")
NAMES = (
    ("given_name", "Given name"),
    ("family_name", "Family name"),
    ("middle_name", "Middle name"),
    ("name", "Full name"),
    ("nickname", "Nickname"),
    ("preferred_username", "User name"),
    ("gender", "Gender"),
    ("birthdate", "Date of birth"),
    ("picture", "Picture"),
    ("locale", "Language"),
)
OBJECTS = (("address", "Address"), ("custom_fields", "Custom fields"), ("consents", "Consents"))
PROFILE = tuple(name for name, _ in (*NAMES, *OBJECTS))
_FLAGS = ("email_verified", "phone_number_verified")
_JSON = tuple(name for name, _ in OBJECTS)


async def blank(work: Work, visit: Visit) -> Response:
    """A form for a new person."""
    return _new(visit, {"locale": (await projects.current(work)).language})


async def blank_again(work: Work, visit: Visit, failure: Failure) -> Response:
    return _new(visit, visit.form, failure)


async def create(work: Work, visit: Visit) -> Response:
    """A new person, with a password and second factors if they are to have any."""
    values = _read(visit.form, (*CONTACTS, "given_name", "family_name", "locale"))
    values["password"] = visit.form.get("password") or None
    values["mfa"] = [
        {"type": type, "phone_number": values["phone_number"] if type == "sms" else None}
        for type in ("sms", "email")
        if f"mfa.{type}" in visit.form
    ]
    body = checked(values, NewPerson)
    account, factors = account_from(body), factors_from(body, body.mfa)
    if body.password is not None:
        check_password(body.password, (await projects.settings(work)).password, account)
    user = await administration.open_account(work, account, password=visit.kept, factors=factors)
    return see_other(f"{USER.format(id=user.id)}?saved")


async def edit(work: Work, visit: Visit) -> Response:
    """Profile, contacts, password, and the end of it all."""
    user = await users.get(work, id_of(visit))
    return _edit(visit, user)


async def edit_again(work: Work, visit: Visit, failure: Failure) -> Response:
    return _edit(visit, await users.get(work, id_of(visit)), failure)


async def save_profile(work: Work, visit: Visit) -> Response:
    """Names, language, and what applications keep beside them."""
    return await _change(work, visit, PROFILE)


async def save_contacts(work: Work, visit: Visit) -> Response:
    """E-mail address and phone number. Another one is not verified unless that is said as well."""
    return await _change(work, visit, CONTACTS)


async def save_password(work: Work, visit: Visit) -> Response:
    """Another password; every session of theirs ends."""
    user = await _locked(work, visit)
    _, account = person_patched(user, {})
    policy = (await projects.settings(work)).password
    check_password(visit.form.get("password", ""), policy, account)
    await administration.change(work, user.id, account, password=visit.kept)
    return _done(user)


async def remove(work: Work, visit: Visit) -> Response:
    """The person, with everything but what the journal tells of them."""
    check_sure(visit)
    if not await administration.close(work, id_of(visit)):
        raise NotFound("route_not_found")
    return see_other(USER.format(id="").rstrip("/"))


def check_sure(visit: Visit) -> None:
    """What cannot be undone is ticked first."""
    if "sure" not in visit.form:
        raise Nonsense(Wrong(path="sure", message="tick it first: this cannot be undone"))


async def _change(work: Work, visit: Visit, names: Iterable[str]) -> Response:
    """Only what is said otherwise than it is now: the rest may have been changed meanwhile."""
    user = await _locked(work, visit)
    present = said_of(user)
    said = _read(visit.form, names)
    patch = {name: value for name, value in said.items() if value != present[name]}
    _, account = person_patched(user, patch)
    await administration.change(work, user.id, account)
    return _done(user)


async def _locked(work: Work, visit: Visit) -> User:
    user = await users.lock(work, id_of(visit))
    if user is None:
        raise NotFound("route_not_found")
    return user


def _done(user: User) -> Response:
    return see_other(f"{USER.format(id=user.id)}?saved")


def _read(form: dict[str, str], names: Iterable[str]) -> dict[str, Any]:
    """What the form says of these; None where a field is empty."""
    return {name: _value(form, name) for name in names}


def _value(form: dict[str, str], name: str) -> Any:
    if name in _FLAGS:
        return name in form
    text = form.get(name, "").strip()
    if not text or name not in _JSON:
        return text or None
    try:
        return msgspec.json.decode(text.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Nonsense(Wrong(path=name, message="is no JSON object")) from error


def _fields(user: User) -> dict[str, str]:
    """As the form holds them: a flag is there where it is true."""
    return {name: _spelled(value) for name, value in said_of(user).items() if value is not False}


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return "" if value is None else str(value)


def _new(visit: Visit, fields: dict[str, str], failure: Failure | None = None) -> Response:
    wrongs = () if failure is None else wrongs_of(failure)
    status = 200 if failure is None else status_of(failure)
    return visit.html(
        "user_new.html", status, fields=defaultdict(str, fields), wrongs=wrongs, told=_told(wrongs)
    )


def _edit(visit: Visit, user: User | None, failure: Failure | None = None) -> Response:
    if user is None:
        raise NotFound("route_not_found")
    fields, wrongs = _fields(user), () if failure is None else wrongs_of(failure)
    if failure is not None:
        cleared = CONTACTS if "email" in visit.form else ()
        fields = {name: text for name, text in fields.items() if name not in cleared} | visit.form
    return visit.html(
        "user_edit.html",
        200 if failure is None else status_of(failure),
        user=user,
        fields=defaultdict(str, fields),
        names=NAMES,
        objects=OBJECTS,
        wrongs=wrongs,
        told=_told(wrongs),
    )


def _told(wrongs: tuple[Wrong, ...]) -> dict[str, str]:
    return defaultdict(str, {one.path: one.message for one in wrongs})
