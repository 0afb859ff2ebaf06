"""Users, looked for: a table from this dialect's filters to what the core can be asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct
from starlette.responses import Response

from ostiary.core import accounts
from ostiary.core.accounts.model import Condition, Search, Sought
from ostiary.core.work import Work
from ostiary.terms.contact import email_address, phone_number
from ostiary.terms.failures import Malformed
from ostiary.terms.ids import UserId

from ..http import Call
from . import words
from .objects import UserObject, user_object
from .words import Reply, Text, env_of, read, reply, spell

DEFAULT = 100
MOST_VALUES = 100
MOST_OPERANDS = 50
SHORTEST = 3  # characters of what is looked for in a text

Read: TypeAlias = Callable[[str, Any], Condition]


class QueryBody(Struct, frozen=True, kw_only=True):
    """`operands`: each `{"filter_name": …, "filter_value": …}`."""

    operator: Literal["AND", "OR"] | None = None
    operands: Annotated[list[Any], Meta(max_length=MOST_OPERANDS)] | None = None


class SearchBody(Struct, frozen=True, kw_only=True):
    cursor: Text | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    query: QueryBody | None = None


class Metadata(Struct, frozen=True, kw_only=True):
    """`total`: -1 where nobody counted."""

    total: int
    next_cursor: str | None


class Found(Reply, frozen=True, kw_only=True):
    results: list[UserObject]
    results_metadata: Metadata


async def search(work: Work, call: Call) -> Response:
    """Those of whom every operand is true, or any; oldest first."""
    body: SearchBody = call.body
    query = body.query or QueryBody()
    found = await accounts.search(
        work,
        Search(
            conditions=tuple(_condition(operand) for operand in query.operands or ()),
            every=query.operator != "OR",
            beyond=_beyond(body.cursor),
            most=body.limit or DEFAULT,
        ),
    )
    env = env_of(call)
    last = found.users[-1].user.id if found.more else None
    total = -1 if found.total is None else found.total
    metadata = Metadata(total=total, next_cursor=last and spell("user", env, last))
    results = [user_object(dossier, env, work.now) for dossier in found.users]
    return reply(call, Found(results=results, results_metadata=metadata))


def _beyond(cursor: str | None) -> UserId | None:
    """A cursor is the last user of its page."""
    if not cursor:
        return None
    return UserId(words.required("user", cursor, "cursor"))


def _condition(operand: Any) -> Condition:
    if not isinstance(operand, dict):
        raise Malformed("search_object_expected", field="operands")
    name, value = operand.get("filter_name"), operand.get("filter_value")
    if name is None:
        raise Malformed("search_filter_missing")
    if not isinstance(name, str):
        raise Malformed("search_filter_no_name")
    if name not in FILTERS:
        raise Malformed("search_filter_unknown", detail=name[:64])
    if value is None:
        raise Malformed("search_value_missing", field=name)
    return FILTERS[name](name, value)


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Malformed("search_list_expected", field=name)
    if len(value) > MOST_VALUES:
        raise Malformed("search_too_many_values", field=name)
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("search_text_expected", field=name)
    return value


def _instant(name: str, value: Any) -> int:
    """RFC 3339."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise Malformed("search_time_expected", field=name) from error
        if at.tzinfo is not None:
            return int(at.timestamp())
    raise Malformed("search_time_expected", field=name)


def _any_of(sought: Sought, texts: list[str]) -> Condition:
    """A list that names nobody finds nobody."""
    return Condition(sought, tuple(texts)) if texts else Condition(Sought.NOTHING)


def _ids(sought: Sought, kind: str) -> Read:
    def read_(name: str, value: Any) -> Condition:
        return _any_of(sought, [id for text in _texts(name, value) if (id := read(kind, text))])

    return read_


def _users(name: str, value: Any) -> Condition:
    """By our ids, or all by the application's own."""
    texts = _texts(name, value)
    ours = [id for text in texts if (id := read("user", text))]
    if ours and len(ours) < len(texts):
        raise Malformed("search_ids_mixed", field=name)
    return _any_of(Sought.ID, ours) if ours else _any_of(Sought.EXTERNAL_ID, texts)


def _addresses(sought: Sought, spelled: Callable[[str], str]) -> Read:
    def read_(name: str, value: Any) -> Condition:
        return _any_of(
            sought, [one for text in _texts(name, value) if (one := _one(spelled, text))]
        )

    return read_


def _one(spelled: Callable[[str], str], text: str) -> str | None:
    """What is no address is nobody's."""
    try:
        return spelled(text)
    except Malformed:
        return None


def _like(sought: Sought) -> Read:
    def read_(name: str, value: Any) -> Condition:
        text = _text(name, value)
        if len(text) < SHORTEST:
            raise Malformed("search_too_short", field=name)
        return Condition(sought, (text,))

    return read_


def _is(true: Sought, false: Sought) -> Read:
    def read_(name: str, value: Any) -> Condition:
        if not isinstance(value, bool):
            raise Malformed("search_bool_expected", field=name)
        return Condition(true if value else false)

    return read_


def _created(sought: Sought) -> Read:
    return lambda name, value: Condition(sought, (_instant(name, value),))


def _between(name: str, value: Any) -> Condition:
    if not isinstance(value, dict):
        raise Malformed("search_object_expected", field=name)
    ends = (value.get("greater_than"), value.get("less_than"))
    return Condition(Sought.CREATED_BETWEEN, tuple(_instant(name, end) for end in ends))


def _status(name: str, value: Any) -> Condition:
    status = _text(name, value)
    if status not in ("pending", "active"):
        raise Malformed("search_status_unknown", field=name)
    return Condition(Sought.PENDING if status == "pending" else Sought.ACTIVE)


def _nobodys(name: str, value: Any) -> Condition:
    _texts(name, value)
    return Condition(Sought.NOTHING)


FILTERS: dict[str, Read] = {
    "created_at_greater_than": _created(Sought.CREATED_AFTER),
    "created_at_less_than": _created(Sought.CREATED_BEFORE),
    "created_at_between": _between,
    "status": _status,
    "user_id": _users,
    "full_name_fuzzy": _like(Sought.NAME_LIKE),
    "phone_number": _addresses(Sought.PHONE, phone_number),
    "phone_id": _ids(Sought.PHONE_ID, "phone-number"),
    "phone_verified": _is(Sought.PHONE_VERIFIED, Sought.PHONE_UNVERIFIED),
    "phone_number_fuzzy": _like(Sought.PHONE_LIKE),
    "email_address": _addresses(Sought.EMAIL, email_address),
    "email_id": _ids(Sought.EMAIL_ID, "email"),
    "email_verified": _is(Sought.EMAIL_VERIFIED, Sought.EMAIL_UNVERIFIED),
    "email_address_fuzzy": _like(Sought.EMAIL_LIKE),
    "webauthn_registration_id": _ids(Sought.PASSKEY_ID, "webauthn-registration"),
    "webauthn_registration_verified": _is(Sought.PASSKEY, Sought.NOTHING),
    "totp_id": _ids(Sought.APP_ID, "totp"),
    "totp_verified": _is(Sought.APP, Sought.APP_UNVERIFIED),
    "password_exists": _is(Sought.PASSWORD, Sought.NO_PASSWORD),
    # what nobody has here
    "oauth_provider": _nobodys,
    "crypto_wallet_id": _nobodys,
    "crypto_wallet_address": _nobodys,
    "crypto_wallet_verified": _is(Sought.NOTHING, Sought.NOTHING),
    "biometric_registration_id": _nobodys,
    "biometric_registration_verified": _is(Sought.NOTHING, Sought.NOTHING),
}
