from ostiary.terms.ids import UserId

from ..users.model import folded
from ..work import Work, among
from .model import Condition, Search, Sought

# What may be asked of the users `u`. {0} and {1} are the first values, {all} is the list of all. These read what
# other capabilities keep, and write nothing: to ask each of them in turn would load everybody to find one.


def _contacts(channel: str, which: str) -> str:
    return f"u.id IN (SELECT user_id FROM contacts WHERE channel = '{channel}' AND {which})"


def _phones(which: str) -> str:
    """Also those that are second factors and nothing else."""
    return f"""u.id IN (
    SELECT user_id FROM contacts WHERE channel = 'sms' AND {which}
    UNION ALL SELECT user_id FROM credentials WHERE kind = 'sms' AND {which}
)"""


def _enrolled(kind: str) -> str:
    return f"EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind = '{kind}')"


def _has(kind: str) -> str:
    return f"u.id IN (SELECT user_id FROM credentials WHERE id IN {{all}} AND kind = '{kind}')"


def _proved(channel: str) -> str:
    return f"""EXISTS (
    SELECT 1 FROM contacts c
    WHERE c.user_id = u.id AND c.channel = '{channel}' AND c.verified_at IS NOT NULL
) OR {_enrolled(channel)}"""


def _unproved(channel: str, factor: str) -> str:
    """An address is verified also where it is a second factor."""
    return f"""u.id IN (
    SELECT c.user_id FROM contacts c
    WHERE c.channel = '{channel}' AND c.verified_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM credentials k
        WHERE k.user_id = c.user_id AND k.kind = '{channel}' AND {factor}
    )
)"""


COUNTED = 10_000  # of those who are looked for by something
_LIKE = "LIKE {0} ESCAPE '\\'"
_CLAUSES = {
    Sought.NOTHING: "1 = 0",
    Sought.CREATED_AFTER: "u.created_at > {0}",
    Sought.CREATED_BEFORE: "u.created_at < {0}",
    Sought.CREATED_BETWEEN: "u.created_at > {0} AND u.created_at < {1}",
    Sought.PENDING: "u.pending = 1",
    Sought.ACTIVE: "u.pending = 0",
    Sought.ID: "u.id IN {all}",
    Sought.EXTERNAL_ID: "u.external_id IN {all}",
    Sought.NAME_LIKE: f"u.names {_LIKE}",
    Sought.EMAIL: _contacts("email", "address IN {all}"),
    Sought.EMAIL_ID: _contacts("email", "id IN {all}"),
    Sought.EMAIL_LIKE: _contacts("email", f"address {_LIKE}"),
    Sought.EMAIL_VERIFIED: _proved("email"),
    Sought.EMAIL_UNVERIFIED: _unproved("email", "c.is_primary = 1"),
    Sought.PHONE: _phones("address IN {all}"),
    Sought.PHONE_ID: _phones("id IN {all}"),
    Sought.PHONE_LIKE: _phones(f"address {_LIKE}"),
    Sought.PHONE_VERIFIED: _proved("sms"),
    Sought.PHONE_UNVERIFIED: _unproved("sms", "k.address = c.address"),
    Sought.PASSKEY: _enrolled("webauthn"),
    Sought.PASSKEY_ID: _has("webauthn"),
    Sought.APP: _enrolled("totp"),
    Sought.APP_ID: _has("totp"),
    Sought.APP_UNVERIFIED: """EXISTS (
    SELECT 1 FROM transactions t
    WHERE t.user_id = u.id AND t.kind = 'add_totp' AND t.ended_at IS NULL AND t.expires_at > :now
)""",
    Sought.PASSWORD: _enrolled("password"),
    Sought.NO_PASSWORD: f"NOT {_enrolled('password')}",
}
_SIMILAR = {Sought.NAME_LIKE, Sought.EMAIL_LIKE, Sought.PHONE_LIKE}


async def page(work: Work, search: Search, most: int) -> tuple[UserId, ...]:
    """Oldest first: whoever is new meanwhile is on a page that is still to come."""
    where, values = _where(work, search)
    statement = (
        f"SELECT u.id FROM users u WHERE u.id > :beyond AND {where} ORDER BY u.id LIMIT :most"
    )
    rows = await work.sql.all(statement, beyond=search.beyond or "", most=most, **values)
    return tuple(UserId(row["id"]) for row in rows)


async def count(work: Work, search: Search) -> int | None:
    """How many there are; None where they are more than are worth counting, each of which had to be looked at."""
    where, values = _where(work, search)
    if not search.conditions:
        row = await work.sql.one("SELECT COUNT(*) AS total FROM users")
        return None if row is None else int(row["total"])
    statement = f"SELECT COUNT(*) AS total FROM (SELECT 1 FROM users u WHERE {where} LIMIT :most) f"
    row = await work.sql.one(statement, most=COUNTED + 1, **values)
    return None if row is None or row["total"] > COUNTED else int(row["total"])


def _where(work: Work, search: Search) -> tuple[str, dict[str, str | int]]:
    clauses, values = list[str](), dict[str, str | int]()
    for number, condition in enumerate(search.conditions):
        clause, named = _clause(f"c{number}", condition)
        clauses.append(f"({clause})")
        values |= named
        if ":now" in clause:
            values["now"] = work.now
    joined = (" AND " if search.every else " OR ").join(clauses)
    return f"({joined})" if joined else "1 = 1", values


def _clause(name: str, condition: Condition) -> tuple[str, dict[str, str | int]]:
    template = _CLAUSES[condition.sought]
    if not condition.values:
        return template, {}
    values = condition.values
    if condition.sought in _SIMILAR:
        values = (_containing(str(values[0])),)
    listed, named = among(name, values)
    return template.format(*(f":{each}" for each in named), all=listed), named


def _containing(text: str) -> str:
    """A pattern that any text matches that holds this one."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{folded(text)}%"
