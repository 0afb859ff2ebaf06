import msgspec

from ostiary.terms.ids import ClientId, UserId

from ..work import Work

RECORD = """
INSERT INTO journal (id, at, event, user_id, client_id, ip, data)
VALUES (:id, :at, :event, :user, :client, :ip, :data)
"""


async def record(
    work: Work,
    event: str,
    *,
    user: UserId | None = None,
    client: ClientId | None = None,
    ip: str | None = None,
    **data: object,
) -> None:
    """`event` is subject.verb_in_the_past. Never a secret or a code: the journal is kept for years."""
    await work.sql.run(
        RECORD,
        id=work.new_id(),
        at=work.now,
        event=event,
        user=user,
        client=client,
        ip=ip,
        data=msgspec.json.encode(data),
    )
