"""What people were told and will be, over every channel, as one list."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection


class Wanted(NamedTuple):
    """Which messages: of a client, over a channel, in a status, since an instant."""

    limit: int
    client: str | None = None
    channel: str | None = None
    status: str | None = None
    since: datetime | None = None


class Letter(NamedTuple):
    """A message: to whom, what was said once it was, what became of it; `due` is when it goes out where it waits."""

    id: UUID
    at: datetime
    client: str
    recipient: str
    channel: str
    event: str
    title: str | None
    text: str | None
    status: str
    reason: str | None
    due: datetime


def latest(connection: Connection, wanted: Wanted) -> list[Letter]:
    """The latest messages, the newest last."""
    with connection.cursor(row_factory=args_row(Letter)) as cursor:
        found = cursor.execute(
            """
            select n.id, coalesce(n.sent_at, n.created_at), c.name, coalesce(n.address, n.recipient), n.channel,
                   n.event, coalesce(n.title, i.title), coalesce(n.body, i.body), n.status, n.reason, n.deliver_at
            from notification_logs n
            join clients c on c.id = n.client_id
            left join in_app_notifications i on i.id = n.id
            where (%(client)s::text is null or n.client_id = %(client)s)
              and (%(channel)s::text is null or n.channel = %(channel)s)
              and (%(status)s::text is null or n.status = %(status)s)
              and (%(since)s::timestamptz is null or coalesce(n.sent_at, n.created_at) >= %(since)s)
            order by coalesce(n.sent_at, n.created_at) desc, n.id desc
            limit %(limit)s
            """,
            wanted._asdict(),
        ).fetchall()
    return found[::-1]


def last_day(connection: Connection, zone: str) -> datetime | None:
    """The first instant, in a zone, of the latest day on which anybody was told something; None where nobody was."""
    row = connection.execute(
        """
        select date_trunc('day', max(coalesce(sent_at, created_at)) at time zone %(zone)s) at time zone %(zone)s
        from notification_logs
        """,
        {"zone": zone},
    ).fetchone()
    return row[0] if row else None
