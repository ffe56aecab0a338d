"""Messages as people read them: what was told over which channel, and what the client finds in the app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from automation.database import Connection
from automation.identity.permissions import Scope
from automation.store.preferences import Reader


class LogsWanted(NamedTuple):
    """Which messages: of a client, over a channel, in a status, of an event, written in a time, before another one."""

    scope: Scope
    limit: int
    client_id: str | None = None
    channel: str | None = None
    status: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        own = {name: value for name, value in self._asdict().items() if name != "scope"}
        return own | self.scope._asdict()


class LogRow(NamedTuple):
    """One message over one channel: to whom, what was said, and what became of it."""

    id: UUID
    event: str
    client_id: str
    channel: str
    recipient: str
    payload: Mapping[str, Any]
    status: str
    reason: str | None
    attempts: int
    deliver_at: datetime
    sent_at: datetime | None
    created_at: datetime


def logs(connection: Connection, wanted: LogsWanted, key: UUID | None = None) -> list[LogRow]:
    """Messages, the newest first; with `key` the one, if it is within the scope."""
    with connection.cursor(row_factory=args_row(LogRow)) as cursor:
        return cursor.execute(
            """
            select n.id, n.event, n.client_id, n.channel, n.recipient, n.payload, n.status, n.reason, n.attempts,
                   n.deliver_at, n.sent_at, n.created_at
            from notification_logs n
            join clients c on c.id = n.client_id
            where (%(key)s::uuid is null or n.id = %(key)s)
              and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (%(channel)s::text is null or n.channel = %(channel)s)
              and (%(status)s::text is null or n.status = %(status)s)
              and (%(event)s::text is null or n.event = %(event)s)
              and (%(since)s::timestamptz is null or n.created_at >= %(since)s)
              and (%(until)s::timestamptz is null or n.created_at < %(until)s)
              and (%(before)s::uuid is null or n.id < %(before)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
            order by n.id desc
            limit %(limit)s
            """,
            wanted.parameters | {"key": key},
        ).fetchall()


class InAppRow(NamedTuple):
    """One notification in the app; `to_me` where the reader is who it is for, and so who marks it as read."""

    id: UUID
    client_id: str
    event: str
    title: str
    body: str
    payload: Mapping[str, Any]
    read_at: datetime | None
    created_at: datetime
    to_me: bool


def in_app(
    connection: Connection,
    reader: Reader,
    limit: int,
    client_id: str | None = None,
    before: UUID | None = None,
    key: UUID | None = None,
    *,
    unread: bool = False,
) -> list[InAppRow]:
    """Notifications in the app, the newest first; with `key` the one, if the reader may see it."""
    with connection.cursor(row_factory=args_row(InAppRow)) as cursor:
        return cursor.execute(
            """
            select n.id, n.client_id, n.event, n.title, n.body, n.payload, n.read_at, n.created_at,
                   coalesce(coalesce(n.user_id, c.user_id) = %(reader)s, false)
            from in_app_notifications n
            join clients c on c.id = n.client_id
            where (%(key)s::uuid is null or n.id = %(key)s)
              and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (not %(unread)s or n.read_at is null)
              and (%(before)s::uuid is null or n.id < %(before)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
            order by n.id desc
            limit %(limit)s
            """,
            reader.parameters
            | {"limit": limit, "client_id": client_id, "before": before, "key": key, "unread": unread},
        ).fetchall()


def unread(connection: Connection, reader: Reader, client_id: str | None, most: int) -> int:
    """How many notifications are unread of those that the reader may see, counted up to `most`."""
    (count,) = connection.execute(
        """
        select count(*) from (
            select from in_app_notifications n
            join clients c on c.id = n.client_id
            where n.read_at is null and (%(client_id)s::text is null or n.client_id = %(client_id)s)
              and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
              and (%(everyone)s or n.user_id is null or n.user_id in (%(reader)s, c.user_id))
            limit %(most)s) found
        """,
        reader.parameters | {"client_id": client_id, "most": most},
    ).fetchone() or (0,)
    return int(count)


def mark_read(connection: Connection, key: UUID, now: datetime) -> None:
    """Mark a notification as read; the first reading is the one that is kept."""
    connection.execute("update in_app_notifications set read_at = %s where id = %s and read_at is null", (now, key))


def mark_all_read(connection: Connection, client_id: str, reader: Reader, up_to: UUID | None, now: datetime) -> int:
    """Mark what is for the reader of a client's notifications as read, up to one that it has seen; how many."""
    return connection.execute(
        """
        update in_app_notifications n set read_at = %(now)s
        from clients c
        where c.id = n.client_id and n.client_id = %(client_id)s and n.read_at is null
          and coalesce(n.user_id, c.user_id) = %(reader)s and (%(up_to)s::uuid is null or n.id <= %(up_to)s)
          and (%(everyone)s or c.user_id = %(own)s or c.rm_user_id = %(managed)s)
        """,
        reader.parameters | {"client_id": client_id, "up_to": up_to, "now": now},
    ).rowcount
